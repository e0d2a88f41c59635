import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';
import { type ArtifactUse, artifactUses } from './artifact-uses.ts';
import type { SignedCheckpoint } from './checkpoint-store.ts';
import { type ExportMember, fileMember, hashedMember, octetsMember, packMembers } from './export-files.ts';
import { entryAt, type LogContent, readLog } from './log.ts';
import { checkContinues } from './signed-head.ts';
import { verifierSource } from './verifier-source.ts';
import { verifyMd } from './verify-md.ts';

/** Folder that the archive unpacks to. */
export const EXPORT_FOLDER = 'coldsign-audit';

export interface ExportRequest {
  /** Folder of the log. */
  readonly audit: string;
  readonly artifacts: string;
  /** The archive to be written. */
  readonly out: string;
  /** Unsigned sources of zones go along; they are most of the octets. */
  readonly inputs: boolean;
}

export interface ExportResult {
  /** Of the archive, hexadecimal. */
  readonly sha256: string;
  /** Members of the archive. */
  readonly files: number;
  /** Entries that it covers: those that the newest checkpoint seals. */
  readonly size: number;
  /** Artifacts that entries name and that are not in the folder: lost, unless they are sources of zones. */
  readonly missing: readonly string[];
}

/**
 * Writes all that an auditor needs into one archive: POSIX ustar, sorted, without times and owners. The same log and artifacts give the same octets.
 * It covers what the newest checkpoint seals; who wants everything in it makes a checkpoint first. Artifacts go in as they are: judging them is the
 * verifier's.
 *
 * @throws Refusal audit/no-checkpoint, audit/truncated, audit/forked, and those of readLog
 * @throws Fault audit/not-readable, audit/changed-while-read, file/not-writable
 */
export async function exportLog({ audit, artifacts, out, inputs }: ExportRequest): Promise<ExportResult> {
  const content = readLog(audit);
  const checkpoint = sealed(content, audit);
  const { size } = checkpoint;
  const uses = artifactUses(content, size);
  const wanted = uses.filter(({ isInput }) => inputs || !isInput);
  const present = wanted.filter(({ sha256 }) => existsSync(join(artifacts, sha256)));
  const absent = uses.filter((use) => !present.includes(use));
  const members = [
    octetsMember('VERIFY.md', verifyMd()),
    octetsMember('checkpoint', checkpoint.note),
    ...checkpointMembers(audit, checkpoint),
    octetsMember('entries.jsonl', content.octets.subarray(0, size === 0 ? 0 : content.lineEnds[size - 1]! + 1)),
    octetsMember('verify.mjs', verifierSource()),
    octetsMember('vkeys', vkeys(audit, content)),
    ...present.map(({ sha256 }) => fileMember(`artifacts/${sha256}`, join(artifacts, sha256))),
  ];
  const hashed = members.map(hashedMember).sort(byPath);
  const all = [...hashed, hashedMember(octetsMember('MANIFEST', manifestText(hashed, absent)))].sort(byPath);
  const sha256 = await writeArchive(all, out);
  return { sha256, files: all.length, size, missing: wanted.filter((use) => absent.includes(use)).map((use) => use.sha256) };
}

/** The newest checkpoint, which must be a head of this log. */
function sealed(content: LogContent, audit: string): SignedCheckpoint {
  const { checkpoint, tree } = content;
  if (checkpoint === undefined)
    throw new Refusal(
      'audit/no-checkpoint',
      `${audit} has ${tree.size} entries and no checkpoint`,
      'make one with coldsign audit checkpoint --sign',
    );
  checkContinues(tree, checkpoint, 'the newest checkpoint');
  return checkpoint;
}

/** All that were ever signed, the newest among them also when the program was ended before it was stored twice. */
function checkpointMembers(audit: string, newest: SignedCheckpoint): ExportMember[] {
  const folder = join(audit, 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^(0|[1-9][0-9]{0,14})$/.test(name)) : [];
  const older = names.filter((name) => Number(name) < newest.size).map((name) => fileMember(`checkpoints/${name}`, join(folder, name)));
  return [...older, octetsMember(`checkpoints/${newest.size}`, newest.note)];
}

function vkeys(audit: string, content: LogContent): string {
  const path = join(audit, 'vkeys');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const first = content.lineEnds.length === 0 ? undefined : entryAt(content, 0);
  return first?.type === 'log.genesis' ? `${first.data.vkey}\n` : '';
}

/** `sha256  size  path` sorted by path; then `absent sha256 size name` sorted by sha256, `-` where the log does not tell the size. */
function manifestText(members: readonly Required<ExportMember>[], absent: readonly ArtifactUse[]): string {
  const lines = [
    ...members.map(({ sha256, size, path }) => `${sha256}  ${size}  ${path}`),
    ...absent.map(({ sha256, size, name }) => `absent ${sha256} ${size ?? '-'} ${plainName(name)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Names of files are whatever the file system allows; in a line of the manifest they are octets without blanks, `%xx` for all others. */
function plainName(name: string): string {
  const plain = [...new TextEncoder().encode(name)].map((octet) => {
    const c = String.fromCharCode(octet);
    return /[A-Za-z0-9._/@+=:,-]/.test(c) ? c : `%${octet.toString(16).padStart(2, '0')}`;
  });
  return plain.join('') || '%';
}

function byPath(a: ExportMember, b: ExportMember): number {
  return a.path < b.path ? -1 : 1;
}

async function writeArchive(members: readonly Required<ExportMember>[], out: string): Promise<string> {
  const hash = createHash('sha256');
  using file = new AtomicFile(out);
  for await (const chunk of packMembers(members, EXPORT_FOLDER)) {
    hash.update(chunk);
    file.write(chunk);
  }
  file.commit();
  return hash.digest('hex');
}
