import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../signer/errors.ts';

export interface SigningFiles {
  readonly output: string;
  readonly report?: string;
  readonly publish?: string;
  readonly previous?: string;
  readonly kskUris: readonly string[];
  readonly zskUris: readonly string[];
}

/**
 * Neither the signed zone nor the report may take the place of something that the signing reads, or of the other; and both can be
 * written. The previous signed zone may be replaced by the new one: it has been read by then.
 * @param zoneFiles the zone file and what it includes
 * @throws Refusal file/would-overwrite, file/not-writable
 */
export function refuseOverwriting(files: SigningFiles, zoneFiles: readonly string[]): void {
  const { output, report, publish, previous } = files;
  const inputs = [...zoneFiles, ...optional(publish), ...tokenFiles([...files.kskUris, ...files.zskUris])];
  for (const [what, path] of [['-f', output], ...optional(report).map((file) => ['--report', file] as const)] as const) {
    const against = what === '-f' ? inputs : [...inputs, output, ...optional(previous)];
    const same = against.find((other) => isSameFile(path, other));
    if (same !== undefined) {
      throw new Refusal('file/would-overwrite', `${what} ${path} would overwrite ${same}, which this signing uses`, 'name another file');
    }
    refuseUnwritable(path);
  }
}

const optional = (path: string | undefined): readonly string[] => (path === undefined ? [] : [path]);

function tokenFiles(uris: readonly string[]): readonly string[] {
  return uris.flatMap((text) => {
    const { pinSource, softhsmConf, modulePath } = parsePkcs11Uri(text);
    return [...optional(pinSource?.replace(/^file:(\/\/(localhost)?(?=\/))?/, '')), ...optional(softhsmConf), ...optional(modulePath)];
  });
}

/** By path, links followed, or by inode. */
function isSameFile(a: string, b: string): boolean {
  if (realPath(a) === realPath(b)) return true;
  const x = statSync(a, { throwIfNoEntry: false });
  const y = statSync(b, { throwIfNoEntry: false });
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return `${realpathSync(dirname(path))}/${path.slice(path.lastIndexOf('/') + 1)}`;
    } catch {
      return path;
    }
  }
}

function refuseUnwritable(path: string): void {
  try {
    accessSync(dirname(realPath(path)), constants.W_OK);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal(
      'file/not-writable',
      `${path} cannot be written (${why}); nothing was signed`,
      'check the folder and its permissions',
      { cause },
    );
  }
}
