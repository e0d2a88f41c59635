import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { Fault, Refusal } from '../signer/errors.ts';

/** The files of one SoftHSM token as they lay in its folder at one moment. */
export interface TokenFiles {
  /** Name of the folder below tokens/: a UUID whose end is the serial number. */
  readonly folder: string;
  /** By name. Lock files are left out: they are empty, and made anew. */
  readonly files: readonly TokenFile[];
}

export interface TokenFile {
  readonly name: string;
  readonly octets: Uint8Array;
}

const FOLDER = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MEMBER = /^(?:generation|token\.object|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.object)$/;
/** CKA_SERIAL_NUMBER of SoftHSM's token object: type, kind `octets`, length 16, each in 8 octets. */
const SERIAL_HEAD = Uint8Array.fromHex('000000008000534a00000000000000030000000000000010');
const MAX_READINGS = 8;

/**
 * Reads the token with this serial number until two readings in a row are the same: SoftHSM writes objects in place, and a file that is
 * being written must not get into an archive. PIN files lie beside tokens/ and are never read.
 * @param tokens the folder that softhsm2.conf names
 * @throws Refusal backup/no-token-folder, backup/token-busy; Fault backup/unreadable-token
 */
export function readTokenFiles(tokens: string, serial: string): TokenFiles {
  const folder = folderOf(tokens, serial);
  let before = readOnce(join(tokens, folder));
  for (let reading = 1; reading < MAX_READINGS; reading++) {
    const files = readOnce(join(tokens, folder));
    if (isSame(before, files)) return { folder, files };
    before = files;
  }
  throw new Refusal(
    'backup/token-busy',
    `${MAX_READINGS} readings of the token ${serial} differ from one another: another process writes to it`,
    'end the other users of the token, then make the backup',
  );
}

/** Deterministic tar: members by name, no times, no owners. */
export async function packTokenFiles({ folder, files }: TokenFiles): Promise<Uint8Array> {
  const tar = pack();
  for (const { name, octets } of files)
    tar.entry({ name: `${folder}/${name}`, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0, type: 'file' }, Buffer.from(octets));
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/**
 * The way back. Nothing is taken but what {@link packTokenFiles} makes of a token: links, folders, other names, a second member of one
 * name, octets behind the end are refused, so that no archive writes anything elsewhere.
 * @throws Refusal backup/bad-archive
 */
export async function unpackTokenFiles(tar: Uint8Array): Promise<TokenFiles> {
  const files: TokenFile[] = [];
  const folders = new Set<string>();
  try {
    for await (const entry of Readable.from([Buffer.from(tar)]).pipe(extract())) {
      const { name, type } = entry.header;
      const [folder = '', member = '', ...more] = name.split('/');
      if (type !== 'file' || more.length > 0 || !FOLDER.test(folder) || !MEMBER.test(member))
        throw badArchive(`it has a ${type} "${name}"`);
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      files.push({ name: member, octets: Uint8Array.from(Buffer.concat(pieces)) });
      folders.add(folder);
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw badArchive(`it is no tar archive (${(cause as Error).message})`);
  }
  const [folder] = folders;
  if (folder === undefined || folders.size !== 1) throw badArchive(`it has the folders of ${folders.size} tokens`);
  if (!files.some(({ name }) => name === 'token.object')) throw badArchive('it has no token.object');
  // Whatever was not looked at above makes other octets: modes, owners, names twice or out of order, extended headers, more behind the end.
  const again = await packTokenFiles({ folder, files: sorted(new Map(files.map(({ name, octets }) => [name, octets]))) });
  if (Buffer.compare(again, tar) !== 0) throw badArchive('its members are not as coldsign writes them');
  return { folder, files };
}

/** @returns serial number that the token's own object tells; undefined where it cannot be read there */
export function serialOf({ files }: TokenFiles): string | undefined {
  const object = files.find(({ name }) => name === 'token.object')?.octets;
  return object === undefined ? undefined : serialIn(Buffer.from(object));
}

function serialIn(object: Buffer): string | undefined {
  const at = object.indexOf(SERIAL_HEAD);
  const start = at + SERIAL_HEAD.length;
  return at < 0 || object.length < start + 16 ? undefined : object.toString('latin1', start, start + 16);
}

function folderOf(tokens: string, serial: string): string {
  const found = reading(tokens, () => readdirSync(tokens))
    .filter((name) => FOLDER.test(name))
    .filter((name) => {
      const path = join(tokens, name, 'token.object');
      return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && serialIn(reading(path, () => readFileSync(path))) === serial;
    });
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new Refusal(
    'backup/no-token-folder',
    `${tokens} has ${found.length === 0 ? 'no folder' : `${found.length} folders`} of a token with the serial number ${serial}`,
    'check x-softhsm2-conf in the URI of the token; only tokens that SoftHSM keeps as files can be archived',
  );
}

function readOnce(folder: string): readonly TokenFile[] {
  const files = new Map<string, Uint8Array>();
  for (const name of reading(folder, () => readdirSync(folder))) {
    if (!MEMBER.test(name)) continue;
    const path = join(folder, name);
    // A link could bring in any file of this machine.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      files.set(
        name,
        reading(path, () => readFileSync(path)),
      );
  }
  return sorted(files);
}

function sorted(files: ReadonlyMap<string, Uint8Array>): readonly TokenFile[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, octets]) => ({ name, octets: Uint8Array.from(octets) }));
}

function isSame(a: readonly TokenFile[], b: readonly TokenFile[]): boolean {
  return a.length === b.length && a.every(({ name, octets }, i) => name === b[i]!.name && Buffer.compare(octets, b[i]!.octets) === 0);
}

function reading<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('backup/unreadable-token', `${path} could not be read (${why})`, 'check the folder of the token and its permissions', {
      cause,
    });
  }
}

function badArchive(why: string): Refusal {
  return new Refusal(
    'backup/bad-archive',
    `the archive in the backup is not of a SoftHSM token: ${why}`,
    'use another backup of the token',
  );
}
