import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { ZoneOpener, ZoneSource } from '../../signer/zonefile/source.ts';

/** Standard input in place of the zone file. */
export const STDIN = '-';

/**
 * Opens zone files on disk. What they include is looked for beside the including file, then beside the zone file, and
 * must lie, links followed, in the folder of the zone file or in `includeRoot`. One opener for one zone.
 */
export function zoneFileOpener(includeRoot?: string): ZoneOpener {
  let main = { name: '', folder: '' };
  const root = includeRoot === undefined ? undefined : realPath(includeRoot, includeRoot, 'include root');
  return (path, includedFrom) => {
    if (includedFrom !== undefined) return openIncluded(path, includedFrom, main, root ?? main.folder);
    if (path === STDIN) {
      main = { name: STDIN, folder: realpathSync('.') };
      return fileSource('standard input', join(main.folder, STDIN), 0, 0);
    }
    const real = realPath(path, path, 'zone file');
    main = { name: path, folder: dirname(real) };
    return openFile(path, real, 'zone file');
  };
}

interface MainFile {
  readonly name: string;
  readonly folder: string;
}

function openIncluded(path: string, includedFrom: ZoneSource, main: MainFile, root: string): ZoneSource {
  const beside = resolve(dirname(includedFrom.identity), path);
  const isBeside = existsSync(beside) || !existsSync(resolve(main.folder, path));
  const name = isAbsolute(path) ? path : join(dirname(isBeside ? includedFrom.name : main.name), path);
  const real = realPath(isBeside ? beside : resolve(main.folder, path), name, 'included file');
  if (!isWithin(real, root))
    throw new Refusal(
      'file/include-outside',
      `${path} leads to ${real}, outside of ${root}`,
      'name the folder that holds all included files with --include-root',
    );
  return openFile(name, real, 'included file');
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function realPath(path: string, name: string, what: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unreadable(name, what, error);
  }
}

function openFile(name: string, real: string, what: string): ZoneSource {
  let descriptor: number;
  try {
    // Without O_NONBLOCK the opening of a named pipe would wait for a writer.
    descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(name, what, error);
  }
  const status = fstatSync(descriptor);
  if (!status.isFile()) {
    closeSync(descriptor);
    throw new Refusal('file/not-regular', `${what} ${name} is not a regular file`, 'give a file, or - for standard input');
  }
  return fileSource(name, real, status.size, descriptor);
}

function unreadable(name: string, what: string, error: unknown): Refusal {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new Refusal(
    missing ? 'file/not-found' : 'file/unreadable',
    missing ? `${what} ${name} does not exist` : `${what} ${name} cannot be opened: ${code}`,
    missing ? 'check the path' : 'check the permissions of the file and its folders',
    { cause: error },
  );
}

function fileSource(name: string, identity: string, sizeHint: number, descriptor: number): ZoneSource {
  return {
    name,
    identity,
    sizeHint,
    read(into, at) {
      return at < into.length ? readSome(name, descriptor, into, at) : 0;
    },
    [Symbol.dispose]() {
      if (descriptor > 0) closeSync(descriptor);
    },
  };
}

/** A terminal or pipe without data says EAGAIN: look again after a millisecond. */
function readSome(name: string, descriptor: number, into: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, into, at, into.length - at, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw new Fault('file/read-failed', `reading ${name} failed: ${code}`, 'check the disk', { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
