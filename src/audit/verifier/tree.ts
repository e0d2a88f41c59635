// The tree (RFC 6962 2.1).
import { type Files, MAX_ENTRIES } from './container.ts';
import { readSmall } from './export-manifest.ts';
import type { Findings } from './findings.ts';
import { sha256 } from './octets.ts';

export interface Lines {
  readonly octets: Buffer;
  /** Index of each line feed. */
  readonly ends: readonly number[];
}

export function readLines(files: Files, findings: Findings): Lines {
  const octets = readSmall(files, 'entries.jsonl', MAX_ENTRIES) ?? Buffer.alloc(0);
  const lines = splitLines(octets);
  const rest = octets.length - ((lines.ends[lines.ends.length - 1] ?? -1) + 1);
  if (rest > 0) findings.error('AUDIT-ENTRY-TORN', `${rest} octets stand behind the last line feed of entries.jsonl; they are no entry`);
  return lines;
}

export function splitLines(octets: Buffer): Lines {
  const ends: number[] = [];
  for (let end = octets.indexOf(10); end >= 0; end = octets.indexOf(10, end + 1)) ends.push(end);
  return { octets, ends };
}

export function lineAt({ octets, ends }: Lines, index: number): Buffer {
  return octets.subarray(index === 0 ? 0 : ends[index - 1]! + 1, ends[index]);
}

/** The leaf is the line without its line feed. */
export function treeOf(lines: Lines): Tree {
  const tree = new Tree();
  for (let index = 0; index < lines.ends.length; index++) tree.add(lineAt(lines, index));
  return tree;
}

const LEAF = 0;
const NODE = 1;

/** Keeps every complete subtree, so that the root at any earlier size costs a handful of hashes. */
export class Tree {
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
