// Keys and notes (C2SP signed-note, tlog-cosignature).
import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import type { Files } from './container.ts';
import type { Genesis } from './entries.ts';
import { readText } from './export-manifest.ts';
import type { Findings } from './findings.ts';
import { fromBase64, sha256Hex, show } from './octets.ts';
import type { Asked } from './questions.ts';

export interface Key {
  /** The vkey. */
  readonly text: string;
  readonly name: string;
  readonly id: string;
  readonly type: 1 | 2 | 4;
  readonly object: KeyObject;
}

export interface Keys {
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
export function parseVkey(text: string): Key | undefined {
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
export function chooseKeys(files: Files, genesis: Genesis | undefined, asked: Asked, findings: Findings): Keys {
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

export interface Note {
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

interface SignatureLine {
  readonly name: string;
  readonly id: string;
  readonly signature: Buffer;
}

export function parseNote(text: string | undefined): Note | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a note has none of them
  if (text === undefined || /[\x00-\x09\x0b-\x1f]/.test(text)) return undefined;
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || !text.endsWith('\n')) return undefined;
  const lines = text.slice(end + 2, -1).split('\n');
  const signatures = lines.map(parseSignatureLine).filter((line): line is SignatureLine => line !== undefined);
  return signatures.length === lines.length && lines.length <= 100 ? { text: text.slice(0, end + 1), signatures } : undefined;
}

export function parseSignatureLine(line: string): SignatureLine | undefined {
  const [dash, name = '', base64 = '', ...more] = line.split(' ');
  const octets = fromBase64(base64);
  if (dash !== '\u2014' || more.length > 0 || !NAME.test(name) || octets === undefined || octets.length < 5) return undefined;
  return { name, id: octets.toString('hex', 0, 4), signature: octets.subarray(4) };
}

/** Every line of a known key must be its signature, and one must be of the anchor. @returns the cosignatures of witnesses */
export function checkNote(note: Note, where: string, keys: Keys, findings: Findings): readonly Cosignature[] {
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

export interface Cosignature {
  readonly key: Key;
  /** Unix seconds. */
  readonly time: number;
}

export function cosignedAt(signature: Buffer): number {
  return Number(signature.readBigUInt64BE(0));
}

/** Type 1: Ed25519 (RFC 8032). Type 2: ECDSA with SHA-256, in DER. Type 4: Ed25519 over a time and the text. */
export function isSigned(key: Key, text: string, signature: Buffer): boolean {
  if (key.type === 2) return verifySignature('sha256', Buffer.from(text), { key: key.object, dsaEncoding: 'der' }, signature);
  if (key.type === 1) return signature.length === 64 && verifySignature(null, Buffer.from(text), key.object, signature);
  if (signature.length !== 72) return false;
  const cosigned = `cosignature/v1\ntime ${signature.readBigUInt64BE(0)}\n${text}`;
  return verifySignature(null, Buffer.from(cosigned), key.object, signature.subarray(8));
}
