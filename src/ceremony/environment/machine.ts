import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a Linux machine says of itself, by absolute paths. What is not there, or cannot be read, is undefined. */
export interface Machine {
  /** Text of a file. */
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
    read: (path) => orUndefined(() => readFileSync(at(path), 'utf8')),
    list: (path) => orUndefined(() => readdirSync(at(path)).sort()),
    link: (path) => orUndefined(() => readlinkSync(at(path))),
    sha256: (path) =>
      orUndefined(() =>
        createHash('sha256')
          .update(readFileSync(at(path)))
          .digest('hex'),
      ),
  };
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
