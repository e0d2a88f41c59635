import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATEGORY, type EntryData, type EntryType, type LoggedKey, type LoggedRelease } from '../../../src/audit/entry.ts';
import { AuditLog, type NewEntry } from '../../../src/audit/log.ts';
import { signNote } from '../../../src/audit/note.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import { printManifest } from '../../../src/release/manifest.ts';
import { ArtifactStore } from '../../../src/workspace/artifacts.ts';
import { type MemoryWitness, memoryNoteSigner, memoryWitness } from '../../support/memory-note-signer.ts';

export const ORIGIN = 'log.example';
export const ZONE = 'a.example.';
/** Sizes of the log when its checkpoints were signed. */
export const CHECKPOINTS = [4, 17, 33] as const;
/** Time of the only cosignature, over the second checkpoint. */
export const COSIGNED = 1_795_600_000;

export interface SampleLog {
  readonly audit: string;
  readonly artifacts: string;
  readonly signers: readonly NoteSigner[];
  readonly vkey: string;
  readonly witness: MemoryWitness;
}

/**
 * A log of six sessions with entries of every main kind: keys, two releases of one zone (the second after a crash), an exception, an anomaly, a
 * cosignature. It ends inside of the session that exports it.
 * @param folder to be filled; `audit/` and `artifacts/` come to lie in it
 */
export async function makeSampleLog(folder: string, kinds: readonly NoteSigner['kind'][] = ['ed25519']): Promise<SampleLog> {
  const signers = kinds.map((kind) => memoryNoteSigner(ORIGIN, kind));
  const witness = memoryWitness('witness.example');
  return writeSampleLog(folder, signers, witness, {});
}

export interface Variation {
  /** Reason of the exception: another one makes another log of the same key. */
  readonly reason?: string;
  /** Ends after so many of the checkpoints. */
  readonly checkpoints?: number;
}

/** The same again, with the same keys: what somebody can write who has them. */
export async function writeSampleLog(
  folder: string,
  signers: readonly NoteSigner[],
  witness: MemoryWitness,
  { reason = 'agreed with the owner', checkpoints = CHECKPOINTS.length }: Variation,
): Promise<SampleLog> {
  const paths = { audit: join(folder, 'audit'), artifacts: join(folder, 'artifacts') };
  mkdirSync(paths.artifacts, { recursive: true });
  using log = AuditLog.open(paths.audit);
  const scribe = new Scribe(log, signers);
  const artifacts = new ArtifactStore(paths.artifacts);
  const vkeys = signers.map((signer) => printVkey(vkeyOf(signer)));
  const put = (text: string, name: string) => artifacts.put(new TextEncoder().encode(text), name);
  writeFileSync(join(paths.audit, 'vkeys'), vkeys.map((vkey) => `${vkey}\n`).join(''));

  scribe.write('log.genesis', { origin: ORIGIN, vkey: vkeys[0]!, key: { label: 'audit', id: 'a1', serial: '77' }, version: '0.1.0' });
  scribe.open('init');
  scribe.write('policy.loaded', { config: put('format: 1\n', 'coldsign.yaml'), diff: [{ path: 'format', after: '1' }] });
  scribe.close('done');
  await log.checkpoint(signers);
  const done: SampleLog = { ...paths, signers, vkey: vkeys[0]!, witness };
  if (checkpoints === 1) return done;

  scribe.open('key generate');
  const wish = { zone: ZONE, role: 'csk', algorithm: 13, label: 'a 1', token: 'ksk' } as const;
  const generate = scribe.write('key.generate.intent', { ...wish, before: [] });
  const key: LoggedKey = { ...wish, keyTag: 4711, dnskey: 'AQEDDQ==', id: 'c1', serial: '77' };
  scribe.write('key.generate.result', { intent: generate, key });
  scribe.close('done');

  scribe.open('zone sign');
  const first = await scribe.release({ serial: 1, source: put('unsigned 1\n', 'a.zone'), artifacts, previous: undefined, reason });
  scribe.close('done');
  const sealed = await log.checkpoint(signers);
  if (checkpoints === 2) return done;

  scribe.reboot();
  scribe.open('zone sign');
  const source = put('unsigned 2\n', 'a.zone');
  scribe.write('input.accepted', { zone: ZONE, files: [source], serial: 2 });
  const lost = scribe.write('sign.intent', { zone: ZONE, serial: 2, signatures: 9, plan: 'ff', keyTags: [4711], previous: 1 });

  scribe.open('zone sign');
  scribe.write('log.anomaly', { kind: 'torn-line', text: 'a line was cut off', artifact: put('{"actor', 'torn-line') });
  scribe.write('clock.jump', { seconds: 120, since: 19 });
  scribe.write('intent.resolved', { intent: lost, outcome: 'abandoned', found: 'nothing was released' });
  await scribe.release({ serial: 2, source, artifacts, previous: first, reason: undefined });
  const line = witness.cosign(sealed.text, COSIGNED);
  scribe.write('checkpoint.witnessed', { size: 17, witness: witness.key.name, time: '2026-11-25T09:46:40Z', line: line.trimEnd() });
  scribe.close('done');

  scribe.open('audit export');
  await log.checkpoint(signers);
  return done;
}

interface ReleaseWish {
  readonly serial: number;
  readonly source: LoggedRelease['input'][number];
  readonly artifacts: ArtifactStore;
  readonly previous: LoggedRelease | undefined;
  /** Why the limit was overridden; undefined: it was not. */
  readonly reason: string | undefined;
}

/** Writes entries with a clock of its own: ten seconds go by from one to the next. */
class Scribe {
  readonly #log: AuditLog;
  readonly #signers: readonly NoteSigner[];
  #session = 's1';
  #sessions = 0;
  #boot = 'b1';
  #time = Date.UTC(2026, 10, 24, 9);
  #mono = 1000;

  constructor(log: AuditLog, signers: readonly NoteSigner[]) {
    this.#log = log;
    this.#signers = signers;
  }

  write<T extends EntryType>(type: T, data: EntryData[T]): number {
    this.#time += 10_000;
    this.#mono += 10_000;
    const entry = {
      v: 1,
      time: new Date(this.#time).toISOString().replace('.000', ''),
      mono: this.#mono,
      boot: this.#boot,
      session: this.#session,
      mode: 'production',
      type,
      cat: CATEGORY[type],
      actor: { role: 'operator', name: 'ada' },
      data,
    } as NewEntry;
    return this.#log.append([entry])[0]!.seq;
  }

  open(command: string): void {
    this.#session = `s${++this.#sessions}`;
    this.write('session.open', { command, version: '0.1.0', program: 'ee', head: 'token' });
  }

  close(outcome: 'done' | 'refused'): void {
    this.write('session.close', { outcome, snapshot: 'dd' });
  }

  reboot(): void {
    this.#boot = 'b2';
    this.#mono = 500;
  }

  /** What a signing leaves in the log when it comes to a release. */
  async release({ serial, source, artifacts, previous, reason }: ReleaseWish): Promise<LoggedRelease> {
    this.write('input.accepted', { zone: ZONE, files: [source], serial });
    const intent = this.write('sign.intent', { zone: ZONE, serial, signatures: 9, plan: 'ff', keyTags: [4711] });
    const signed = sha256(`signed ${serial}`);
    this.write('sign.result', { intent, zone: ZONE, serial, made: 9, kept: 0, signed, perKey: [{ keyTag: 4711, signatures: 9 }] });
    const overridden = reason === undefined ? [] : [{ rule: 'limit-removed', verdict: 'overridden', text: '9 of 10' } as const];
    this.write('gate.passed', { zone: ZONE, serial, verdicts: [{ rule: 'verifier', verdict: 'pass', text: 'ok' }, ...overridden] });
    if (reason !== undefined) this.write('exception.opened', { rule: 'limit-removed', zone: ZONE, serial, reason, text: '9 of 10' });
    const times = { validFrom: '2026-11-24T08:00:00Z', validUntil: '2026-12-06T01:02:03Z' };
    const text = printManifest({
      kind: 'zone',
      zone: ZONE,
      serial,
      created: '2026-11-24T09:00:00Z',
      mode: 'production',
      log: this.#log.size,
      ...times,
      previous: previous === undefined ? undefined : { serial: previous.serial, sha256: previous.manifest },
      preservation: sha256(`data ${serial}`),
      keys: [{ tag: 4711, algorithm: 13, flags: 257 }],
      expected: [],
      judges: [{ name: 'coldsign-verifier', version: '0.1.0', verdict: 'accept' }],
      overrides: overridden.map(({ rule }) => rule),
      files: [{ path: 'zone.signed', sha256: signed, size: 900 }],
    });
    const manifest = artifacts.put(new TextEncoder().encode(await signNote(text, this.#signers)), 'MANIFEST').sha256;
    const release: LoggedRelease = {
      zone: ZONE,
      serial,
      manifest,
      signed,
      input: [source],
      ...times,
      refreshAt: '2026-12-01T00:00:00Z',
      keyTags: [4711],
      policy: 'cc',
      records: 9,
    };
    const begun = this.write('release.intent', { release, folder: `a.example/${serial}` });
    this.write('release.result', { intent: begun, zone: ZONE, serial });
    return release;
  }
}

/** Every file below a folder, by its path in it. */
export function readFolder(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map((entry): [string, Uint8Array] => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
