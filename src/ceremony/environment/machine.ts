import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a Linux machine says of itself, by absolute paths. What is not there, or cannot be read, is undefined. */
export interface Machine {
  /** Text of a regular file. */
  readonly read: (path: string) => string | undefined;
  /** Names in a folder, sorted. */
  readonly list: (path: string) => readonly string[] | undefined;
  /** What a symbolic link says. */
  readonly link: (path: string) => string | undefined;
  /** sha256 over the octets of a file, hexadecimal. */
  readonly sha256: (path: string) => string | undefined;
}

/** @param root folder that stands for `/`: empty for this machine, a tree of files in tests */
export function machineAt(root = ''): Machine {
  // Plain concatenation: `..` behind a symbolic link is for the kernel to resolve.
  const at = (path: string): string => `${root}${path}`;
  return {
    read: (path) => octetsOf(at(path))?.toString('utf8'),
    list: (path) => orUndefined(() => readdirSync(at(path)).sort()),
    link: (path) => orUndefined(() => readlinkSync(at(path))),
    sha256: (path) => {
      const octets = octetsOf(at(path));
      return octets === undefined ? undefined : createHash('sha256').update(octets).digest('hex');
    },
  };
}

/** Without waiting: in the folder of the sessions lie pipes that end when the session does. */
function octetsOf(path: string): Buffer | undefined {
  return orUndefined(() => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return fstatSync(fd).isFile() ? readFileSync(fd) : undefined;
    } finally {
      closeSync(fd);
    }
  });
}

/** /proc and /sys answer with errors of many kinds where there is nothing to tell. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
