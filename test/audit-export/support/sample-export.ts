import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportLog } from '../../../src/audit/export.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import type { MemoryWitness } from '../../support/memory-note-signer.ts';
import { makeSampleLog, readFolder, type SampleLog, type Variation, writeSampleLog } from './sample-log.ts';
import { relisted } from './second-verifier.ts';

/** A folder that is gone when the test is over. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'coldsign-export-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

export interface SampleExport extends SampleLog {
  readonly archive: string;
  /** As unpacked by tar(1), with a short verify.mjs in place of the real one, so that a thousand cases do not hash it each time. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export async function makeSampleExport(
  folder: string,
  name: string,
  kinds: readonly NoteSigner['kind'][] = ['ed25519'],
): Promise<SampleExport> {
  return pack(folder, name, await makeSampleLog(join(folder, name), kinds));
}

/** Another log by the same keys. */
export async function makeVariation(
  folder: string,
  name: string,
  { signers, witness }: { readonly signers: readonly NoteSigner[]; readonly witness: MemoryWitness },
  variation: Variation,
): Promise<SampleExport> {
  return pack(folder, name, await writeSampleLog(join(folder, name), signers, witness, variation));
}

async function pack(folder: string, name: string, log: SampleLog): Promise<SampleExport> {
  const archive = join(folder, `${name}.tar`);
  await exportLog({ audit: log.audit, artifacts: log.artifacts, out: archive, inputs: false });
  return { ...log, archive, files: relisted(new Map([...unpack(archive, folder, `${name}.files`), ['verify.mjs', Buffer.from('\n')]])) };
}

/** By another implementation of the format: tar(1). */
export function unpack(archive: string, folder: string, name: string): Map<string, Uint8Array> {
  const target = join(folder, name);
  execFileSync('mkdir', [target]);
  execFileSync('tar', ['-C', target, '-xf', archive]);
  return readFolder(join(target, 'coldsign-audit'));
}
