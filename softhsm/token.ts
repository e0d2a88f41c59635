import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Fault, Refusal } from '../signer/errors.ts';

/** The private folder of an embedded SoftHSM token: nothing of it is shared with other SoftHSM users of the machine. */
export interface TokenFolder {
  readonly dir: string;
  /** softhsm2.conf, for SOFTHSM2_CONF. */
  readonly config: string;
  readonly pinFile: string;
  readonly soPinFile: string;
}

/**
 * Makes DIR (0700) with softhsm2.conf and tokens/, or takes it as it is when it has them already.
 * @throws Refusal token/folder: DIR is not a folder, or others can enter it
 */
export function createTokenFolder(dir: string): TokenFolder {
  const folder = tokenFolder(dir);
  const tokens = join(folder.dir, 'tokens');
  refuseName(folder.dir);
  mkdirSync(folder.dir, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder.dir);
  if (!stat.isDirectory()) throw refuseFolder(folder.dir, 'it is not a folder', 'use another folder');
  if ((stat.mode & 0o077) !== 0) {
    if (readdirSync(folder.dir).length > 0) {
      throw refuseFolder(
        folder.dir,
        'other users can enter it and it holds files',
        `use a new folder, or chmod 700 ${folder.dir} if it is for the token alone`,
      );
    }
    chmodSync(folder.dir, 0o700);
  }
  mkdirSync(tokens, { recursive: true, mode: 0o700 });
  if (!existsSync(folder.config)) {
    const lines = [`directories.tokendir = ${tokens}`, 'objectstore.backend = file', 'log.level = ERROR', ''];
    writeFileSync(folder.config, lines.join('\n'), { mode: 0o600, flag: 'wx' });
  }
  return folder;
}

/**
 * A token folder that was moved or copied gets its softhsm2.conf to name the tokens/ beside it: else a copy would use the token of the
 * original, or none. Other lines stay. A file that is not of the form that {@link createTokenFolder} writes is left alone, and so is one
 * without tokens/ beside it.
 * @returns whether anything was changed
 * @throws Refusal token/folder: SoftHSM could not read the new path; Fault file/not-writable
 */
export function repairTokenFolder(dir: string): boolean {
  const folder = tokenFolder(dir);
  const tokens = join(folder.dir, 'tokens');
  if (!isPlain(folder.config, 'isFile') || !isPlain(tokens, 'isDirectory')) return false;
  const text = readFileSync(folder.config, 'utf8');
  const named = namedTokens(text);
  if (named === undefined || basename(named) !== 'tokens' || isSame(named, tokens)) return false;
  refuseName(folder.dir);
  writeConfig(
    folder.config,
    text.replace(TOKEN_DIR, (_line, key: string) => `${key}${tokens}`),
  );
  return true;
}

const TOKEN_DIR = /^([ \t]*directories\.tokendir[ \t]*=[ \t]*)([^#\r\n]*[^#\r\n \t])/m;

/** What a softhsm2.conf names as the folder of its tokens. */
export function namedTokens(config: string): string | undefined {
  return TOKEN_DIR.exec(config)?.[2];
}

export function tokenFolder(dir: string): TokenFolder {
  const absolute = resolve(dir);
  return {
    dir: absolute,
    config: join(absolute, 'softhsm2.conf'),
    pinFile: join(absolute, 'pin'),
    soPinFile: join(absolute, 'so-pin'),
  };
}

function isPlain(path: string, kind: 'isFile' | 'isDirectory'): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.[kind]() === true;
}

function isSame(named: string, tokens: string): boolean {
  if (named === tokens) return true;
  try {
    return named.startsWith('/') && realpathSync(named) === realpathSync(tokens);
  } catch {
    return false;
  }
}

/** Complete or as it was; 0600. */
function writeConfig(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(8).toString('hex')}.partial`;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    const told = `${path} names the folder of another token and could not be corrected (${why})`;
    throw new Fault('file/not-writable', told, 'check the folder and its permissions', { cause });
  }
}

/** SoftHSM takes what follows a # for a comment. */
function refuseName(dir: string): void {
  if (/[\r\n#]/.test(dir)) throw refuseFolder(dir, 'its name has a line end or a # in it', 'use another folder');
}

function refuseFolder(dir: string, why: string, hint: string): Refusal {
  return new Refusal('token/folder', `${dir} cannot hold a token: ${why}`, hint);
}
