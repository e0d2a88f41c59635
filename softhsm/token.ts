import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refusal } from '../signer/errors.ts';

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
  if (/[\r\n]/.test(folder.dir)) throw refuseFolder(folder.dir, 'its name has a line end in it', 'use another folder');
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

export function tokenFolder(dir: string): TokenFolder {
  const absolute = resolve(dir);
  return {
    dir: absolute,
    config: join(absolute, 'softhsm2.conf'),
    pinFile: join(absolute, 'pin'),
    soPinFile: join(absolute, 'so-pin'),
  };
}

/** A PIN that nobody has to type: 128 random bits. */
export function randomPin(): Uint8Array {
  return new TextEncoder().encode(randomBytes(16).toString('hex'));
}

/** Writes a PIN file (0600). @throws Refusal pin/file-exists: never overwritten */
export function writePinFile(path: string, pin: Uint8Array): void {
  try {
    writeFileSync(path, pin, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Refusal(
      'pin/file-exists',
      `the PIN file ${path} exists, and it may be the PIN of a token in use`,
      'use another folder, or move the file away',
      { cause },
    );
  }
}

function refuseFolder(dir: string, why: string, hint: string): Refusal {
  return new Refusal('token/folder', `${dir} cannot hold a token: ${why}`, hint);
}
