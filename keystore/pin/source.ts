import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { Pkcs11Uri } from '../pkcs11/uri.ts';
import { promptSecret } from './prompt.ts';

/** Where a PIN comes from. Never an argument, never the environment. */
export type PinSource =
  | { readonly kind: 'prompt' }
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'file'; readonly path: string }
  /** Shares of custodians, asked for on the terminal, or lines `NAME: share` from a descriptor. */
  | { readonly kind: 'shares'; readonly fd?: number };

/** What a command line says about PINs. */
export interface PinOptions {
  /** `--pin-fd` */
  readonly pinFd?: number;
  /** `--share-fd` */
  readonly shareFd?: number;
  /** `--force-final-try` */
  readonly forceFinalTry?: boolean;
}

/** pin-source of a token whose PIN is put together from shares. */
export const SHARES = 'shares:';
const MAX_PIN_OCTETS = 255;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** `pin-source` of the URI, which is about this token alone, before `--pin-fd` before the prompt. @throws Refusal pin/unusable-source */
export function choosePinSource(uri: Pkcs11Uri, pinFd?: number, shareFd?: number): PinSource {
  if (uri.pinSource === undefined) return pinFd === undefined ? { kind: 'prompt' } : { kind: 'descriptor', fd: pinFd };
  if (uri.pinSource === SHARES) return shareFd === undefined ? { kind: 'shares' } : { kind: 'shares', fd: shareFd };
  const path = uri.pinSource.replace(/^file:(\/\/(localhost)?(?=\/))?/, '');
  if (path.startsWith('/')) return { kind: 'file', path };
  throw new Refusal(
    'pin/unusable-source',
    `pin-source=${uri.pinSource} is neither ${SHARES} nor a file with an absolute path`,
    `write pin-source=file:/path/to/pin or pin-source=${SHARES}`,
  );
}

/** How a command logs in to the one token that it is about. */
export interface TokenLogin {
  readonly pin: PinSource;
  readonly login: { readonly forceFinalTry: boolean };
}

/** `--share-fd` says by itself that the PIN is in shares, where the URI says nothing. @throws Refusal usage/pin-source, pin/unusable-source */
export function tokenLogin(uri: Pkcs11Uri, { pinFd, shareFd, forceFinalTry = false }: PinOptions): TokenLogin {
  const login = { forceFinalTry };
  const chosen = choosePinSource(uri, pinFd, shareFd);
  if (shareFd === undefined || chosen.kind === 'shares') return { pin: chosen, login };
  if (chosen.kind === 'prompt') return { pin: { kind: 'shares', fd: shareFd }, login };
  throw new Refusal(
    'usage/pin-source',
    `--share-fd ${shareFd} brings shares, and the PIN comes from ${chosen.kind === 'file' ? `the file ${chosen.path}` : `--pin-fd ${chosen.fd}`}`,
    `leave one of them out; the URI of a token whose PIN is in shares has pin-source=${SHARES}`,
  );
}

/** A secret that one person or file has whole. */
export type DirectSource = Exclude<PinSource, { readonly kind: 'shares' }>;

/**
 * @param shownFd number under which the caller of the program knows the descriptor
 * @returns the PIN's octets, one line end removed. @throws Refusal pin/…
 */
export async function readPinSource(source: DirectSource, what: string, shownFd?: number): Promise<Uint8Array> {
  switch (source.kind) {
    case 'prompt':
      return checked(new TextEncoder().encode(await promptSecret(`${what}: `)), 'what was typed');
    case 'descriptor':
      return checked(readDescriptor(source.fd, shownFd), `file descriptor ${shownFd ?? source.fd}`);
    case 'file':
      return checked(readPinFile(source.path), source.path);
    default:
      return source satisfies never;
  }
}

function checked(octets: Uint8Array, from: string): Uint8Array {
  if (octets.length > 0 && octets.length <= MAX_PIN_OCTETS) return octets;
  throw new Refusal(
    'pin/empty',
    `${from} holds ${octets.length === 0 ? 'no PIN' : `more than ${MAX_PIN_OCTETS} octets`}`,
    'put the PIN there, on one line',
  );
}

function readDescriptor(fd: number, shownFd = fd): Uint8Array {
  try {
    refuseForeignDescriptor(fd, shownFd);
    return readLine(fd);
  } catch (cause) {
    throw unreadable(shownFd, cause);
  }
}

/** Other descriptors are the runtime's own, and a read of them never ends. @throws Refusal pin/unusable-source */
export function refuseForeignDescriptor(fd: number, shownFd = fd): void {
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() || stat.isFIFO() || stat.isSocket() || stat.isCharacterDevice()) return;
  } catch (cause) {
    throw unreadable(shownFd, cause);
  }
  throw unreadable(shownFd, undefined);
}

export function unreadable(fd: number, cause: unknown): Refusal {
  return new Refusal(
    'pin/unusable-source',
    `file descriptor ${fd} cannot be read`,
    `open it in the shell: write ${fd}< FILE behind the command`,
    { cause },
  );
}

/** Mode and type are taken from the open file, so that nobody can exchange it in between. */
function readPinFile(path: string): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('pin/unusable-source', `the PIN file ${path} cannot be opened (${why})`, 'correct pin-source in the URI', { cause });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw new Refusal('pin/unusable-source', `the PIN file ${path} is not a regular file`, 'point pin-source at a regular file');
    if ((stat.mode & 0o177) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      throw new Refusal('pin/file-mode', `the PIN file ${path} has mode ${mode}, expected 0600 or stricter`, `chmod 600 ${path}`);
    }
    return readLine(fd);
  } finally {
    closeSync(fd);
  }
}

/** Octets up to the end or the first line end. The buffers read into are wiped. */
function readLine(fd: number): Uint8Array {
  const buffer = new Uint8Array(MAX_PIN_OCTETS + 3);
  let length = 0;
  while (length < buffer.length && !buffer.subarray(0, length).includes(NEWLINE)) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  const newline = buffer.subarray(0, length).indexOf(NEWLINE);
  let end = newline < 0 ? length : newline;
  if (end > 0 && newline >= 0 && buffer[end - 1] === RETURN) end--;
  const octets = buffer.slice(0, end);
  buffer.fill(0);
  return octets;
}
