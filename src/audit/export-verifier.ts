/**
 * Verifier of exported audit logs: one file, no dependencies, nothing shared with the program that wrote the log. It travels in the export.
 *
 *   node verify.mjs EXPORT [--since OLD | --since-words "SIZE WORD…"] [--vkey VKEY] [--witness VKEY]… [--json]
 *
 * Runs on Node 18 and later. What each finding means is in docs/audit-verification.md of the program; a second verifier, in another language, is held
 * against this one on every case of its tests. Read from the top: what is verified, container, keys and notes, tree, entries, story, releases,
 * older evidence, verdict, program.
 */
import crypto, { createHash, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

export interface VerifyOptions {
  /** Older evidence: an export (archive or folder) or a lone checkpoint. */
  readonly since?: string;
  /** From a printed page: size, then the first words of the root, 8 at least. */
  readonly sinceWords?: string;
  /** Key of the log as its operator published it. */
  readonly vkey?: string;
  /** vkeys of witnesses whose cosignatures are to be checked. */
  readonly witnesses?: readonly string[];
}

export interface VerifyFinding {
  readonly code: string;
  readonly severity: 'error' | 'note';
  readonly text: string;
}

export interface VerifyReport {
  /** No finding is an error. */
  readonly ok: boolean;
  readonly verdict: string;
  readonly origin: string | undefined;
  /** vkey that every checkpoint was held against. */
  readonly vkey: string | undefined;
  readonly size: number;
  /** Merkle Tree Hash over all entries, base64. */
  readonly root: string;
  readonly continuity: 'checked' | 'broken' | 'unchecked';
  readonly counts: Readonly<
    Record<'checkpoints' | 'sessions' | 'releases' | 'exceptions' | 'anomalies' | 'artifacts' | 'inputsAbsent', number>
  >;
  readonly findings: readonly VerifyFinding[];
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
}

/** The question cannot be asked: a path or an argument is wrong. */
export class VerifierUsage extends Error {}

/**
 * @param path of the archive, or of the folder that it was unpacked to
 * @throws VerifierUsage when the path or an option is wrong; never for what is in the export
 */
export function verifyExport(path: string, options: VerifyOptions = {}): VerifyReport {
  const findings = new Findings();
  const asked = parseOptions(options);
  const container = openContainer(path, findings);
  try {
    const old = options.since === undefined ? asked.words : readOld(options.since, findings);
    return verifyOpened(container.files, asked, old, findings);
  } finally {
    container.close();
  }
}

/** The same over files in memory, named by their paths in the export. For tests and for programs that have read the export already. */
export function verifyFiles(contents: ReadonlyMap<string, Uint8Array>, options: Omit<VerifyOptions, 'since'> = {}): VerifyReport {
  const asked = parseOptions(options);
  return verifyOpened(filesInMemory(contents), asked, asked.words, new Findings());
}

function verifyOpened(files: Files, asked: Asked, old: OldEvidence | 'unreadable' | undefined, findings: Findings): VerifyReport {
  const manifest = checkManifest(files, findings);
  const lines = readLines(files, findings);
  const tree = treeOf(lines);
  const story = new Story({ files, findings });
  const genesis = readEntries(lines, story, findings);
  const keys = chooseKeys(files, genesis, asked, findings);
  const checkpoints = checkCheckpoints(files, keys, tree, findings);
  story.end(keys, tree, checkpoints.cosigned);
  const inputsAbsent = checkArtifacts(files, manifest, story.references, findings);
  const continuity = old === undefined ? 'unchecked' : checkOld(old, { keys, lines, tree }, findings);
  return conclude({ files, findings, asked, keys, tree, checkpoints, story, inputsAbsent, continuity, old });
}

/** Findings of one code are listed up to this number; a last one says how many there are more. */
const LISTED = 100;

class Findings {
  readonly #byCode = new Map<string, VerifyFinding[]>();
  readonly #more = new Map<string, number>();

  error(code: string, text: string): void {
    this.#add({ code, severity: 'error', text });
  }

  note(code: string, text: string): void {
    this.#add({ code, severity: 'note', text });
  }

  has(...codes: readonly string[]): boolean {
    return codes.some((code) => this.#byCode.has(code));
  }

  list(): VerifyFinding[] {
    const all: VerifyFinding[] = [];
    for (const [code, found] of this.#byCode) {
      all.push(...found);
      const more = this.#more.get(code);
      if (more !== undefined) all.push({ ...found[0]!, text: `and ${more} more of this kind` });
    }
    return all.sort((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note'));
  }

  #add(finding: VerifyFinding): void {
    const found = this.#byCode.get(finding.code);
    if (found === undefined) this.#byCode.set(finding.code, [finding]);
    else if (found.length < LISTED) found.push(finding);
    else this.#more.set(finding.code, (this.#more.get(finding.code) ?? 0) + 1);
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Container: an archive (POSIX ustar) or a folder → files by path

interface ExportFile {
  readonly size: number;
  readonly sha256: string;
  /** Octets that have this sha256: read again from a file that changed meanwhile, they are refused. */
  read(): Buffer;
}

type Files = Map<string, ExportFile>;

interface Container {
  readonly files: Files;
  close(): void;
}

const TOP = 'coldsign-audit';
const PATH = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const BLOCK = 512;
const MAX_FILES = 2_000_000;
/** A note, a key list: what is bigger is none. */
const MAX_NOTE = 1 << 20;
const MAX_MANIFEST = 1 << 29;
const MAX_ENTRIES = 2 ** 31 - 1;

function openContainer(path: string, findings: Findings): Container {
  if (statOf(path).isDirectory()) return openFolder(path, findings);
  const fd = openSync(path, 'r');
  return { files: readArchive(new Source(fd, fstatSync(fd).size), findings), close: () => closeSync(fd) };
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new VerifierUsage(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
}

function filesInMemory(contents: ReadonlyMap<string, Uint8Array>): Files {
  const files: Files = new Map();
  for (const [path, octets] of contents) {
    const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    files.set(path, { size: buffer.length, sha256: sha256Hex(buffer), read: () => buffer });
  }
  return files;
}

/** A file of which parts are read. */
class Source {
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

function fileOnDisk(path: string): ExportFile {
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

// ---------------------------------------------------------------------------------------------------------------------------------
// MANIFEST: `sha256  size  path`, sorted by path, for every file but itself; then `absent sha256 size name`, sorted

interface ExportManifest {
  /** Artifacts that were left out, or were not there: sha256 → size, undefined where it is not known. */
  readonly absent: ReadonlyMap<string, number | undefined>;
}

const REQUIRED = ['MANIFEST', 'VERIFY.md', 'checkpoint', 'entries.jsonl', 'verify.mjs', 'vkeys'] as const;
const LAYOUT = new RegExp(`^(${REQUIRED.join('|').replaceAll('.', '\\.')}|checkpoints/(0|[1-9][0-9]{0,14})|artifacts/[0-9a-f]{64})$`);
const LISTED_FILE = /^([0-9a-f]{64}) {2}(0|[1-9][0-9]{0,14}) {2}([A-Za-z0-9._/-]+)$/;
const LISTED_ABSENT = /^absent ([0-9a-f]{64}) (0|[1-9][0-9]{0,14}|-) ([!-~]+)$/;

function checkManifest(files: Files, findings: Findings): ExportManifest {
  for (const path of REQUIRED) if (!files.has(path)) findings.error('AUDIT-FILE-MISSING', `the export has no ${path}`);
  for (const path of files.keys()) if (!LAYOUT.test(path)) findings.error('AUDIT-FILE-UNKNOWN', `${path} is not a file of an export`);
  const absent = new Map<string, number | undefined>();
  const listed = new Set<string>();
  if (!files.has('MANIFEST')) return { absent };
  let before = '';
  for (const line of manifestLines(files, findings)) {
    const file = LISTED_FILE.exec(line);
    const gone = file === null ? LISTED_ABSENT.exec(line) : null;
    const [, sha256 = '', size = '', path = ''] = file ?? gone ?? [];
    if (sha256 === '') {
      findings.error('AUDIT-MANIFEST-FORM', `MANIFEST: ${JSON.stringify(line.slice(0, 200))} is neither a file nor something absent`);
      continue;
    }
    const order = file === null ? `1${sha256}` : `0${path}`;
    if (order <= before)
      findings.error('AUDIT-MANIFEST-FORM', `MANIFEST: ${file === null ? sha256 : path} is not in its place, or there twice`);
    before = order;
    if (file === null) {
      absent.set(sha256, size === '-' ? undefined : Number(size));
      continue;
    }
    listed.add(path);
    compareListed(path, { sha256, size: Number(size) }, files, findings);
  }
  for (const path of files.keys())
    if (path !== 'MANIFEST' && !listed.has(path)) findings.error('AUDIT-FILE-UNLISTED', `${path} is there, and MANIFEST does not list it`);
  return { absent };
}

function manifestLines(files: Files, findings: Findings): string[] {
  const octets = readSmall(files, 'MANIFEST', MAX_MANIFEST);
  const text = octets?.toString('latin1') ?? '';
  if (!text.endsWith('\n')) findings.error('AUDIT-MANIFEST-FORM', 'MANIFEST is empty, too long, or does not end with a line feed');
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

function compareListed(path: string, listed: Pick<ExportFile, 'sha256' | 'size'>, files: Files, findings: Findings): void {
  const file = files.get(path);
  if (path === 'MANIFEST') findings.error('AUDIT-MANIFEST-FORM', 'MANIFEST lists itself');
  else if (file === undefined) findings.error('AUDIT-FILE-MISSING', `MANIFEST lists ${path}, and it is not there`);
  else if (file.sha256 !== listed.sha256 || file.size !== listed.size)
    findings.error(
      'AUDIT-FILE-CHANGED',
      `${path} has ${file.size} octets and sha256 ${file.sha256}, MANIFEST says ${listed.size} and ${listed.sha256}`,
    );
}

function readSmall(files: Files, path: string, limit: number): Buffer | undefined {
  const file = files.get(path);
  return file === undefined || file.size > limit ? undefined : file.read();
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Keys and notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

interface Key {
  /** The vkey. */
  readonly text: string;
  readonly name: string;
  readonly id: string;
  readonly type: 1 | 2 | 4;
  readonly object: KeyObject;
}

interface Keys {
  /** What every checkpoint and every MANIFEST of a release must be signed by. */
  readonly anchor: Key | undefined;
  readonly all: readonly Key[];
  readonly witnesses: readonly Key[];
  /** Name of the log. */
  readonly origin: string | undefined;
}

const SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const NAME = new RegExp(`^[^+${SPACE}\\x00-\\x1f\\x7f-\\x9f]+$`);
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** SubjectPublicKeyInfo of an uncompressed point on P-256; the point follows. */
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** @returns undefined where the text is no vkey: form, type, key and id are checked */
function parseVkey(text: string): Key | undefined {
  const [name = '', id = ''] = text.split('+', 2);
  const octets = fromBase64(text.slice(name.length + id.length + 2));
  if (!NAME.test(name) || !/^[0-9a-f]{8}$/.test(id) || octets === undefined) return undefined;
  const type = octets[0];
  const key = octets.subarray(1);
  if (type !== 1 && type !== 2 && type !== 4) return undefined;
  const isP256 = type === 2;
  if (isP256 ? key.length !== 91 || !key.subarray(0, 27).equals(P256_PREFIX) : key.length !== 32) return undefined;
  const named = isP256 ? key : Buffer.concat([Buffer.from(`${name}\n`), octets]);
  if (sha256Hex(named).slice(0, 8) !== id) return undefined;
  try {
    const object = createPublicKey({ key: isP256 ? key : Buffer.concat([ED25519_PREFIX, key]), format: 'der', type: 'spki' });
    return { text, name, id, type, object };
  } catch {
    return undefined;
  }
}

/** The key that the auditor knows; else the one that the first entry names; else the first of vkeys. */
function chooseKeys(files: Files, genesis: Genesis | undefined, asked: Asked, findings: Findings): Keys {
  const listed = listedKeys(files, findings);
  const named = genesis === undefined ? undefined : parseVkey(genesis.vkey);
  const origin = genesis?.origin;
  if (genesis !== undefined && !listed.some(({ text }) => text === genesis.vkey))
    findings.error('AUDIT-GENESIS-VKEY', `the first entry names the key ${show(genesis.vkey)}, and it is not in vkeys`);
  const anchor = asked.vkey ?? named ?? listed[0];
  if (asked.vkey !== undefined && ![genesis?.vkey, ...listed.map(({ text }) => text)].includes(asked.vkey.text))
    findings.error('AUDIT-VKEY-OTHER', `you gave the key ${asked.vkey.text}, the log is of ${genesis?.vkey ?? listed[0]?.text ?? 'none'}`);
  const name = origin ?? anchor?.name;
  for (const key of listed) if (key.name !== name) findings.error('AUDIT-ORIGIN', `vkeys has a key of ${key.name}, the log is ${name}`);
  const all = new Map<string, Key>();
  for (const key of [asked.vkey, named, ...listed, ...asked.witnesses]) if (key !== undefined) all.set(key.text, key);
  return { anchor, all: [...all.values()], witnesses: asked.witnesses, origin: name };
}

function listedKeys(files: Files, findings: Findings): Key[] {
  const text = readText(files, 'vkeys');
  const keys: Key[] = [];
  if (!files.has('vkeys')) return keys;
  const bad = (what: string): void => findings.error('AUDIT-VKEY-FORM', `vkeys: ${what}`);
  if (text === undefined || !text.endsWith('\n')) bad('it is not lines of text');
  for (const line of (text ?? '').replace(/\n$/, '').split('\n')) {
    const key = parseVkey(line);
    if (key === undefined || key.type === 4) bad(`${show(line)} is not the key of a log`);
    else if (keys.some((other) => other.text === line)) bad(`${line} is there twice`);
    else keys.push(key);
  }
  return keys;
}

interface Note {
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly signature: Buffer;
}

function parseNote(text: string | undefined): Note | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a note has none of them
  if (text === undefined || /[\x00-\x09\x0b-\x1f]/.test(text)) return undefined;
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || !text.endsWith('\n')) return undefined;
  const lines = text.slice(end + 2, -1).split('\n');
  const signatures = lines.map(parseSignatureLine).filter((line): line is SignatureLine => line !== undefined);
  return signatures.length === lines.length && lines.length <= 100 ? { text: text.slice(0, end + 1), signatures } : undefined;
}

function parseSignatureLine(line: string): SignatureLine | undefined {
  const [dash, name = '', base64 = '', ...more] = line.split(' ');
  const octets = fromBase64(base64);
  if (dash !== '\u2014' || more.length > 0 || !NAME.test(name) || octets === undefined || octets.length < 5) return undefined;
  return { name, id: octets.toString('hex', 0, 4), signature: octets.subarray(4) };
}

/** Every line of a known key must be its signature, and one must be of the anchor. @returns the cosignatures of witnesses */
function checkNote(note: Note, where: string, keys: Keys, findings: Findings): readonly Cosignature[] {
  const cosignatures: Cosignature[] = [];
  const isOf = (line: SignatureLine, key: Key): boolean => key.name === line.name && key.id === line.id;
  for (const line of note.signatures) {
    const candidates = keys.all.filter((key) => isOf(line, key));
    const key = candidates.find((candidate) => isSigned(candidate, note.text, line.signature));
    if (key === undefined && candidates.length > 0)
      findings.error('AUDIT-BAD-SIGNATURE', `${where}: the signature of ${line.name}+${line.id} is not over this text`);
    if (key?.type === 4) cosignatures.push({ key, time: cosignedAt(line.signature) });
  }
  const { anchor } = keys;
  if (anchor === undefined || !note.signatures.some((line) => isOf(line, anchor))) {
    const by = note.signatures.map(({ name, id }) => `${name}+${id}`).join(', ');
    findings.error(
      'AUDIT-NOT-SIGNED',
      `${where} is signed by ${by}, not by ${anchor === undefined ? 'a known key' : `${anchor.name}+${anchor.id}`}`,
    );
  }
  return cosignatures;
}

interface Cosignature {
  readonly key: Key;
  /** Unix seconds. */
  readonly time: number;
}

function cosignedAt(signature: Buffer): number {
  return Number(signature.readBigUInt64BE(0));
}

/** Type 1: Ed25519 (RFC 8032). Type 2: ECDSA with SHA-256, in DER. Type 4: Ed25519 over a time and the text. */
function isSigned(key: Key, text: string, signature: Buffer): boolean {
  if (key.type === 2) return verifySignature('sha256', Buffer.from(text), { key: key.object, dsaEncoding: 'der' }, signature);
  if (key.type === 1) return signature.length === 64 && verifySignature(null, Buffer.from(text), key.object, signature);
  if (signature.length !== 72) return false;
  const cosigned = `cosignature/v1\ntime ${signature.readBigUInt64BE(0)}\n${text}`;
  return verifySignature(null, Buffer.from(cosigned), key.object, signature.subarray(8));
}

interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 octets in hexadecimal. */
  readonly root: string;
}

/** @see C2SP tlog-checkpoint: origin, size, root, a line each */
function parseCheckpoint(text: string): Checkpoint | undefined {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/=]+)\n$/.exec(text);
  const root = fromBase64(match?.[3] ?? '');
  return match === null || root?.length !== 32 ? undefined : { origin: match[1]!, size: Number(match[2]), root: root.toString('hex') };
}

interface Checkpoints {
  readonly newest: Checkpoint | undefined;
  readonly count: number;
  /** By witnesses, in the notes. */
  readonly cosigned: readonly (Cosignature & { readonly size: number })[];
}

function checkCheckpoints(files: Files, keys: Keys, tree: Tree, findings: Findings): Checkpoints {
  const parsed = new Map<string, Checkpoint>();
  const cosigned: (Cosignature & { size: number })[] = [];
  for (const path of files.keys()) {
    if (path !== 'checkpoint' && !/^checkpoints\/(0|[1-9][0-9]{0,14})$/.test(path)) continue;
    const note = parseNote(readText(files, path));
    const checkpoint = note && parseCheckpoint(note.text);
    if (note === undefined || checkpoint === undefined) {
      findings.error('AUDIT-CHECKPOINT-FORM', `${path} is not a signed checkpoint`);
      continue;
    }
    const { origin, size, root } = checkpoint;
    parsed.set(path, checkpoint);
    if (path !== 'checkpoint' && path !== `checkpoints/${size}`) findings.error('AUDIT-CHECKPOINT-NAME', `${path} is of size ${size}`);
    if (origin !== keys.origin) findings.error('AUDIT-ORIGIN', `${path} is of the log ${origin}, this is ${keys.origin}`);
    if (size > tree.size) findings.error('AUDIT-TRUNCATED', `${path} seals ${size} entries, and there are ${tree.size}`);
    else if (tree.root(size).toString('hex') !== root)
      findings.error('AUDIT-ROOT', `${path} seals ${size} entries with the root ${root}, these have ${tree.root(size).toString('hex')}`);
    for (const cosignature of checkNote(note, path, keys, findings)) cosigned.push({ ...cosignature, size });
  }
  const newest = parsed.get('checkpoint');
  if (newest !== undefined) checkNewest(newest, { files, parsed, tree }, findings);
  return { newest, count: parsed.size, cosigned };
}

function checkNewest(
  { size }: Checkpoint,
  { files, parsed, tree }: { files: Files; parsed: ReadonlyMap<string, Checkpoint>; tree: Tree },
  findings: Findings,
): void {
  if (tree.size > size) findings.error('AUDIT-ENTRY-UNSEALED', `there are ${tree.size} entries, and the checkpoint seals ${size} of them`);
  if (!files.has(`checkpoints/${size}`))
    findings.error('AUDIT-CHECKPOINT-COPY', `checkpoint is of size ${size}, and there is no checkpoints/${size}`);
  for (const [path, other] of parsed)
    if (other.size > size) findings.error('AUDIT-CHECKPOINT-OLD', `checkpoint is of size ${size}, and ${path} of ${other.size} is newer`);
}

// ---------------------------------------------------------------------------------------------------------------------------------
// The tree (RFC 6962 2.1)

interface Lines {
  readonly octets: Buffer;
  /** Index of each line feed. */
  readonly ends: readonly number[];
}

function readLines(files: Files, findings: Findings): Lines {
  const octets = readSmall(files, 'entries.jsonl', MAX_ENTRIES) ?? Buffer.alloc(0);
  const lines = splitLines(octets);
  const rest = octets.length - ((lines.ends[lines.ends.length - 1] ?? -1) + 1);
  if (rest > 0) findings.error('AUDIT-ENTRY-TORN', `${rest} octets stand behind the last line feed of entries.jsonl; they are no entry`);
  return lines;
}

function splitLines(octets: Buffer): Lines {
  const ends: number[] = [];
  for (let end = octets.indexOf(10); end >= 0; end = octets.indexOf(10, end + 1)) ends.push(end);
  return { octets, ends };
}

function lineAt({ octets, ends }: Lines, index: number): Buffer {
  return octets.subarray(index === 0 ? 0 : ends[index - 1]! + 1, ends[index]);
}

/** The leaf is the line without its line feed. */
function treeOf(lines: Lines): Tree {
  const tree = new Tree();
  for (let index = 0; index < lines.ends.length; index++) tree.add(lineAt(lines, index));
  return tree;
}

const LEAF = 0;
const NODE = 1;

/** Keeps every complete subtree, so that the root at any earlier size costs a handful of hashes. */
class Tree {
  /** Level → hashes of the complete subtrees of 2^level leaves. */
  readonly #levels: Buffer[][] = [];
  size = 0;

  add(leaf: Uint8Array): void {
    let hash = sha256(prefixed(LEAF, leaf));
    let level = 0;
    for (let n = this.size++; ; n = (n - 1) / 2) {
      this.#level(level++).push(hash);
      if (n % 2 === 0) return;
      const row = this.#levels[level - 1]!;
      hash = node(row[n - 1]!, hash);
    }
  }

  root(size = this.size): Buffer {
    let root: Buffer | undefined;
    // The complete subtrees of which `size` is made, the smallest and rightmost first.
    for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      const subtree = this.#levels[level]![rest - 1]!;
      root = root === undefined ? subtree : node(subtree, root);
    }
    return root ?? sha256(Buffer.alloc(0));
  }

  #level(level: number): Buffer[] {
    const row = this.#levels[level];
    if (row !== undefined) return row;
    const made: Buffer[] = [];
    this.#levels.push(made);
    return made;
  }
}

function node(left: Buffer, right: Buffer): Buffer {
  return sha256(prefixed(NODE, left, right));
}

function prefixed(octet: number, one: Uint8Array, two?: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafe(1 + one.length + (two?.length ?? 0));
  buffer[0] = octet;
  buffer.set(one, 1);
  if (two !== undefined) buffer.set(two, 1 + one.length);
  return buffer;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Entries: form of a line, members of every entry, members by type

type Json = string | number | boolean | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json;
}

interface ReadEntry {
  readonly index: number;
  readonly time: string;
  readonly mono: number;
  readonly boot: string;
  readonly session: string;
  readonly mode: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly references: readonly Reference[];
}

/** An artifact that an entry names. */
interface Reference {
  readonly sha256: string;
  readonly size: number;
}

interface Genesis {
  readonly origin: string;
  readonly vkey: string;
}

/** Every type, its category, and those members of its data that are judged below. */
const TYPES: Readonly<Record<string, readonly [category: string, data: Shape]>> = {
  'log.genesis': ['audit', { origin: 'text', vkey: 'text' }],
  'log.anomaly': ['incident', {}],
  'session.open': ['access', { command: 'text' }],
  'session.close': ['access', { outcome: 'text' }],
  'clock.jump': ['incident', {}],
  'policy.loaded': ['software', {}],
  'input.accepted': ['signing', { zone: 'text', files: [] }],
  'input.rejected': ['signing', {}],
  'key.generate.intent': ['key', { zone: 'text', role: 'text' }],
  'key.generate.result': ['key', { intent: 'count', key: { zone: 'text', role: 'text' } }],
  'sign.intent': ['signing', { zone: 'text', serial: 'serial' }],
  'sign.result': ['signing', { intent: 'count', zone: 'text', serial: 'serial', signed: 'sha256' }],
  'gate.passed': ['assessment', { zone: 'text', serial: 'serial', verdicts: [{ rule: 'text', verdict: 'text' }] }],
  'gate.refused': ['assessment', { zone: 'text', serial: 'serial', verdicts: [{ rule: 'text', verdict: 'text' }] }],
  'release.intent': [
    'signing',
    {
      release: { zone: 'text', serial: 'serial', manifest: 'sha256', signed: 'sha256', validFrom: 'text', validUntil: 'text', input: [] },
    },
  ],
  'release.result': ['signing', { intent: 'count', zone: 'text', serial: 'serial' }],
  'exception.opened': ['incident', { rule: 'text', zone: 'text', serial: 'serial' }],
  'intent.resolved': ['incident', { intent: 'count', outcome: 'text' }],
  'batch.begun': ['signing', {}],
  'batch.zone': ['signing', {}],
  'batch.ended': ['signing', {}],
  'checkpoint.witnessed': ['audit', { size: 'count', witness: 'text', line: 'text' }],
  'export.created': ['audit', {}],
};

/** Types of entries that this verifier knows, with their categories. */
export const KNOWN_TYPES: ReadonlyMap<string, string> = new Map(Object.entries(TYPES).map(([type, [category]]) => [type, category]));

type Shape = 'text' | 'count' | 'serial' | 'sha256' | readonly Shape[] | { readonly [name: string]: Shape };

const MAX_LINE = 16_384;
const MAX_DEPTH = 64;
const SHA256 = /^[0-9a-f]{64}$/;

/** Reads every line; what is in order goes into the story. @returns what the first entry says the log is */
function readEntries(lines: Lines, story: Story, findings: Findings): Genesis | undefined {
  let genesis: Genesis | undefined;
  if (lines.ends.length === 0) findings.error('AUDIT-GENESIS', 'the log has no entries');
  for (let index = 0; index < lines.ends.length; index++) {
    const entry = readEntry(lineAt(lines, index), index, findings);
    if (entry === undefined) continue;
    if ((entry.type === 'log.genesis') !== (index === 0))
      findings.error('AUDIT-GENESIS', `entry ${index} is of type ${entry.type}; the first entry, and no other, is log.genesis`);
    if (index === 0 && entry.type === 'log.genesis') genesis = { origin: text(entry.data, 'origin'), vkey: text(entry.data, 'vkey') };
    story.take(entry);
  }
  return genesis;
}

/** One finding for an entry that is not in order; it takes no part in what follows. */
function readEntry(line: Buffer, index: number, findings: Findings): ReadEntry | undefined {
  const bad = (code: string, what: string): undefined => {
    findings.error(code, `entry ${index}: ${what}`);
    return undefined;
  };
  const references: JsonObject[] = [];
  const value = parseLine(line, references);
  if (typeof value === 'string') return bad('AUDIT-ENTRY-FORM', value);
  const { v, seq, time, mono, boot, session, mode, type, cat, actor, data } = value;
  const isRight =
    v === 1 &&
    isCount(seq) &&
    isTime(time) &&
    isCount(mono) &&
    typeof boot === 'string' &&
    typeof session === 'string' &&
    (mode === 'production' || mode === 'practice') &&
    typeof type === 'string' &&
    typeof cat === 'string' &&
    fits(actor, { role: 'text', name: 'text' }) &&
    isObject(data);
  if (!isRight)
    return bad('AUDIT-ENTRY-FIELDS', `a member that every entry has is missing or wrong: ${show(line.toString('latin1', 0, 100))}`);
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined) return bad('AUDIT-ENTRY-TYPE', `${show(type)} is a type that this verifier does not know`);
  if (cat !== known[0]) return bad('AUDIT-ENTRY-FIELDS', `cat is ${show(cat)}, entries of type ${type} are ${known[0]}`);
  if (!fits(data, known[1])) return bad('AUDIT-ENTRY-DATA', `the data of ${type} has not the members that it must have`);
  if (!references.every((reference) => fits(reference, { name: 'text', sha256: 'sha256', size: 'count' })))
    return bad('AUDIT-ENTRY-DATA', 'an artifact is named without a sha256, a size and a name');
  if (seq !== index) findings.error('AUDIT-ENTRY-SEQ', `the entry in place ${index} says that it is ${seq}`);
  return { index, time, mono, boot, session, mode, type, data, references: references as unknown as readonly Reference[] };
}

/** @returns why the line is not in the one form of an entry, as text */
function parseLine(line: Buffer, references: JsonObject[]): JsonObject | string {
  if (line.length > MAX_LINE) return `${line.length} octets; ${MAX_LINE} is the limit`;
  const text = line.toString('latin1');
  if (/[^ -\x7f]/.test(text)) return 'an octet outside of ASCII';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not a JSON object';
  return canonical(value, 0, references) === text ? value : 'not in canonical form: sorted members, each once, no blanks, integers';
}

/**
 * The one way to write a value (RFC 8785, restricted to integers and ASCII); undefined for what has none. Objects with exactly the members of a
 * reference to an artifact are collected on the way.
 */
function canonical(value: unknown, depth: number, references: JsonObject[]): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined;
  let out = '';
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = canonical(item, depth + 1, references);
      if (text === undefined) return undefined;
      out += out === '' ? text : `,${text}`;
    }
    return `[${out}]`;
  }
  const object = value as JsonObject;
  const names = sortedNames(object);
  if (names.length === 3 && names[0] === 'name' && names[1] === 'sha256' && names[2] === 'size') references.push(object);
  for (const name of names) {
    const text = canonical(object[name], depth + 1, references);
    if (text === undefined) return undefined;
    out += `${out === '' ? '' : ','}${quoted(name)}:${text}`;
  }
  return `{${out}}`;
}

function sortedNames(object: JsonObject): string[] {
  const names = Object.keys(object);
  // Without a comparison sort() goes by UTF-16 code units, and so does `<`. Nearly always they are in order already.
  for (let i = 1; i < names.length; i++) if (names[i]! < names[i - 1]!) return names.sort();
  return names;
}

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Characters that stand for themselves. */
const PLAIN = /^[ !#-[\]-\x7f]*$/;

/** Members beyond those of the shape are none of its business; `[]` is any list. */
function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'text') return typeof value === 'string';
  if (shape === 'count') return isCount(value);
  if (shape === 'serial') return isCount(value) && value < 2 ** 32;
  if (shape === 'sha256') return typeof value === 'string' && SHA256.test(value);
  if (isList(shape)) return Array.isArray(value) && value.every((item) => shape.every((inner) => fits(item, inner)));
  return isObject(value) && Object.entries(shape).every(([name, inner]) => Object.hasOwn(value, name) && fits(value[name], inner));
}

function isList(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): value is string {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year >= 1970 && day >= 1 && day <= (month === 2 && isLeap ? 29 : (DAYS[month] ?? 0));
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const text = (object: JsonObject, name: string): string => object[name] as string;
const number = (object: JsonObject, name: string): number => object[name] as number;
const object = (parent: JsonObject, name: string): JsonObject => parent[name] as JsonObject;

// ---------------------------------------------------------------------------------------------------------------------------------
// The story: what the entries say, one after the other, and whether it can have happened so

/** What the log says of an artifact. */
interface Referenced {
  /** As the entries say; a MANIFEST of a release is named without. */
  readonly sizes: Set<number>;
  /** Named as the unsigned source of a zone and as nothing else. */
  onlyInput: boolean;
  readonly by: number;
}

interface FinishedRelease {
  readonly serial: number;
  readonly manifest: string;
}

interface LastGate {
  readonly passed: boolean;
  readonly serial: number;
  readonly overridden: readonly string[];
}

class Story {
  readonly references = new Map<string, Referenced>();
  readonly counts = { sessions: 0, releases: 0, exceptions: 0, anomalies: 0 };
  /** Zone → releases that stand, in order. */
  readonly #releases = new Map<string, FinishedRelease[]>();
  readonly #files: Files;
  readonly #findings: Findings;
  #last: ReadEntry | undefined;
  #mode: string | undefined;
  readonly #mono = new Map<string, number>();
  #session: string | undefined;
  readonly #sessions = new Set<string>();
  readonly #intents = new Map<number, ReadEntry>();
  /** Zone → what was signed last, what the gate said last. */
  readonly #signed = new Map<string, { readonly serial: number; readonly signed: string }>();
  readonly #gates = new Map<string, LastGate>();
  /** Overridden verdicts and exceptions, as `zone serial rule`. */
  readonly #overridden = new Map<string, number>();
  readonly #exceptions = new Set<string>();
  readonly #witnessed: ReadEntry[] = [];
  /** MANIFESTs of releases: their signatures are checked when the keys are known. */
  readonly #notes: { readonly note: Note; readonly where: string }[] = [];
  readonly witnessedBy: string[] = [];

  constructor({ files, findings }: { files: Files; findings: Findings }) {
    this.#files = files;
    this.#findings = findings;
  }

  get openIntents(): number {
    return this.#intents.size;
  }

  take(entry: ReadEntry): void {
    this.#clock(entry);
    this.#sessionOf(entry);
    this.#refer(entry);
    const { type, data, index } = entry;
    switch (type) {
      case 'key.generate.intent':
      case 'sign.intent':
        this.#intents.set(index, entry);
        break;
      case 'release.intent':
        this.#intents.set(index, entry);
        this.#release(entry);
        break;
      case 'key.generate.result':
      case 'release.result':
        this.#result(entry);
        break;
      case 'sign.result':
        this.#result(entry);
        this.#signed.set(text(data, 'zone'), { serial: number(data, 'serial'), signed: text(data, 'signed') });
        break;
      case 'intent.resolved':
        this.#resolved(entry);
        break;
      case 'gate.passed':
      case 'gate.refused':
        this.#gate(entry);
        break;
      case 'exception.opened':
        this.counts.exceptions++;
        this.#exceptions.add(`${text(data, 'zone')} ${number(data, 'serial')} ${text(data, 'rule')}`);
        break;
      case 'log.anomaly':
      case 'clock.jump':
        this.counts.anomalies++;
        break;
      case 'checkpoint.witnessed':
        this.#witnessed.push(entry);
        break;
    }
  }

  /** What can be said only when all is read. */
  end(keys: Keys, tree: Tree, cosigned: readonly (Cosignature & { readonly size: number })[]): void {
    if (this.#session !== undefined)
      this.#findings.note(
        'AUDIT-SESSION-OPEN',
        `session ${this.#session} was open when the export was made: an export is made inside of one`,
      );
    for (const { index, type } of this.#intents.values())
      this.#findings.note(
        'AUDIT-INTENT-OPEN',
        `entry ${index} (${type}) has neither result nor resolution: not finished when the log ends`,
      );
    for (const [key, index] of this.#overridden)
      if (!this.#exceptions.has(key))
        this.#findings.error('AUDIT-EXCEPTION', `entry ${index}: a verdict was overridden (${key}), and no exception says why`);
    for (const { note, where } of this.#notes) checkNote(note, where, keys, this.#findings);
    for (const entry of this.#witnessed) this.#cosignature(entry, keys, tree);
    for (const { key, size, time } of cosigned) this.#tellWitness(key, size, time);
  }

  #clock({ index, time, mono, boot, mode }: ReadEntry): void {
    const before = this.#last;
    if (before !== undefined && time < before.time)
      this.#findings.error('AUDIT-TIME', `entry ${index} is of ${time}, entry ${before.index} before it of ${before.time}`);
    const ran = this.#mono.get(boot);
    if (ran !== undefined && mono < ran)
      this.#findings.error(
        'AUDIT-MONO',
        `entry ${index} was written ${mono} ms after the boot, an entry before it ${ran} ms after the same boot`,
      );
    this.#mono.set(boot, mono);
    this.#mode ??= mode;
    if (mode !== this.#mode) this.#findings.error('AUDIT-MODE', `entry ${index} is of mode ${mode}, the log of ${this.#mode}`);
  }

  #sessionOf(entry: ReadEntry): void {
    const { index, session, type } = entry;
    this.#last = entry;
    const wrong = (what: string): void => this.#findings.error('AUDIT-SESSION', `entry ${index}: ${what}`);
    if (type === 'session.open') {
      if (this.#sessions.has(session)) wrong(`session ${session} is opened again`);
      if (this.#session !== undefined)
        this.#findings.note(
          'AUDIT-SESSION-UNCLOSED',
          `session ${this.#session} did not live to close; session ${session} took over at entry ${index}`,
        );
      this.#session = session;
      this.#sessions.add(session);
      this.counts.sessions++;
      return;
    }
    if (type === 'log.genesis') return;
    if (session !== this.#session) wrong(`it is of session ${session}, and open is ${this.#session ?? 'none'}`);
    else if (type === 'session.close') this.#session = undefined;
  }

  #refer({ index, type, data, references }: ReadEntry): void {
    const isRelease = type === 'release.intent';
    const release = isRelease ? object(data, 'release') : undefined;
    const inputs = new Set<Json>(
      type === 'input.accepted' ? (data['files'] as readonly Json[]) : ((release?.['input'] ?? []) as readonly Json[]),
    );
    for (const reference of references) this.#mention(index, reference.sha256, reference.size, inputs.has(reference as unknown as Json));
    if (release !== undefined) this.#mention(index, text(release, 'manifest'), undefined, false);
  }

  #mention(by: number, sha256: string, size: number | undefined, isInput: boolean): void {
    const known = this.references.get(sha256);
    const entry = known ?? { sizes: new Set<number>(), onlyInput: true, by };
    if (size !== undefined) entry.sizes.add(size);
    entry.onlyInput &&= isInput;
    if (known === undefined) this.references.set(sha256, entry);
  }

  #result({ index, type, session, data }: ReadEntry): void {
    const wrong = (what: string): void => this.#findings.error('AUDIT-INTENT', `entry ${index} (${type}): ${what}`);
    const of = number(data, 'intent');
    const intent = this.#intents.get(of);
    const wanted = type.replace('.result', '.intent');
    if (intent?.type !== wanted) {
      wrong(`entry ${of} is not an open ${wanted}`);
      return;
    }
    this.#intents.delete(of);
    if (intent.session !== session) wrong(`the intent is of session ${intent.session}, the result of ${session}`);
    const subject = subjectOf(data);
    const meant = subjectOf(intent.data);
    if (subject !== meant) wrong(`the intent was for ${meant}, the result is for ${subject}`);
    if (type === 'release.result') this.#finish(intent);
  }

  #resolved({ index, data }: ReadEntry): void {
    const of = number(data, 'intent');
    const intent = this.#intents.get(of);
    if (intent === undefined) {
      this.#findings.error('AUDIT-INTENT', `entry ${index} resolves entry ${of}, which is not an open intent`);
      return;
    }
    this.#intents.delete(of);
    if (data['outcome'] === 'completed' && intent.type === 'release.intent') this.#finish(intent);
  }

  #finish({ data }: ReadEntry): void {
    const release = object(data, 'release');
    this.counts.releases++;
    const zone = text(release, 'zone');
    const finished = { serial: number(release, 'serial'), manifest: text(release, 'manifest') };
    this.#releases.set(zone, [finished]);
  }

  #gate({ index, type, data }: ReadEntry): void {
    const zone = text(data, 'zone');
    const serial = number(data, 'serial');
    const passed = type === 'gate.passed';
    const overridden = (data['verdicts'] as readonly JsonObject[]).filter((v) => v['verdict'] === 'overridden').map((v) => text(v, 'rule'));
    this.#gates.set(zone, { passed, serial, overridden });
    if (passed) for (const rule of overridden) this.#overridden.set(`${zone} ${serial} ${rule}`, index);
  }

  #release({ index, mode, data }: ReadEntry): void {
    const release = object(data, 'release');
    const zone = text(release, 'zone');
    const serial = number(release, 'serial');
    const what = `entry ${index}: release ${serial} of ${zone}`;
    const before = this.#releases.get(zone)?.[0];
    const manifest = this.#manifestOf(text(release, 'manifest'), what);
    const gate = this.#gates.get(zone);
    if (before !== undefined && !isAhead(serial, before.serial))
      this.#findings.error('AUDIT-RELEASE-SERIAL', `${what} does not follow serial ${before.serial} (RFC 1982)`);
    if (manifest?.kind !== 'catalog') {
      const signed = this.#signed.get(zone);
      if (signed?.serial !== serial || signed.signed !== text(release, 'signed'))
        this.#findings.error(
          'AUDIT-RELEASE-SIGN',
          `${what} has the zone ${text(release, 'signed')}, signed last was ${signed?.serial} ${signed?.signed}`,
        );
      if (gate?.passed !== true || gate.serial !== serial)
        this.#findings.error(
          'AUDIT-RELEASE-GATE',
          `${what}: the gate has not passed it; its last word on the zone is of serial ${gate?.serial}`,
        );
    }
    if (manifest === undefined) return;
    const previous = before === undefined ? 'none' : `${before.serial} ${before.manifest}`;
    if (manifest.previous !== previous)
      this.#findings.error('AUDIT-RELEASE-CHAIN', `${what} follows ${manifest.previous}, released before it was ${previous}`);
    for (const [name, found, wanted] of disagreements(manifest, { release, mode, index, gate }))
      this.#findings.error('AUDIT-RELEASE-MANIFEST', `${what}: its MANIFEST says ${name} ${found}, the log ${wanted}`);
  }

  /** Read only if it is the one that the log names. */
  #manifestOf(sha256: string, what: string): ReleaseManifest | undefined {
    const path = `artifacts/${sha256}`;
    const file = this.#files.get(path);
    if (file?.sha256 !== sha256) return undefined;
    const note = parseNote(readText(this.#files, path));
    const manifest = note && parseReleaseManifest(note.text);
    if (note === undefined || manifest === undefined) {
      this.#findings.error('AUDIT-RELEASE-FORM', `${what}: ${path} is not the MANIFEST of a release`);
      return undefined;
    }
    this.#notes.push({ note, where: path });
    return manifest;
  }

  #cosignature({ index, data }: ReadEntry, keys: Keys, tree: Tree): void {
    const size = number(data, 'size');
    const line = parseSignatureLine(text(data, 'line').replace(/\n$/, ''));
    const wrong = (what: string): void => this.#findings.error('AUDIT-COSIGNATURE', `entry ${index}: ${what}`);
    if (line === undefined || size > index) {
      wrong(line === undefined ? 'there is no signature line' : `it is said to be over ${size} entries, and ${index} were written then`);
      return;
    }
    const candidates = keys.witnesses.filter((key) => key.type === 4 && key.name === line.name && key.id === line.id);
    if (candidates.length === 0) return;
    const checkpoint = `${keys.origin}\n${size}\n${tree.root(size).toString('base64')}\n`;
    const key = candidates.find((candidate) => isSigned(candidate, checkpoint, line.signature));
    if (key === undefined) wrong(`the cosignature of ${line.name}+${line.id} is not over this log at ${size} entries`);
    else this.#tellWitness(key, size, cosignedAt(line.signature));
  }

  #tellWitness(key: Key, size: number, time: number): void {
    this.witnessedBy.push(`${key.name} saw the first ${size} entries, as they are here, at ${isoTime(time)}`);
  }
}

/** What an intent and its result are about. */
function subjectOf(data: JsonObject): string {
  const { release, key } = data as { release?: JsonObject; key?: JsonObject };
  const { zone, serial, role } = release ?? key ?? data;
  return `${zone} ${role ?? serial}`;
}

/** RFC 1982 3.2, 32 bits. */
function isAhead(serial: number, before: number): boolean {
  const distance = (serial - before) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Releases and artifacts

interface ReleaseManifest {
  readonly kind: string;
  readonly zone: string;
  readonly serial: string;
  readonly mode: string;
  readonly log: string;
  readonly validFrom: string;
  readonly validUntil: string;
  /** `none`, or serial and sha256. */
  readonly previous: string;
  readonly overrides: readonly string[];
  /** Path → sha256. */
  readonly files: ReadonlyMap<string, string>;
}

/** Lines of the text of a MANIFEST, in their order; `*` is any number. */
const MANIFEST_LINES: readonly (readonly [pattern: RegExp, times: '1' | '*'])[] = [
  [/^(coldsign-release\/1)$/, '1'],
  [/^kind (zone|catalog)$/, '1'],
  [/^zone ([!-~]+)$/, '1'],
  [/^serial ([0-9]{1,10})$/, '1'],
  [/^created ([0-9TZ:-]+)$/, '1'],
  [/^mode (production|practice)$/, '1'],
  [/^log ([0-9]{1,15})$/, '1'],
  [/^valid-from (none|[0-9TZ:-]+)$/, '1'],
  [/^valid-until (none|[0-9TZ:-]+)$/, '1'],
  [/^previous (none|[0-9]{1,10} [0-9a-f]{64})$/, '1'],
  [/^preservation (none|[0-9a-f]{64})$/, '1'],
  [/^key ([0-9]+ [0-9]+ [0-9]+)$/, '*'],
  [/^judge ([!-~]+ [!-~]+ [!-~]+)$/, '*'],
  [/^override ([!-~]+)$/, '*'],
  [/^file ([0-9a-f]{64} [0-9]{1,15} [A-Za-z0-9._-]+)$/, '*'],
];

function parseReleaseManifest(text: string): ReleaseManifest | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '') return undefined;
  const values: string[][] = [];
  let at = 0;
  for (const [pattern, times] of MANIFEST_LINES) {
    const found: string[] = [];
    for (let match = pattern.exec(lines[at] ?? ''); match !== null; match = pattern.exec(lines[at] ?? '')) {
      found.push(match[1]!);
      at++;
      if (times === '1') break;
    }
    if (found.length === 0 && times === '1') return undefined;
    values.push(found);
  }
  if (at !== lines.length) return undefined;
  const one = (line: number): string => values[line]![0]!;
  const files = new Map(values[14]!.map((file) => [file.slice(file.lastIndexOf(' ') + 1), file.slice(0, 64)]));
  if (files.size !== values[14]!.length) return undefined;
  return {
    kind: one(1),
    zone: one(2),
    serial: one(3),
    mode: one(5),
    log: one(6),
    validFrom: one(7),
    validUntil: one(8),
    previous: one(9),
    overrides: values[13]!,
    files,
  };
}

/** Where the MANIFEST of a release says something else than the log. */
function* disagreements(
  manifest: ReleaseManifest,
  { release, mode, index, gate }: { release: JsonObject; mode: string; index: number; gate: LastGate | undefined },
): Generator<readonly [name: string, found: string, wanted: string]> {
  const pairs: [string, string, string][] = [
    ['zone', manifest.zone, text(release, 'zone')],
    ['serial', manifest.serial, String(number(release, 'serial'))],
    ['mode', manifest.mode, mode],
  ];
  if (manifest.kind === 'zone')
    pairs.push(
      ['valid-from', manifest.validFrom, text(release, 'validFrom')],
      ['valid-until', manifest.validUntil, text(release, 'validUntil')],
      ['zone.signed', manifest.files.get('zone.signed') ?? 'none', text(release, 'signed')],
      ['override', [...manifest.overrides].sort().join(), [...(gate?.overridden ?? [])].sort().join()],
    );
  for (const pair of pairs) if (pair[1] !== pair[2]) yield pair;
  if (Number(manifest.log) > index) yield ['log', manifest.log, `${index} entries before it`];
}

/** @returns how many sources of zones were left out of the export */
function checkArtifacts(files: Files, { absent }: ExportManifest, references: ReadonlyMap<string, Referenced>, findings: Findings): number {
  let inputsAbsent = 0;
  for (const [path, file] of files) {
    const sha256 = path.startsWith('artifacts/') ? path.slice(10) : undefined;
    if (sha256 === undefined || !SHA256.test(sha256)) continue;
    if (file.sha256 !== sha256) findings.error('AUDIT-ARTIFACT-HASH', `${path} has the sha256 ${file.sha256}: it was changed`);
    if (!references.has(sha256)) findings.error('AUDIT-ARTIFACT-UNREFERENCED', `no entry names ${path}`);
  }
  for (const [sha256, { sizes, onlyInput, by }] of references) {
    const file = files.get(`artifacts/${sha256}`);
    const sizeHere = file === undefined ? absent.get(sha256) : file.size;
    const what = `${sha256}, which entry ${by} names,`;
    for (const size of sizes)
      if (file !== undefined && size !== sizeHere) findings.error('AUDIT-ARTIFACT-SIZE', `${what} has ${sizeHere} octets, not ${size}`);
    if (file !== undefined) continue;
    if (!absent.has(sha256)) findings.error('AUDIT-ARTIFACT-MISSING', `${what} is neither there nor listed as absent`);
    else if (onlyInput) inputsAbsent++;
    else findings.error('AUDIT-ARTIFACT-ABSENT', `${what} is absent: it was missing when the export was made`);
  }
  for (const [sha256, size] of absent) {
    const sizes = references.get(sha256)?.sizes;
    if (sizes === undefined) findings.error('AUDIT-MANIFEST-ABSENT', `MANIFEST lists ${sha256} as absent, and no entry names it`);
    else if (files.has(`artifacts/${sha256}`))
      findings.error('AUDIT-MANIFEST-ABSENT', `MANIFEST lists ${sha256} as absent, and it is there`);
    else if (size === undefined ? sizes.size > 0 : !sizes.has(size))
      findings.error(
        'AUDIT-MANIFEST-ABSENT',
        `MANIFEST lists ${sha256} as absent with ${size ?? 'no'} octets, the log says ${[...sizes].join()}`,
      );
  }
  if (inputsAbsent > 0) findings.note('AUDIT-INPUT-ABSENT', `${inputsAbsent} unsigned sources of zones were left out of the export`);
  return inputsAbsent;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Older evidence: an export, a checkpoint, words from paper

interface OldEvidence {
  /** What it is, for messages. */
  readonly name: string;
  readonly size: number;
  /** Root in hexadecimal, or the beginning of it. */
  readonly root: string;
  readonly note?: Note;
  readonly origin?: string;
  /** Of an export. */
  readonly lines?: Lines;
}

/** 'unreadable' where it proves nothing; the finding says why. */
function readOld(path: string, findings: Findings): OldEvidence | 'unreadable' {
  const bad = (what: string): 'unreadable' => {
    findings.error('AUDIT-OLD', `${path}: ${what}`);
    return 'unreadable';
  };
  if (!isExport(path)) {
    const file = fileOnDisk(path);
    return oldFrom(path, file.size > MAX_NOTE ? undefined : decode(file.read()), undefined, bad);
  }
  const own = new Findings();
  const container = openContainer(path, own);
  try {
    if (own.has('AUDIT-ARCHIVE')) return bad('it is neither a checkpoint nor an archive of an export');
    const entries = readSmall(container.files, 'entries.jsonl', MAX_ENTRIES);
    if (entries === undefined) return bad('it has no entries.jsonl');
    return oldFrom(path, readText(container.files, 'checkpoint'), splitLines(entries), bad);
  } finally {
    container.close();
  }
}

/** A folder, or a file with the header of an archive. */
function isExport(path: string): boolean {
  const stat = statOf(path);
  if (stat.isDirectory() || stat.size < BLOCK) return stat.isDirectory();
  const fd = openSync(path, 'r');
  try {
    return new Source(fd, stat.size).read(257, 5).equals(Buffer.from('ustar'));
  } finally {
    closeSync(fd);
  }
}

function oldFrom(
  path: string,
  octets: string | undefined,
  lines: Lines | undefined,
  bad: (what: string) => 'unreadable',
): OldEvidence | 'unreadable' {
  const note = parseNote(octets);
  const checkpoint = note && parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) return bad('its checkpoint is not a signed checkpoint');
  if (lines !== undefined) {
    if (lines.ends.length < checkpoint.size) return bad(`it has ${lines.ends.length} entries, and its checkpoint seals ${checkpoint.size}`);
    const root = treeOf(lines).root(checkpoint.size).toString('hex');
    if (root !== checkpoint.root) return bad(`its entries have the root ${root}, its checkpoint ${checkpoint.root}`);
  }
  return { name: path, ...checkpoint, note, ...(lines === undefined ? {} : { lines }) };
}

/** Whether this log is what the older evidence became. */
function checkOld(
  old: OldEvidence | 'unreadable',
  { keys, lines, tree }: { keys: Keys; lines: Lines; tree: Tree },
  findings: Findings,
): 'checked' | 'broken' {
  if (old === 'unreadable') return 'broken';
  const { name, size, root, origin, note } = old;
  if (origin !== undefined && origin !== keys.origin)
    findings.error('AUDIT-OLD', `${name} is of the log ${origin}, this is ${keys.origin}`);
  if (note !== undefined) {
    const own = new Findings();
    checkNote(note, name, keys, own);
    for (const { text } of own.list()) findings.error('AUDIT-OLD-SIGNATURE', text);
  }
  if (size > tree.size)
    findings.error(
      'AUDIT-ROLLBACK',
      `${name} has seen ${size} entries, and there are ${tree.size}: an older copy was put in the place of the log`,
    );
  else if (!tree.root(size).toString('hex').startsWith(root))
    findings.error(
      'AUDIT-FORK',
      `${name}: at ${size} entries the root began with ${root}, here it is ${tree.root(size).toString('hex')}${firstOther(old, lines)}`,
    );
  return findings.has('AUDIT-OLD', 'AUDIT-OLD-SIGNATURE', 'AUDIT-ROLLBACK', 'AUDIT-FORK') ? 'broken' : 'checked';
}

function firstOther({ lines: before }: OldEvidence, lines: Lines): string {
  if (before === undefined) return '';
  const count = Math.min(before.ends.length, lines.ends.length);
  for (let index = 0; index < count; index++)
    if (!lineAt(before, index).equals(lineAt(lines, index))) return `; entry ${index} is the first that differs`;
  return '';
}

interface Asked {
  readonly vkey: Key | undefined;
  readonly witnesses: readonly Key[];
  readonly words: OldEvidence | undefined;
}

function parseOptions({ vkey, witnesses = [], sinceWords }: VerifyOptions): Asked {
  const parse = (text: string, isWitness: boolean): Key => {
    const key = parseVkey(text);
    if (key === undefined || (key.type === 4) !== isWitness)
      throw new VerifierUsage(`${show(text)} is not the vkey of a ${isWitness ? 'witness' : 'log'} (name+id+key)`);
    return key;
  };
  return {
    vkey: vkey === undefined ? undefined : parse(vkey, false),
    witnesses: witnesses.map((witness) => parse(witness, true)),
    words: sinceWords === undefined ? undefined : parseWords(sinceWords),
  };
}

/** Size, then words for the first octets of the root: two syllables in even places, three in odd ones (PGP word list). */
function parseWords(given: string): OldEvidence {
  const [size = '', ...words] = given.trim().split(/\s+/);
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size))
    throw new VerifierUsage(`${show(size)} is not a size: give the size of the log, then the words`);
  if (words.length < 8 || words.length > 32) throw new VerifierUsage(`${words.length} words; give 8 at least, in the order of the page`);
  const lists = [EVEN_WORDS, ODD_WORDS].map((list) =>
    list
      .trim()
      .split(/\s+/)
      .map((word) => word.toLowerCase()),
  );
  const octets = words.map((word, i) => {
    const octet = lists[i % 2]!.indexOf(word.toLowerCase());
    if (octet < 0)
      throw new VerifierUsage(
        `word ${i + 1}, ${show(word)}, is not one of the ${i % 2 === 0 ? 'even' : 'odd'} places: a word was left out or misread`,
      );
    return octet;
  });
  return { name: 'the printed page', size: Number(size), root: Buffer.from(octets).toString('hex') };
}

const EVEN_WORDS = `
aardvark absurd accrue acme adrift adult afflict ahead aimless Algol allow alone ammo ancient apple artist assume Athens atlas Aztec
baboon backfield backward banjo beaming bedlamp beehive beeswax befriend Belfast berserk billiard bison blackjack blockade blowtorch
bluebird bombast bookshelf brackish breadline breakup brickyard briefcase Burbank button buzzard cement chairlift chatter checkup chisel
choking chopper Christmas clamshell classic classroom cleanup clockwork cobra commence concert cowbell crackdown cranky crowfoot crucial
crumpled crusade cubic dashboard deadbolt deckhand dogsled dragnet drainage dreadful drifter dropper drumbeat drunken Dupont dwelling
eating edict egghead eightball endorse endow enlist erase escape exceed eyeglass eyetooth facial fallout flagpole flatfoot flytrap
fracture framework freedom frighten gazelle Geiger glitter glucose goggles goldfish gremlin guidance hamlet highchair hockey indoors
indulge inverse involve island jawbone keyboard kickoff kiwi klaxon locale lockup merit minnow miser Mohawk mural music necklace Neptune
newborn nightbird Oakland obtuse offload optic orca payday peachy pheasant physique playhouse Pluto preclude prefer preshrunk printer
prowler pupil puppy python quadrant quiver quota ragtime ratchet rebirth reform regain reindeer rematch repay retouch revenge reward
rhythm ribcage ringbolt robust rocker ruffled sailboat sawdust scallion scenic scorecard Scotland seabird select sentence shadow shamrock
showgirl skullcap skydive slingshot slowdown snapline snapshot snowcap snowslide solo southward soybean spaniel spearhead spellbind
spheroid spigot spindle spyglass stagehand stagnate stairway standard stapler steamship sterling stockman stopwatch stormy sugar surmount
suspense sweatband swelter tactics talon tapeworm tempest tiger tissue tonic topmost tracker transit trauma treadmill Trojan trouble tumor
tunnel tycoon uncut unearth unwind uproot upset upshot vapor village virus Vulcan waffle wallet watchword wayside willow woodlark Zulu`;

const ODD_WORDS = `
adroitness adviser aftermath aggregate alkali almighty amulet amusement antenna applicant Apollo armistice article asteroid Atlantic
atmosphere autopsy Babylon backwater barbecue belowground bifocals bodyguard bookseller borderline bottomless Bradbury bravado Brazilian
breakaway Burlington businessman butterfat Camelot candidate cannonball Capricorn caravan caretaker celebrate cellulose certify
chambermaid Cherokee Chicago clergyman coherence combustion commando company component concurrent confidence conformist congregate
consensus consulting corporate corrosion councilman crossover crucifix cumbersome customer Dakota decadence December decimal designing
detector detergent determine dictator dinosaur direction disable disbelief disruptive distortion document embezzle enchanting enrollment
enterprise equation equipment escapade Eskimo everyday examine existence exodus fascinate filament finicky forever fortitude frequency
gadgetry Galveston getaway glossary gossamer graduate gravity guitarist hamburger Hamilton handiwork hazardous headwaters hemisphere
hesitate hideaway holiness hurricane hydraulic impartial impetus inception indigo inertia infancy inferno informant insincere insurgent
integrate intention inventive Istanbul Jamaica Jupiter leprosy letterhead liberty maritime matchmaker maverick Medusa megaton microscope
microwave midsummer millionaire miracle misnomer molasses molecule Montana monument mosquito narrative nebula newsletter Norwegian October
Ohio onlooker opulent Orlando outfielder Pacific pandemic Pandora paperweight paragon paragraph paramount passenger pedigree Pegasus
penetrate perceptive performance pharmacy phonetic photograph pioneer pocketful politeness positive potato processor provincial proximate
puberty publisher pyramid quantity racketeer rebellion recipe recover repellent replica reproduce resistor responsive retraction retrieval
retrospect revenue revival revolver sandalwood sardonic Saturday savagery scavenger sensation sociable souvenir specialist speculate
stethoscope stupendous supportive surrender suspicious sympathy tambourine telephone therapist tobacco tolerance tomorrow torpedo
tradition travesty trombonist truncated typewriter ultimate undaunted underfoot unicorn unify universe unravel upcoming vacancy vagabond
vertigo Virginia visitor vocalist voyager warranty Waterloo whimsical Wichita Wilmington Wyoming yesteryear Yucatan`;

// ---------------------------------------------------------------------------------------------------------------------------------
// Verdict

interface Judged {
  readonly files: Files;
  readonly findings: Findings;
  readonly asked: Asked;
  readonly keys: Keys;
  readonly tree: Tree;
  readonly checkpoints: Checkpoints;
  readonly story: Story;
  readonly inputsAbsent: number;
  readonly continuity: VerifyReport['continuity'];
  readonly old: OldEvidence | 'unreadable' | undefined;
}

/** Continuity left unchecked is said in these words. */
export const UNCHECKED = 'self-consistent; continuity with earlier evidence was not checked';

function conclude(judged: Judged): VerifyReport {
  const { files, findings, keys, tree, checkpoints, story, inputsAbsent, continuity } = judged;
  const list = findings.list();
  const errors = list.filter(({ severity }) => severity === 'error').length;
  const ok = errors === 0;
  const artifacts = [...files.keys()].filter((path) => path.startsWith('artifacts/')).length;
  return {
    ok,
    verdict: ok
      ? continuity === 'checked'
        ? `self-consistent, and a continuation of ${nameOf(judged.old)}`
        : UNCHECKED
      : `NOT in order: ${errors} findings`,
    origin: keys.origin,
    vkey: keys.anchor?.text,
    size: tree.size,
    root: tree.root().toString('base64'),
    continuity,
    counts: { checkpoints: checkpoints.count, ...story.counts, artifacts, inputsAbsent },
    findings: list,
    proven: [...proven(judged)],
    notProven: [...notProven(judged)],
  };
}

const SEAL = [
  'AUDIT-FILE-MISSING',
  'AUDIT-ENTRY-TORN',
  'AUDIT-ENTRY-UNSEALED',
  'AUDIT-CHECKPOINT-FORM',
  'AUDIT-CHECKPOINT-OLD',
  'AUDIT-ORIGIN',
  'AUDIT-TRUNCATED',
  'AUDIT-ROOT',
  'AUDIT-BAD-SIGNATURE',
  'AUDIT-NOT-SIGNED',
];
const STORY = ['FORM', 'FIELDS', 'TYPE', 'DATA', 'SEQ'].map((what) => `AUDIT-ENTRY-${what}`);
const ARTIFACTS = ['HASH', 'SIZE', 'MISSING', 'ABSENT', 'UNREFERENCED'].map((what) => `AUDIT-ARTIFACT-${what}`);
const RELEASES = ['FORM', 'SIGN', 'GATE', 'SERIAL', 'CHAIN', 'MANIFEST'].map((what) => `AUDIT-RELEASE-${what}`);

/** Only what no finding speaks against. */
function* proven({ findings, keys, tree, checkpoints, story, continuity, old }: Judged): Generator<string> {
  const { anchor } = keys;
  const isSealed = anchor !== undefined && checkpoints.newest !== undefined && !findings.has(...SEAL);
  if (isSealed)
    yield `The ${tree.size} entries are those that the key ${anchor.name}+${anchor.id} sealed: none was changed, taken out, put in or moved since.`;
  if (continuity === 'checked' && isSealed) yield `The log continues ${nameOf(old)}: its first ${sizeOf(old)} entries are the same.`;
  if (!findings.has(...STORY, 'AUDIT-GENESIS', 'AUDIT-TIME', 'AUDIT-MONO', 'AUDIT-MODE', 'AUDIT-SESSION', 'AUDIT-INTENT'))
    yield `${story.counts.sessions} sessions follow one another, the clock never goes back, and what was begun was ended or resolved${
      story.openIntents === 0 ? '' : `, but for ${story.openIntents}`
    }.`;
  if (isSealed && !findings.has(...ARTIFACTS, 'AUDIT-MANIFEST-ABSENT'))
    yield 'Every artifact here is, octet by octet, what the entries name.';
  if (isSealed && story.counts.releases > 0 && !findings.has(...RELEASES, ...STORY, ...ARTIFACTS, 'AUDIT-EXCEPTION', 'AUDIT-INTENT'))
    yield `${story.counts.releases} releases: each carries the signature of the log's key and follows the one before it; each zone is the one that was signed last and passed the gate.`;
  if (isSealed) for (const witness of story.witnessedBy) yield `Witness ${witness}.`;
}

function* notProven({ asked, findings, tree, story, inputsAbsent, continuity }: Judged): Generator<string> {
  if (continuity === 'unchecked')
    yield 'Whether this is the log that others have seen before: continuity with earlier evidence was not checked (--since, --since-words).';
  if (continuity === 'broken') yield 'That this is the log that others have seen before: see the findings.';
  if (asked.vkey === undefined) yield 'That the key is the right one: compare it with the published vkey, or give it with --vkey.';
  yield 'That what was written was true when it was written: that is for witnesses, dual control and records of the room.';
  yield 'That the keys were not used outside of the program: compare with the counters of the token and with signatures seen in the DNS.';
  yield `What happened after entry ${tree.size - 1}.`;
  if (story.witnessedBy.length === 0)
    yield 'When the entries were written, but for the clock of the machine itself: no cosignature of a known witness.';
  if (story.openIntents > 0) yield `What became of ${story.openIntents} acts that have no result.`;
  if (inputsAbsent > 0) yield `What stood in ${inputsAbsent} unsigned sources of zones: only their sha256 is here.`;
  if (findings.has('AUDIT-ARTIFACT-ABSENT', 'AUDIT-ARTIFACT-MISSING')) yield 'What stood in the artifacts that are not here.';
}

const nameOf = (old: Judged['old']): string => (typeof old === 'object' ? `${old.name} at ${old.size} entries` : 'nothing');
const sizeOf = (old: Judged['old']): number => (typeof old === 'object' ? old.size : 0);

/** The report as people read it. */
export function describeReport(report: VerifyReport): string {
  const { counts } = report;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `log      ${report.origin ?? 'unknown'}`,
    `key      ${report.vkey ?? 'unknown'}`,
    `head     ${report.size} entries, root ${report.root}`,
    `holds    ${counts.sessions} sessions, ${counts.releases} releases, ${counts.exceptions} exceptions, ${counts.anomalies} anomalies, ${counts.artifacts} artifacts`,
    ...list(
      'Findings:',
      report.findings.map(({ code, severity, text }) => `${severity} ${code} ${text}`),
    ),
    ...list('Proven:', report.proven),
    ...list('Not proven:', report.notProven),
    '',
    `Verdict: ${report.verdict}`,
    '',
  ].join('\n');
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Small things

function sha256(octets: Uint8Array): Buffer {
  // Twice as fast where there is one; Node 18 has none.
  return crypto.hash === undefined ? createHash('sha256').update(octets).digest() : crypto.hash('sha256', octets, 'buffer');
}

function sha256Hex(octets: Uint8Array): string {
  return sha256(octets).toString('hex');
}

/** Only the one encoding of its octets (RFC 4648 4). */
function fromBase64(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? octets : undefined;
}

function readText(files: Files, path: string): string | undefined {
  const octets = readSmall(files, path, MAX_NOTE);
  return octets === undefined ? undefined : decode(octets);
}

function decode(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

function isoTime(time: number): string {
  return time <= 253_402_300_799 ? new Date(time * 1000).toISOString().replace('.000', '') : `${time} s after 1970`;
}

/** A value in a message, of bounded length and without line breaks. */
function show(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 120 ? `${json.slice(0, 120)}…` : json;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// The program

const USAGE = `usage: node verify.mjs EXPORT [--since OLD] [--since-words "SIZE WORD WORD …"] [--vkey VKEY] [--witness VKEY]… [--json]
EXPORT        archive of the export, or the folder it was unpacked to
--since       an older export, or an older checkpoint: proves that nothing it has seen was changed
--since-words size and at least 8 words from a printed checkpoint
--vkey        key of the log as it was published
--witness     vkey of a witness whose cosignatures count
exit status   0 in order, 1 not in order, 2 wrong arguments
`;

/** @returns exit status */
function main(args: readonly string[]): number {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--help') {
      process.stdout.write(USAGE);
      return 0;
    }
    if (arg === '--json') values.set(arg, []);
    else if (['--since', '--since-words', '--vkey', '--witness'].includes(arg))
      values.set(arg, [...(values.get(arg) ?? []), args[++i] ?? '']);
    else rest.push(arg);
  }
  const [path] = rest;
  const once = (name: string): string | undefined => values.get(name)?.[0];
  try {
    if (path === undefined || rest.length > 1 || path.startsWith('--'))
      throw new VerifierUsage('give one export, and options that are known');
    for (const [name, given] of values) if (name !== '--witness' && given.length > 1) throw new VerifierUsage(`${name} is given twice`);
    if (values.has('--since') && values.has('--since-words')) throw new VerifierUsage('give one piece of older evidence at a time');
    const [since, sinceWords, vkey] = [once('--since'), once('--since-words'), once('--vkey')];
    const report = verifyExport(path, {
      ...(since === undefined ? {} : { since }),
      ...(sinceWords === undefined ? {} : { sinceWords }),
      ...(vkey === undefined ? {} : { vkey }),
      witnesses: values.get('--witness') ?? [],
    });
    process.stdout.write(values.has('--json') ? `${JSON.stringify(report, undefined, 2)}\n` : describeReport(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof VerifierUsage)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}`);
    return 2;
  }
}

function isProgram(): boolean {
  try {
    return realpathSync(process.argv[1] ?? '') === realpathSync(new URL(import.meta.url));
  } catch {
    return false;
  }
}

if (isProgram()) process.exitCode = main(process.argv.slice(2));
