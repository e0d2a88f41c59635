import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import { decodeShare, encodeShare } from './envelope.ts';
import { EVEN_WORDS, ODD_WORDS } from './pgp-words.ts';
import type { Share } from './share.ts';

const LINE_DATA = 7;
export const WORDS_A_LINE = LINE_DATA + 1;
/** x^8 + x^4 + x^3 + x + 1 is irreducible: two words of a line that were exchanged are always found. */
const POLYNOMIAL = 0x1b;

/**
 * A mistyped word. The message says where it is and not what it is: messages end up in logs.
 * `near` is for the screen of the one who types.
 */
export class ShareTypo extends Refusal {
  readonly near: string | undefined;
  constructor(message: string, hint: string, near?: string) {
    super('share/mistyped', message, hint);
    this.near = near;
  }
}

/**
 * A share in words of the PGP list, 8 a line: 7 octets and a checksum over them and the number of the line. Two and three syllables take
 * turns, so that a word left out or exchanged with its neighbour does not fit the list of its place; a word in place of another, words or
 * lines exchanged do not fit the checksum of the line.
 */
export function shareLines(share: Share): readonly string[] {
  const octets = encodeShare(share);
  return Array.from({ length: Math.ceil(octets.length / LINE_DATA) }, (_, i) => {
    const data = octets.subarray(i * LINE_DATA, (i + 1) * LINE_DATA);
    return [...data, lineCheck(i + 1, data)].map((octet, at) => lists()[at % 2]![octet]!).join(' ');
  });
}

/** Words of a whole share; numbers of lines may stand between them. @throws ShareTypo share/mistyped; Refusal share/damaged */
export function parseShareWords(text: string): Share {
  const words = text.split(/[\s,]+/).filter((word) => word !== '' && !/^[0-9]{1,2}[.:)]?$/.test(word));
  const octets: number[] = [];
  for (let at = 0; at < words.length; at += WORDS_A_LINE)
    octets.push(...parseShareLine(words.slice(at, at + WORDS_A_LINE), at / WORDS_A_LINE + 1));
  return decodeShare(Uint8Array.from(octets));
}

/** @param number of the line, from 1. @returns its octets without checksum. @throws ShareTypo share/mistyped */
export function parseShareLine(words: readonly string[], number: number): Uint8Array {
  const octets = Uint8Array.from(words, (word, i) => octetOf(word, i, number));
  const data = octets.subarray(0, -1);
  if (octets.length < 2 || lineCheck(number, data) !== octets.at(-1)) {
    throw new ShareTypo(
      `line ${number}: each of its ${words.length} words is in the list, and its checksum does not fit`,
      `one of them is not the one on paper, or it is another line: read line ${number} again`,
    );
  }
  return data;
}

function octetOf(word: string, i: number, line: number): number {
  const find = (list: readonly string[] | undefined) => list!.findIndex((known) => known.toLowerCase() === word.toLowerCase());
  const [own, other] = [lists()[i % 2]!, lists()[1 - (i % 2)]];
  const octet = find(own);
  if (octet >= 0) return octet;
  const place = `line ${line}, word ${i + 1}`;
  if (find(other) >= 0)
    throw new ShareTypo(
      `${place}: the word belongs to an ${i % 2 === 0 ? 'even' : 'odd'}-numbered place`,
      'a word before it was left out, typed twice, or exchanged with its neighbour',
    );
  throw new ShareTypo(`${place} is not in the word list`, 'read this word again', nearest(word, own));
}

function lineCheck(number: number, data: Uint8Array): number {
  let remainder = 0;
  for (const octet of [number, ...data]) {
    remainder ^= octet;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 0x80 ? ((remainder << 1) ^ POLYNOMIAL) & 0xff : remainder << 1;
  }
  return remainder;
}

const split = (list: string): readonly string[] => list.trim().split(/\s+/);
/** Even places, counted from 0, have words of two syllables. */
function lists(): readonly (readonly string[])[] {
  return [split(EVEN_WORDS), split(ODD_WORDS)];
}
