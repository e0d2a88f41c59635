import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { ManifestFile } from './manifest.ts';

/** Takes the next piece of a file. The octets are overwritten when it returns. */
export type ZoneSink = (piece: Uint8Array) => void;

/** A release has at most eight files. */
const MAX_FILES = 32;
/** Of a file that is kept in memory: MANIFEST before anything is known of it, and all but the zone. */
const MAX_MANIFEST_OCTETS = 1 << 20;
const MAX_SMALL_OCTETS = 1 << 28;
const PIECE_OCTETS = 1 << 20;

/**
 * Names of the files in a release folder, sorted.
 * @throws Refusal release/not-found, release/bad-file for what is not a plain file, release/unknown-file for too many
 */
export function listBundle(folder: string): readonly string[] {
  const entries = attempt(folder, 'the release folder', () => readdirSync(folder, { withFileTypes: true }));
  if (entries.length > MAX_FILES) {
    throw new Refusal(
      'release/unknown-file',
      `${folder} has ${entries.length} files; a release has at most ${MAX_FILES}`,
      'name the folder of one release, the one that holds MANIFEST',
    );
  }
  const strange = entries.find(({ name }) => !/^[A-Za-z0-9._-]+$/.test(name));
  if (strange !== undefined) {
    throw new Refusal(
      'release/unknown-file',
      `${folder} has a file of the name ${printable(strange.name)}, which no release has`,
      'take the release from its source again; nothing may be put into its folder',
    );
  }
  const odd = entries.find((entry) => !entry.isFile());
  if (odd !== undefined)
    throw notPlain(join(folder, odd.name), odd.isSymbolicLink() ? 'a link' : odd.isDirectory() ? 'a folder' : 'special');
  return entries.map(({ name }) => name).sort();
}

/** Names on a medium are anybody's: what a terminal would act on, or what looks like another line, is shown as its code. */
function printable(name: string): string {
  return `"${name.slice(0, 100).replace(/[^ !#-[\]-~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

export interface BundleFile {
  /** Empty where a sink took them. */
  readonly octets: Uint8Array;
  readonly sha256: string;
}

/**
 * Reads a file of a release once, and holds it against its line in the manifest; without sha256 and size it is MANIFEST itself.
 * @throws Refusal release/bad-file with both sizes or both hashes; Fault file/read-failed
 */
export function readBundleFile(folder: string, expected: Pick<ManifestFile, 'path'> & Partial<ManifestFile>, sink?: ZoneSink): BundleFile {
  const path = join(folder, expected.path);
  // Without O_NOFOLLOW a link that was put there a moment ago would be followed; without O_NONBLOCK a pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = attempt(folder, expected.path, () => openSync(path, flags));
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw notPlain(path, 'no longer a file');
    checkSize(path, status.size, expected.size, sink === undefined);
    const hash = createHash('sha256');
    const kept: Uint8Array[] = [];
    const count = readPieces(path, descriptor, status.size, (piece) => {
      hash.update(piece);
      if (sink === undefined) kept.push(piece.slice());
      else sink(piece);
    });
    checkSize(path, count, expected.size ?? status.size, sink === undefined);
    const sha256 = hash.digest('hex');
    if (expected.sha256 !== undefined && sha256 !== expected.sha256)
      throw badFile(`${path} has the sha256 ${sha256}, MANIFEST says ${expected.sha256}`);
    return { octets: Buffer.concat(kept), sha256 };
  } finally {
    closeSync(descriptor);
  }
}

function checkSize(path: string, size: number, expected: number | undefined, isKept: boolean): void {
  if (expected !== undefined && size !== expected) throw badFile(`${path} has ${size} octets, MANIFEST says ${expected}`);
  const limit = expected === undefined ? MAX_MANIFEST_OCTETS : MAX_SMALL_OCTETS;
  if (isKept && size > limit) throw badFile(`${path} has ${size} octets; ${limit} is the limit`);
}

/** @param limit octets; one more is read where there is one, to see that the file grows */
function readPieces(path: string, descriptor: number, limit: number, take: ZoneSink): number {
  const buffer = new Uint8Array(Math.min(PIECE_OCTETS, limit + 1));
  let total = 0;
  while (total <= limit) {
    const count = readOnce(path, descriptor, buffer);
    if (count === 0) break;
    total += count;
    take(buffer.subarray(0, count));
  }
  return total;
}

function readOnce(path: string, descriptor: number, buffer: Uint8Array): number {
  try {
    return readSync(descriptor, buffer, 0, buffer.length, null);
  } catch (cause) {
    throw new Fault('file/read-failed', `reading ${path} failed: ${codeOf(cause)}`, 'check the disk or the medium', { cause });
  }
}

function attempt<T>(folder: string, what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ELOOP') throw notPlain(join(folder, what), 'a link');
    throw new Refusal(
      'release/not-found',
      `${what} of ${folder} cannot be opened: ${code}`,
      'name the folder of one release, and check its permissions',
      { cause },
    );
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? 'unknown error';

function notPlain(path: string, what: string): Refusal {
  return badFile(`${path} is ${what}; a release holds plain files only`);
}

function badFile(message: string): Refusal {
  return new Refusal('release/bad-file', message, 'take the release from its source again');
}
