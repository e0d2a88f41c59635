import { Writable } from 'node:stream';

/** What a stream says when nobody reads it any more. */
const GONE: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/**
 * Writes pieces one after the other, the next one made when the last one is taken.
 * @returns false when the reader has gone (`… | head`): the rest is not made
 */
export async function writeAll(to: { write(bytes: Uint8Array): unknown }, pieces: Iterable<Uint8Array>): Promise<boolean> {
  if (!(to instanceof Writable)) {
    for (const piece of pieces) to.write(piece);
    return true;
  }
  // The callback of each write has the error; without a listener the same error would end the program.
  if (to.listenerCount('error') === 0) to.on('error', () => {});
  try {
    for (const piece of pieces) await taken(to, piece);
    return true;
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

function taken(to: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(piece, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}
