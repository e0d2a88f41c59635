import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sha256OfFile } from '../release/file-hash.ts';

const PIECE = 1 << 20;
/** A line of a zone file that is longer includes nothing. */
const LONGEST = 4096;
const DEEPEST = 32;

/**
 * sha256 of a zone file, hexadecimal; `absent` if it cannot be read. Of one that includes others (RFC 1035 5.1): sha256 over the digests of all of
 * them in the order in which they are read. What only looks like $INCLUDE, in a text over several lines, counts too: it can be one digest more.
 */
export function sourceDigest(path: string): string {
  const digests = digestsOf(path, path, DEEPEST);
  return digests.length === 1 ? digests[0]! : createHash('sha256').update(digests.join('\n')).digest('hex');
}

function digestsOf(path: string, main: string, depth: number): readonly string[] {
  const own = sha256OfFile(path);
  if (own === undefined || depth === 0) return ['absent'];
  const included = includesOf(path).flatMap((name) => {
    const beside = resolve(dirname(path), name);
    return digestsOf(existsSync(beside) ? beside : resolve(dirname(main), name), main, depth - 1);
  });
  return [own, ...included];
}

/** Names in the $INCLUDE lines of a file, as they are written there. */
function includesOf(path: string): readonly string[] {
  const descriptor = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    const names: string[] = [];
    let rest = '';
    for (;;) {
      const count = readSync(descriptor, piece, 0, PIECE, null);
      const text = `${rest}${piece.toString('latin1', 0, count)}`;
      const end = count === 0 ? text.length : text.lastIndexOf('\n') + 1;
      for (const [, quoted, plain] of text.slice(0, end).matchAll(INCLUDE)) names.push(Buffer.from(quoted ?? plain!, 'latin1').toString());
      if (count === 0) return names;
      rest = text.slice(end).slice(0, LONGEST);
    }
  } finally {
    closeSync(descriptor);
  }
}

const INCLUDE = /^\$INCLUDE[ \t]+(?:"([^"\r\n]*)"|([^\s;"]+))/gim;
