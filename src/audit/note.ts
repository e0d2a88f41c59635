import { verify } from 'node:crypto';
import { Refusal } from '../../signer/errors.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { NoteSigner } from './note-key.ts';
import { lowestS } from './p256-signature.ts';
import { isNoteName, keyIdText, publicKeyObject, type VerifierKey, vkeyOf } from './vkey.ts';

/** A text with the signatures under it (C2SP signed-note): checkpoints, manifests. */
export interface SignedNote {
  /** Ends with a line feed. What is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** 32 bits. */
  readonly keyId: number;
  /** Ed25519: 64 octets; P-256: DER; cosignature: time, big-endian in 8 octets, then 64 octets. */
  readonly signature: Uint8Array;
}

/** The specification asks for 16 at least; a note is small, whatever is thrown at us. */
const MAX_SIGNATURES = 100;
const DASH = '\u2014';

/**
 * Text, empty line, then lines `— name base64(id | signature)`. The last empty line divides. Nothing is verified.
 *
 * @throws Refusal audit/bad-note
 * @see C2SP signed-note, format
 */
export function parseNote(text: string): SignedNote {
  if (!isNoteText(text)) throw badNote('the note holds a control character or is not valid UTF-8');
  const divide = text.lastIndexOf('\n\n');
  if (divide < 0) throw badNote('no empty line divides the text from the signatures');
  const block = text.slice(divide + 2);
  if (block === '' || !block.endsWith('\n')) throw badNote('the note does not end with a signature line and its line feed');
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw badNote(`the note has ${lines.length} signatures; ${MAX_SIGNATURES} is the limit`);
  return { text: text.slice(0, divide + 1), signatures: lines.map(parseSignatureLine) };
}

export function printNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(printSignatureLine).join('')}`;
}

/**
 * P-256 signatures get their smaller s: nobody can change them and have a note that verifies.
 *
 * @param text ends with a line feed, no other control characters
 * @param signers one line each, in this order
 * @throws what the keys throw; RangeError for a text or name that no note can have
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n') || !isNoteText(text)) throw new RangeError('a note ends with a line feed and holds no control characters');
  if (signers.length === 0) throw new RangeError('a note has a signature');
  const octets = new TextEncoder().encode(text);
  const signatures: NoteSignature[] = [];
  for (const signer of signers) {
    if (!isNoteName(signer.name)) throw new RangeError(`${JSON.stringify(signer.name)} is not a name of a note key`);
    const { name, keyId } = vkeyOf(signer);
    const signature = await signer.sign(octets);
    signatures.push({ name, keyId, signature: signer.kind === 'p256' ? (lowestS(signature) ?? signature) : signature });
  }
  return printNote({ text, signatures });
}

export interface VerifiedNote {
  /** Each once, in the order of their lines. */
  readonly verified: readonly VerifierKey[];
  /** Lines of keys that are not among the given ones; they say nothing. */
  readonly unknown: readonly NoteSignature[];
}

/**
 * A line counts when its name and id are those of a given key; then it must verify.
 * Design note: checked with node:crypto, made by the token or @noble: two implementations must agree.
 *
 * @throws Refusal audit/bad-signature when a line of a given key is not its signature over the text
 * @throws Refusal audit/not-signed when no line is of a given key
 * @see C2SP signed-note, signatures
 */
export function verifyNote(note: SignedNote, keys: readonly VerifierKey[]): VerifiedNote {
  const verified = new Set<VerifierKey>();
  const unknown: NoteSignature[] = [];
  for (const line of note.signatures) {
    const candidates = keys.filter((key) => key.name === line.name && key.keyId === line.keyId);
    if (candidates.length === 0) {
      unknown.push(line);
      continue;
    }
    // Ids are short: of several keys that share one, the line is of the key that verifies it.
    const key = candidates.find((candidate) => isSignatureOf(candidate, note.text, line.signature));
    if (key === undefined)
      throw new Refusal(
        'audit/bad-signature',
        `the signature of ${line.name} (key ${keyIdText(line.keyId)}) is not over this text`,
        'the text or the signature was changed: compare with another copy',
      );
    verified.add(key);
  }
  if (verified.size === 0)
    throw new Refusal(
      'audit/not-signed',
      `signed by ${listKeys(note.signatures)}, but none of these is the key that is asked for: ${listKeys(keys)}`,
      'give the verifier key (vkey) of the log, as its operator published it',
    );
  return { verified: [...verified], unknown };
}

/** One line, with its line feed. @throws Refusal audit/bad-note */
export function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', base64 = '', ...more] = line.split(' ');
  if (dash !== DASH || more.length > 0 || !isNoteName(name)) throw badNote(`${JSON.stringify(line)} is not a signature line`);
  const octets = fromBase64(base64);
  if (octets === undefined || octets.length < 5) throw badNote(`the signature of ${name} is not base64 of an id and a signature`);
  return { name, keyId: new DataView(octets.buffer).getUint32(0), signature: octets.slice(4) };
}

/** With its line feed. */
export function printSignatureLine({ name, keyId, signature }: NoteSignature): string {
  const octets = new Uint8Array(4 + signature.length);
  new DataView(octets.buffer).setUint32(0, keyId);
  octets.set(signature, 4);
  return `${DASH} ${name} ${toBase64(octets)}\n`;
}

const TIME_OCTETS = 8;

/** Time of a cosignature, POSIX seconds; undefined when the signature is too short or the time no safe integer. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length !== TIME_OCTETS + 64) return undefined;
  const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  return Number.isSafeInteger(time) ? time : undefined;
}

/** What a witness signs (C2SP tlog-cosignature). */
export function cosignedText(time: number, text: string): string {
  return `cosignature/v1\ntime ${time}\n${text}`;
}

function isSignatureOf(key: VerifierKey, text: string, signature: Uint8Array): boolean {
  const object = publicKeyObject(key);
  switch (key.kind) {
    case 'ed25519':
      return verify(null, Buffer.from(text), object, signature);
    case 'p256':
      return verify('sha256', Buffer.from(text), { key: object, dsaEncoding: 'der' }, signature);
    case 'cosignature': {
      const time = cosignatureTime(signature);
      return time !== undefined && verify(null, Buffer.from(cosignedText(time, text)), object, signature.subarray(TIME_OCTETS));
    }
    default:
      return key.kind satisfies never;
  }
}

function listKeys(keys: readonly Pick<VerifierKey, 'name' | 'keyId'>[]): string {
  return keys.map(({ name, keyId }) => `${name}+${keyIdText(keyId)}`).join(', ') || 'none';
}

/** Below U+0020 only the line feed; no lone surrogates, which UTF-8 cannot carry. */
function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.isWellFormed() && !/[\x00-\x09\x0b-\x1f]/.test(text);
}

function badNote(message: string): Refusal {
  return new Refusal('audit/bad-note', message, 'this is not a signed note, or it was damaged: compare with another copy');
}
