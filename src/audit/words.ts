import { EVEN_WORDS, ODD_WORDS } from '../../keystore/shares/pgp-words.ts';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';

/**
 * Octets as words to be read aloud: two syllables at even offsets, three at odd ones, so that an octet that was lost or exchanged
 * with its neighbour is heard.
 */
export function hashWords(octets: Uint8Array): string[] {
  const lists = wordLists();
  return [...octets].map((octet, i) => lists[i % 2]![octet]!);
}

/**
 * The octets that the words stand for. Letter case does not matter.
 *
 * @throws Refusal audit/unknown-word with the place, counted from 1, and the nearest word
 */
export function parseWords(words: readonly string[]): Uint8Array {
  const lists = wordLists();
  const octetOf = lists.map((list) => new Map(list.map((word, octet) => [word.toLowerCase(), octet])));
  return Uint8Array.from(words, (word, i) => {
    const octet = octetOf[i % 2]!.get(word.toLowerCase());
    if (octet !== undefined) return octet;
    const isMisplaced = octetOf[1 - (i % 2)]!.has(word.toLowerCase());
    throw unknownWord(word, i, isMisplaced, nearest(word, lists[i % 2]!));
  });
}

function wordLists(): readonly (readonly string[])[] {
  return [EVEN_WORDS, ODD_WORDS].map((list) => list.trim().split(/\s/));
}

const SYLLABLES = ['two', 'three'];

function unknownWord(word: string, i: number, isMisplaced: boolean, near: string | undefined): Refusal {
  const wanted = SYLLABLES[i % 2]!;
  if (isMisplaced)
    return new Refusal(
      'audit/unknown-word',
      `word ${i + 1}, "${word}", is one of ${SYLLABLES[1 - (i % 2)]} syllables; in this place words have ${wanted}`,
      'a word before it was left out or typed twice: compare with the page from the beginning',
    );
  return new Refusal(
    'audit/unknown-word',
    `word ${i + 1}, "${word}", is not in the list of words of ${wanted} syllables`,
    near === undefined ? 'read the word again from the page' : `read the word again from the page: is it "${near}"?`,
  );
}
