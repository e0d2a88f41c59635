import { Refusal } from '../../signer/errors.ts';
import type { MerkleTree } from './merkle.ts';
import { hashWords, parseWords } from './words.ts';

/** What somebody reads from a printed checkpoint. */
export interface PaperWords {
  readonly size: number;
  /** The first octets of the root, at least MIN_WORDS of them. */
  readonly beginning: Uint8Array;
}

/** 64 bits: nobody makes a second log that begins with them. */
const MIN_WORDS = 8;
const MAX_WORDS = 32;

/**
 * `SIZE word word …`; the numbers of the rows of the page may stand between the words.
 * @throws Refusal usage/compare, audit/unknown-word
 */
export function parsePaperWords(text: string): PaperWords {
  const [size = '', ...rest] = text.split(/[\s,]+/).filter((part) => part !== '');
  const words = rest.filter((part) => !/^[0-9]{1,2}[.:)]?$/.test(part));
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size)) throw badCompare(`"${size}" is not the size of a log`);
  if (words.length < MIN_WORDS || words.length > MAX_WORDS)
    throw badCompare(`there are ${words.length} words, and ${MIN_WORDS} to ${MAX_WORDS} are asked for`);
  return { size: Number(size), beginning: parseWords(words) };
}

/**
 * Whether the log that was printed has become this one.
 * @param tree of the log's own entries
 * @throws Refusal audit/not-a-continuation
 */
export function checkPaperWords(tree: MerkleTree, { size, beginning }: PaperWords): void {
  if (size > tree.size) throw notContinued(`the page is of ${size} entries, and the log has ${tree.size}`);
  const [typed, own] = [hashWords(beginning), hashWords(tree.root(size)).slice(0, beginning.length)];
  const differs = typed.findIndex((word, i) => word !== own[i]);
  if (differs < 0) return;
  throw notContinued(
    `at ${size} entries it has the words "${own.join(' ')}", the page has "${typed.join(' ')}"; word ${differs + 1} is the first that differs`,
  );
}

function notContinued(what: string): Refusal {
  return new Refusal(
    'audit/not-a-continuation',
    `this log is not a continuation of the one you printed: ${what}`,
    'read size and words once more from the page; if they are right, stop: bring the right copy of the log back, and compare with exports and witnesses',
  );
}

function badCompare(what: string): Refusal {
  return new Refusal(
    'usage/compare',
    `--compare: ${what}`,
    'type the size and the first words of the page: --compare "45 topmost Istanbul Pluto …"',
  );
}
