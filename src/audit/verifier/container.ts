// An archive (POSIX ustar) or a folder → files by path.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings } from './findings.ts';
import { sha256Hex } from './octets.ts';
import { VerifierUsage } from './report.ts';

export interface ExportFile {
  readonly size: number;
  readonly sha256: string;
  /** Octets that have this sha256: read again from a file that changed meanwhile, they are refused. */
  read(): Buffer;
}

export type Files = Map<string, ExportFile>;

interface Container {
  readonly files: Files;
  close(): void;
}

const TOP = 'coldsign-audit';
const PATH = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
export const BLOCK = 512;
const MAX_FILES = 2_000_000;
/** A note, a key list: what is bigger is none. */
export const MAX_NOTE = 1 << 20;
export const MAX_MANIFEST = 1 << 29;
export const MAX_ENTRIES = 2 ** 31 - 1;

export function openContainer(path: string, findings: Findings): Container {
  if (statOf(path).isDirectory()) return openFolder(path, findings);
  const fd = openSync(path, 'r');
  return { files: readArchive(new Source(fd, fstatSync(fd).size), findings), close: () => closeSync(fd) };
}

export function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new VerifierUsage(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
}

export function filesInMemory(contents: ReadonlyMap<string, Uint8Array>): Files {
  const files: Files = new Map();
  for (const [path, octets] of contents) {
    const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    files.set(path, { size: buffer.length, sha256: sha256Hex(buffer), read: () => buffer });
  }
  return files;
}

/** A file of which parts are read. */
export class Source {
  readonly size: number;
  readonly #fd: number;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.size = size;
  }

  read(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#fd, buffer, done, length - done, at + done);
      if (count === 0) throw new VerifierUsage('the file became shorter while it was read');
      done += count;
    }
    return buffer;
  }

  /** One member: hashed now, read when it is asked for. */
  part(at: number, size: number): ExportFile {
    const hash = createHash('sha256');
    for (let done = 0; done < size; done += CHUNK) hash.update(this.read(at + done, Math.min(CHUNK, size - done)));
    const sha256 = hash.digest('hex');
    return { size, sha256, read: () => unchanged(this.read(at, size), sha256) };
  }
}

const CHUNK = 1 << 20;

function unchanged(octets: Buffer, sha256: string): Buffer {
  if (sha256Hex(octets) !== sha256) throw new VerifierUsage('the export was changed while it was verified');
  return octets;
}

/** Where reading must stop, what was read so far is judged all the same. */
function readArchive(source: Source, findings: Findings): Files {
  const files: Files = new Map();
  let at = 0;
  let before = '';
  for (;;) {
    if (at + 2 * BLOCK > source.size) return broken(`the archive ends at octet ${source.size} without the two empty blocks of its end`);
    const header = source.read(at, BLOCK);
    if (isZero(header)) break;
    const member = parseHeader(header);
    if (typeof member === 'string') return broken(`octet ${at}: ${member}`);
    const { name, size } = member;
    const content = at + BLOCK;
    const next = content + Math.ceil(size / BLOCK) * BLOCK;
    if (next > source.size) return broken(`${name} has ${size} octets, and the archive ends before them`);
    if (files.size >= MAX_FILES) return broken(`more than ${MAX_FILES} files`);
    for (const oddity of member.oddities) findings.error('AUDIT-MEMBER', `${name}: ${oddity}`);
    if (!isZero(source.read(content + size, next - content - size)))
      findings.error('AUDIT-MEMBER', `${name}: something is hidden behind its end`);
    const path = member.isFile ? pathInside(name) : undefined;
    if (member.isFile && path === undefined) findings.error('AUDIT-MEMBER', `${JSON.stringify(name)} is not a path below ${TOP}/`);
    if (path !== undefined) {
      if (files.has(path)) findings.error('AUDIT-MEMBER', `${name} is there twice; the first one is judged`);
      else files.set(path, source.part(content, size));
      if (path < before) findings.error('AUDIT-MEMBER', `${name} stands behind ${before}: an export is sorted`);
      before = path;
    }
    at = next;
  }
  if (!isZero(source.read(at, 2 * BLOCK)) || source.size !== at + 2 * BLOCK)
    findings.error('AUDIT-ARCHIVE', `the archive ends at octet ${at + 2 * BLOCK}, the file at ${source.size}: or its end is not empty`);
  return files;

  function broken(text: string): Files {
    findings.error('AUDIT-ARCHIVE', text);
    return files;
  }
}

interface Member {
  readonly name: string;
  readonly size: number;
  readonly isFile: boolean;
  /** What an export does not have. */
  readonly oddities: readonly string[];
}

/** @returns why reading cannot go on, as text. @see POSIX.1-2017 pax, ustar Interchange Format */
function parseHeader(header: Buffer): Member | string {
  const number = (at: number, length: number): number | undefined => {
    const match = /^([0-7]+)[ \0]+$|^[ \0]*$/.exec(header.toString('latin1', at, at + length));
    return match === null ? undefined : Number.parseInt(match[1] ?? '0', 8);
  };
  const text = (at: number, length: number): string => header.toString('latin1', at, at + length).replace(/\0+$/, '');
  if (header.toString('latin1', 257, 265) !== 'ustar\x0000') return 'this is not a header of an ustar archive';
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0 : header[i]!;
  const said = number(148, 8);
  if (said !== sum) return `the header says checksum ${said}, and has ${sum}`;
  const size = number(124, 12);
  if (size === undefined) return 'the size in the header is not a number';
  const prefix = text(345, 155);
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const kind = header.toString('latin1', 156, 157);
  const oddities: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted) oddities.push(`${what} is ${JSON.stringify(found)}, an export has ${JSON.stringify(wanted)}`);
  };
  expect('kind', kind, '0');
  expect('link', text(157, 100), '');
  expect('mode', number(100, 8), 0o644);
  expect('uid', number(108, 8), 0);
  expect('gid', number(116, 8), 0);
  expect('time', number(136, 12), 0);
  expect('owner', text(265, 32) + text(297, 32), '');
  expect('device', [number(329, 8), number(337, 8)].join(), '0,0');
  expect('rest of the header', text(500, 12), '');
  return { name, size, isFile: kind === '0', oddities };
}

function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0);
}

function pathInside(name: string): string | undefined {
  if (!name.startsWith(`${TOP}/`)) return undefined;
  const path = name.slice(TOP.length + 1);
  return PATH.test(path) && !path.split('/').some((part) => part === '.' || part === '..') ? path : undefined;
}

function openFolder(path: string, findings: Findings): Container {
  const entries = readdirSync(path);
  const root = !entries.includes('MANIFEST') && entries.includes(TOP) ? join(path, TOP) : path;
  const files: Files = new Map();
  const walk = (folder: string, inside: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const name = `${inside}${entry.name}`;
      const full = join(folder, entry.name);
      if (entry.isDirectory()) walk(full, `${name}/`);
      else if (!entry.isFile()) findings.error('AUDIT-MEMBER', `${name} is a link or a device; an export has files only`);
      else if (pathInside(`${TOP}/${name}`) === undefined)
        findings.error('AUDIT-MEMBER', `${JSON.stringify(name)} is not a name of an export`);
      else files.set(name, fileOnDisk(full));
    }
  };
  walk(root, '');
  return { files, close: () => {} };
}

export function fileOnDisk(path: string): ExportFile {
  const use = <T>(action: (source: Source) => T): T => {
    const fd = openSync(path, 'r');
    try {
      return action(new Source(fd, fstatSync(fd).size));
    } finally {
      closeSync(fd);
    }
  };
  const { size, sha256 } = use((source) => source.part(0, source.size));
  return { size, sha256, read: () => use((source) => unchanged(source.read(0, source.size), sha256)) };
}
