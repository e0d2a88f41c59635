import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVEN_WORDS, ODD_WORDS } from '../../keystore/shares/pgp-words.ts';
import { hashWords, parseWords } from '../../src/audit/words.ts';

const FINGERPRINT = 'E58294F2E9A227486E8B061B31CC528FD7FA3F19';
const SPOKEN =
  'topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless';

describe('the PGP word list', () => {
  test.each([
    ['even', EVEN_WORDS],
    ['odd', ODD_WORDS],
  ])('%s: 256 words in alphabetical order, but that Apollo stands behind applicant', (_, list) => {
    const words = list.trim().split(/\s/);
    expect(words).toHaveLength(256);
    const keys = words.map((word) => word.toLowerCase().replace('apollo', 'applicant-'));
    expect(keys).toEqual([...new Set(keys)].sort());
  });

  test('no word is in both lists', () => {
    const [even, odd] = [EVEN_WORDS, ODD_WORDS].map((list) => new Set(list.trim().toLowerCase().split(/\s/)));
    expect(even!.isDisjointFrom(odd!)).toBe(true);
  });

  test('published: the fingerprint of the example, and the hash of "hello, world" and a line feed', () => {
    expect(hashWords(Buffer.from(FINGERPRINT, 'hex')).join(' ')).toBe(SPOKEN);
    expect(hashWords(Buffer.from('853ff93762a0', 'hex')).join(' ')).toBe('music customer waffle consensus flagpole Orlando');
  });

  test('words stand for their octets, in any letter case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const words = hashWords(octets);
        expect(parseWords(words)).toEqual(octets);
        expect(parseWords(words.map((word) => word.toUpperCase()))).toEqual(octets);
      }),
    );
  });
});

describe('a word that is not in its list', () => {
  const words = SPOKEN.split(' ');

  test('is refused with its place, and the nearest word', () => {
    const refusal = expect.objectContaining({
      code: 'audit/unknown-word',
      message: expect.stringContaining('word 2, "Istambul"'),
      hint: expect.stringContaining('"Istanbul"'),
    });
    expect(() => parseWords(words.with(1, 'Istambul'))).toThrow(refusal);
    expect(() => parseWords(words.with(4, 'xyzzyxyzzy'))).toThrow(/word 5, "xyzzyxyzzy", is not in the list of words of two syllables/);
  });

  test('a word that was left out, doubled or exchanged with the next is noticed', () => {
    expect(() => parseWords(words.toSpliced(3, 1))).toThrow(/word 4, "treadmill", is one of two syllables; in this place words have three/);
    expect(() => parseWords(words.toSpliced(3, 0, words[3]!))).toThrow(/word 5, "vagabond", is one of three/);
    expect(() => parseWords(words.with(0, words[1]!).with(1, words[0]!))).toThrow(/word 1, "Istanbul"/);
  });
});
