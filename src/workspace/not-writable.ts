import { Fault } from '../../signer/errors.ts';

/** Does what writes to the disk. @throws Fault file/not-writable, where it fails */
export function attemptWrite<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/** @param after what holds nevertheless, for the end of the sentence */
export function notWritable(path: string, cause: unknown, after = ''): Fault {
  const why = (cause as NodeJS.ErrnoException).code ?? 'error';
  const hint = why === 'ENOSPC' ? 'make room on the disk and try again' : 'check the folder and its permissions';
  return new Fault('file/not-writable', `${path} could not be written (${why})${after}`, hint, { cause });
}
