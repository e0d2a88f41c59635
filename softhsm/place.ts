import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault, Refusal } from '../signer/errors.ts';
import type { TokenFiles } from './archive.ts';
import { createTokenFolder, type TokenFolder, tokenFolder } from './token.ts';

const PARTIAL = /^\.token\.(\d+)\.[0-9a-f]+\.partial$/;

/**
 * Puts a token into DIR, made if missing. The token stands there whole or not at all: SoftHSM takes every folder below tokens/ for one, so
 * it is written beside it and renamed.
 * @throws Refusal backup/target-taken: DIR has a token already; token/folder; Fault file/not-writable
 */
export function placeToken(dir: string, { folder, files }: TokenFiles): TokenFolder {
  refuseTaken(dir);
  const made = createTokenFolder(dir);
  refuseElsewhere(made);
  removePartial(made.dir);
  const partial = join(made.dir, `.token.${process.pid}.${randomBytes(8).toString('hex')}.partial`);
  try {
    mkdirSync(partial, { mode: 0o700 });
    for (const { name, octets } of files) {
      writeSynced(join(partial, name), octets);
      if (name.endsWith('.object')) writeSynced(join(partial, `${name.slice(0, -'.object'.length)}.lock`), new Uint8Array());
    }
    sync(partial);
    renameSync(partial, join(made.dir, 'tokens', folder));
    sync(join(made.dir, 'tokens'));
    sync(made.dir);
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    const hint = why === 'ENOSPC' ? 'make room on the disk and try again' : 'check the folder and its permissions';
    throw new Fault('file/not-writable', `the token could not be written to ${made.dir} (${why}); there is none`, hint, { cause });
  }
  return made;
}

/** Takes away what {@link placeToken} has put there, and nothing else. */
export function removePlaced({ dir }: TokenFolder, { folder }: TokenFiles): void {
  rmSync(join(dir, 'tokens', folder), { recursive: true, force: true });
}

/** @throws Refusal backup/no-token-folder: the configuration does not name it @returns absolute path */
export function tokensOf(config: string): string {
  const text = existsSync(config) ? readFileSync(config, 'utf8') : '';
  const named = /^[ \t]*directories\.tokendir[ \t]*=[ \t]*([^#\r\n]*[^#\r\n \t])/m.exec(text)?.[1];
  if (named?.startsWith('/')) return named;
  throw new Refusal(
    'backup/no-token-folder',
    `${config} does not name the folder of its tokens (directories.tokendir)`,
    'check x-softhsm2-conf in the URI of the token',
  );
}

/** A token in use is never touched, not even for another one beside it: a PIN file of the folder would be tried on both. */
function refuseTaken(dir: string): void {
  const tokens = join(tokenFolder(dir).dir, 'tokens');
  const found = existsSync(tokens) ? readdirSync(tokens) : [];
  if (found.length === 0) return;
  throw new Refusal(
    'backup/target-taken',
    `${tokens} holds a token already (${found[0]}), and none is overwritten`,
    'restore into a new folder, or move the old token away yourself',
  );
}

/** A softhsm2.conf that was there may name the tokens of another folder. */
function refuseElsewhere({ dir, config }: TokenFolder): void {
  const named = tokensOf(config);
  if (existsSync(named) && realpathSync(named) === realpathSync(join(dir, 'tokens'))) return;
  throw new Refusal(
    'token/folder',
    `${config} names ${named}, and the token would be in ${join(dir, 'tokens')}`,
    'restore into a new folder, or move softhsm2.conf away',
  );
}

/** Remains of a restoration that was killed. */
function removePartial(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = Number(PARTIAL.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function writeSynced(path: string, octets: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(fd, octets);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function sync(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
