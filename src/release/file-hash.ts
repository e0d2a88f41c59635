import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const PIECE = 1 << 20;

/** sha256 of a file, hexadecimal, read in pieces; undefined if it cannot be read. */
export function sha256OfFile(path: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const hash = createHash('sha256');
    // A portfolio has thousands of small files: memory of a whole piece for each of them costs more than to read and hash it.
    const piece = Buffer.allocUnsafe(Math.max(1, Math.min(PIECE, fstatSync(descriptor).size)));
    for (;;) {
      const count = readSync(descriptor, piece, 0, piece.length, null);
      if (count === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}
