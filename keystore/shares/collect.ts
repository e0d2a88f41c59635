import { fstatSync, readFileSync, readSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { KnownSet } from '../pin/holder-protocol.ts';
import { unreadable } from '../pin/source.ts';
import { Terminal } from '../pin/terminal.ts';
import { decodeShare, isShareText, parseShareText } from './envelope.ts';
import { type HeldShare, isFor, refuseDuplicate, refuseForeign, type Share, setName, tooFew } from './share.ts';
import { parseShareLine, parseShareWords, ShareTypo, WORDS_A_LINE } from './words.ts';

export interface Collection {
  /** Lines `NAME: share`; undefined: the terminal. */
  readonly fd: number | undefined;
  /** Number under which the caller of the program knows the descriptor. */
  readonly shownFd: number | undefined;
  /** Names the PIN. */
  readonly what: string;
  readonly subject: string;
  readonly sets: readonly KnownSet[];
}

/**
 * As many shares as their set needs, each checked as it comes in: custodians hear of a slip while they are at the keyboard.
 * @throws Refusal share/…, pin/no-terminal, pin/cancelled
 */
export async function readShares(collection: Collection): Promise<readonly HeldShare[]> {
  const held: HeldShare[] = [];
  if (collection.fd === undefined) {
    using terminal = new Terminal();
    await askForShares(terminal, held, collection);
    return held;
  }
  let foreign: HeldShare | undefined;
  for (const one of readShareLines(collection.fd, collection.shownFd)) {
    // One file may have shares for several tokens, each of which takes its own.
    if (!isFor(one.share, collection.subject)) {
      foreign ??= one;
      continue;
    }
    admit(one, held, collection);
    held.push(one);
    if (held.length === one.share.threshold) return held;
  }
  if (foreign !== undefined) refuseForeign(foreign, held[0] ?? foreign, collection.subject);
  throw tooFew(held.length, held[0]?.share);
}

/** All shares of a descriptor; a file is read from its beginning, since another holder may have read it before. Messages name the custodian and the place, never a word. @throws Refusal share/…, pin/unusable-source */
export function* readShareLines(fd: number, shownFd = fd): Generator<HeldShare> {
  let text: string;
  try {
    text = readAll(fd);
  } catch (cause) {
    throw unreadable(shownFd, cause);
  }
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const holder = line.slice(0, Math.max(0, colon)).trim();
    if (holder === '' || isShareText(`${line.trim()}`)) {
      throw new Refusal(
        'share/no-name',
        `line ${i + 1} of file descriptor ${shownFd} names no custodian`,
        'write NAME: share, a line each',
      );
    }
    yield { holder, share: parseShare(line.slice(colon + 1), holder) };
  }
}

function readAll(fd: number): string {
  const stat = fstatSync(fd);
  if (!stat.isFile()) return readFileSync(fd, 'utf8');
  const octets = new Uint8Array(stat.size);
  const length = readSync(fd, octets, 0, octets.length, 0);
  const text = new TextDecoder().decode(octets.subarray(0, length));
  octets.fill(0);
  return text;
}

/** Words, or the text of a QR code. @throws Refusal share/… */
function parseShare(text: string, holder: string): Share {
  try {
    return isShareText(text) ? parseShareText(text) : parseShareWords(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, `share of ${holder}: ${error.message}`, error.hint);
  }
}

async function askForShares(terminal: Terminal, held: HeldShare[], collection: Collection): Promise<void> {
  terminal.write(`${collection.what}: it is put together from shares.\n`);
  for (;;) {
    const needed = held[0]?.share.threshold;
    terminal.write(`Share ${held.length + 1}${needed === undefined ? '' : ` of the ${needed} that are needed`}.\n`);
    const one = await askForShare(terminal);
    try {
      admit(one, held, collection);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      terminal.write(`  ${error.message}\n  ${error.hint}\n`);
      if (error.code === 'share/void-set' || error.code === 'share/other-subject') throw error;
      continue;
    }
    held.push(one);
    if (held.length === one.share.threshold) return;
  }
}

/** One custodian: the name, then the share line by line, nothing of it shown; a line with a slip is asked for again. */
export async function askForShare(terminal: Terminal): Promise<HeldShare> {
  let holder = '';
  while (holder === '') holder = (await terminal.ask('Name of the custodian: ', 'shown')).trim();
  terminal.write(`${holder}: type the share line by line, or the text of its QR code; nothing of it is shown. Ctrl-C gives up.\n`);
  for (;;) {
    const share = await askForLines(terminal);
    if (share !== undefined) {
      terminal.write(`  share ${share.index} of ${share.count}, set ${setName(share.set).slice(0, 8)}: read\n`);
      return { holder, share };
    }
  }
}

async function askForLines(terminal: Terminal): Promise<Share | undefined> {
  const octets: number[] = [];
  for (let line = 1; ; ) {
    const typed = (await terminal.ask(`  line ${line}: `, 'hidden')).trim();
    try {
      if (line === 1 && isShareText(typed)) return parseShareText(typed);
      const words = typed.split(/[\s,]+/).filter((word) => word !== '' && !/^[0-9]{1,2}[.:)]?$/.test(word));
      if (words.length > WORDS_A_LINE)
        throw new ShareTypo(`line ${line} has ${words.length} words, and ${WORDS_A_LINE} is the most`, 'type one line at a time');
      octets.push(...parseShareLine(words, line));
      line++;
      if (isComplete(octets)) return decodeShare(Uint8Array.from(octets));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      terminal.write(`  ${error.message}: ${near(error)}\n`);
      if (!(error instanceof ShareTypo)) return undefined;
    }
  }
}

/** On the screen of the one who types, and nowhere else, the word that was meant may be told. */
function near(error: Refusal): string {
  return error instanceof ShareTypo && error.near !== undefined ? `is it "${error.near}"?` : error.hint;
}

/** The length of the piece is octet 38 of the envelope, which has 43 octets beside it. */
function isComplete(octets: readonly number[]): boolean {
  return octets.length > 38 && octets.length >= 43 + octets[38]!;
}

function admit(one: HeldShare, held: readonly HeldShare[], { subject, sets }: Collection): void {
  refuseForeign(one, held[0] ?? one, subject);
  refuseVoid(one, sets);
  refuseDuplicate(one, held);
}

/** @throws Refusal share/void-set */
function refuseVoid({ holder, share }: HeldShare, sets: readonly KnownSet[]): void {
  const known = sets.find(({ set }) => set === setName(share.set));
  if (known?.voided === undefined) return;
  throw new Refusal(
    'share/void-set',
    `the share of ${holder} is of the set ${known.set}, which is void since ${known.voided}`,
    'bring shares of the set that took its place',
  );
}
