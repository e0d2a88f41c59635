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
import { createTokenFolder, namedTokens, type TokenFolder, tokenFolder } from './token.ts';

const PARTIAL = /^\.token\.(\d+)\.[0-9a-f]+\.partial$/;

/** In DIR: process and token folder of a restoration that is under way. */
const MARK = '.restoring';
const TOKEN_FOLDER = /^[0-9a-f-]{36}$/;

/**
 * Puts a token into DIR, made if missing. The token stands there whole or not at all: SoftHSM takes every folder below tokens/ for one, so
 * it is written beside it and renamed. Until {@link settlePlaced} it bears a mark: a token of which no log knows that it was restored is not
 * used. What a killed restoration has put there is moved aside.
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
    const mark = join(made.dir, MARK);
    rmSync(mark, { force: true });
    writeSynced(mark, new TextEncoder().encode(`${process.pid} ${folder}\n`));
    sync(made.dir);
    renameSync(partial, join(made.dir, 'tokens', folder));
    sync(join(made.dir, 'tokens'));
    sync(made.dir);
  } catch (cause) {
    for (const path of [partial, join(made.dir, 'tokens', folder), join(made.dir, MARK)]) rmSync(path, { recursive: true, force: true });
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    const hint = why === 'ENOSPC' ? 'make room on the disk and try again' : 'check the folder and its permissions';
    throw new Fault('file/not-writable', `the token could not be written to ${made.dir} (${why}); there is none`, hint, { cause });
  }
  return made;
}

/** Takes away what {@link placeToken} has put there, and nothing else. */
export function removePlaced(placed: TokenFolder, { folder }: TokenFiles): void {
  rmSync(join(placed.dir, 'tokens', folder), { recursive: true, force: true });
  settlePlaced(placed);
}

/** The restoration is on record, or there is nothing that could record it. */
export function settlePlaced({ dir }: TokenFolder): void {
  rmSync(join(dir, MARK), { force: true });
  sync(dir);
}

/** @throws Refusal backup/restore-unfinished: another process has put the token into DIR, and did not come so far as to record it */
export function refuseUnsettled(dir: string): void {
  const mark = markOf(dir);
  if (mark === undefined || mark.pid === process.pid) return;
  throw new Refusal(
    'backup/restore-unfinished',
    `the token in ${dir} was put there by a restoration that ${
      isAlive(mark.pid) ? `runs (process ${mark.pid})` : 'was interrupted'
    }: no log says that its keys are restored`,
    `restore it once more, when no other restoration runs: coldsign key restore FILE --to ${dir}`,
  );
}

function markOf(dir: string): { readonly pid: number; readonly folder: string } | undefined {
  const path = join(dir, MARK);
  if (!existsSync(path)) return undefined;
  const [pid = '', folder = ''] = readFileSync(path, 'utf8').trim().split(' ');
  return { pid: Number(pid), folder };
}

/** @throws Refusal backup/no-token-folder: the configuration does not name it @returns absolute path */
export function tokensOf(config: string): string {
  const text = existsSync(config) ? readFileSync(config, 'utf8') : '';
  const named = namedTokens(text);
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
  moveUnfinished(tokenFolder(dir).dir);
  const found = existsSync(tokens) ? readdirSync(tokens) : [];
  if (found.length === 0) return;
  throw new Refusal(
    'backup/target-taken',
    `${tokens} holds a token already (${found[0]}), and none is overwritten`,
    'restore into a new folder, or move the old token away yourself',
  );
}

/** Moved and not removed: who has used it by its URI may have made keys on it. */
function moveUnfinished(dir: string): void {
  const mark = markOf(dir);
  if (mark === undefined || isAlive(mark.pid) || !TOKEN_FOLDER.test(mark.folder)) return;
  const placed = join(dir, 'tokens', mark.folder);
  if (existsSync(placed)) renameSync(placed, join(dir, `.unfinished.${randomBytes(8).toString('hex')}`));
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
