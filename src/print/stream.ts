import { once } from 'node:events';
import { Writable } from 'node:stream';

/**
 * Writes pieces one after the other, never more than the reader at the other end takes.
 * @returns false when the reader has gone (`… | head`): the rest is not made
 */
export async function writeAll(to: { write(bytes: Uint8Array): unknown }, pieces: Iterable<Uint8Array>): Promise<boolean> {
  if (!(to instanceof Writable)) {
    for (const piece of pieces) to.write(piece);
    return true;
  }
  let failure: NodeJS.ErrnoException | undefined;
  const onError = (error: Error): void => {
    failure = error;
  };
  to.on('error', onError);
  try {
    for (const piece of pieces) {
      if (!to.write(piece) && failure === undefined && !to.destroyed) await drained(to);
      if (failure !== undefined || to.destroyed) break;
    }
  } finally {
    to.off('error', onError);
  }
  if (failure !== undefined && failure.code !== 'EPIPE') throw failure;
  return failure === undefined && !to.destroyed;
}

/** Until there is room again, or the stream is broken. */
async function drained(to: Writable): Promise<void> {
  const stop = new AbortController();
  const ended = (name: string): Promise<unknown> => once(to, name, { signal: stop.signal });
  try {
    await Promise.race([ended('drain'), ended('close')]);
  } catch {
    // `once` rejects on 'error': the listener of writeAll has it.
  } finally {
    stop.abort();
  }
}
