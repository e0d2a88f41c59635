import { resolve } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import { type BackupHeader, dnskeyOf } from '../../keystore/backup/header.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { openBackupFile, readBackupFile, refuseExisting, writeBackup } from '../backup/backup-file.ts';
import { allKeys, coverage, keysOfEntry } from '../backup/logged-keys.ts';
import { type NewSecretOptions, newSecret } from '../backup/secret.ts';
import { type Taken, takeArchive } from '../backup/token-archive.ts';
import { keyCount, tokenOfRole } from '../backup/tokens.ts';
import { unloggedBackup } from '../backup/unlogged-backup.ts';
import { recordVendorBackup, type VendorStep } from '../backup/vendor.ts';
import { takeWrapped, type WrapWish } from '../backup/wrap.ts';
import type { TokenRole } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { columns } from '../print/table.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';
import { openToken, toJson } from './token-access.ts';

export interface KeyBackupOptions extends Omit<SessionRequest, 'command' | 'config'>, NewSecretOptions, WrapWish {
  /** URI of a token, outside of a workspace. */
  readonly token?: string;
  /** In a workspace: the role whose token is meant. */
  readonly role?: TokenRole;
  readonly output: string;
  readonly method: BackupHeader['method'];
  readonly json: boolean;
}

/**
 * `key backup`: token → files of its folder, or its keys wrapped → sealed under a passphrase → read back → log. Where the program was ended when the
 * file was written and not yet noted, the same command opens it and notes it.
 */
export async function keyBackup(options: KeyBackupOptions, io: Io): Promise<number> {
  const output = resolve(options.output);
  const left = options.token === undefined ? unloggedBackup(output, readWorkspace(options.dir).content) : undefined;
  if (left === undefined) refuseExisting(output);
  if (options.token !== undefined) {
    await using keystore = await openToken({ ...options, token: options.token }, io.err);
    await backUp(keystore, [], output, options, io);
    return 0;
  }
  return withSession({ ...options, command: 'key backup' }, io, async (session) => {
    const keystore = await tokenOfRole(session, options.role);
    const { header, sha256 } =
      left === undefined
        ? await backUp(keystore, allKeys(session.state), output, options, io)
        : await finish(left, keystore, output, options, io);
    const { covered, missing } = coverage(session.state, header);
    const { label, serial } = header.token;
    session.append('key.backup', {
      method: header.method,
      keys: keysOfEntry(covered, session.artifacts),
      token: { label, serial },
      sha256,
      place: placeText(output, header),
    });
    for (const key of missing.filter(({ zone }) => options.zones.length === 0 || options.zones.includes(zone)))
      note(io, `warning: the ${key.role.toUpperCase()} ${key.keyTag} of ${key.zone} is not on the token, nor in the backup`);
    return 0;
  });
}

/** Whole, and opened by what its people know: as good as one that is read back at once. @throws Refusal backup/wrong-key, backup/output-exists */
async function finish(left: SealedBackup, keystore: Keystore, output: string, options: KeyBackupOptions, io: Io) {
  const { header, sha256 } = left;
  if (header.token.serial !== keystore.token.serial) refuseExisting(output);
  note(io, `${output} is there already, and not in the log: the program was ended when it had written it. It is opened and noted now`);
  const { kek } = await openBackupFile(left, output, options);
  kek.fill(0);
  tell({ header, sha256 }, output, options, io);
  return { header, sha256 };
}

/** `key backup --vendor`: what people did, with their evidence, into the log. */
export async function keyBackupByVendor(
  options: Omit<SessionRequest, 'command' | 'config'> & VendorStep & { readonly place?: string },
  io: Io,
): Promise<number> {
  return withSession({ ...options, command: 'key backup' }, io, async (session) => {
    const count = await recordVendorBackup(session, options);
    note(io, `the backup of ${keyCount(count)} by the procedure of the vendor is in the log; what was done was not checked`);
    return 0;
  });
}

/** `key backup --show FILE`: what the backup says of itself; nothing is opened. */
export async function showBackup(file: string, asJson: boolean, io: Io): Promise<number> {
  const { header, sha256 } = readBackupFile(resolve(file));
  const keys = header.keys.map((key) => ({ ...key, keyTag: key.role === undefined ? undefined : keyTag(dnskeyOf(key)) }));
  if (asJson) {
    io.out.write(toJson({ file, sha256, ...header, keys }));
    return 0;
  }
  const { token, method, created, protection } = header;
  io.out.write(`${method} of token "${token.label}" (serial ${token.serial}), ${created}, under ${protection.kind}, sha256 ${sha256}\n`);
  const rows = keys.map((key) => [
    key.zone ?? '-',
    key.role ?? '-',
    `${key.algorithm}`,
    key.keyTag === undefined ? '-' : `${key.keyTag}`,
    key.id,
    key.label,
  ]);
  io.out.write(columns([['ZONE', 'ROLE', 'ALGORITHM', 'TAG', 'ID', 'LABEL'], ...rows]));
  note(io, 'this is what the file says of itself; it is proved only by coldsign key drill');
  return 0;
}

async function backUp(keystore: Keystore, known: readonly LoggedKey[], output: string, options: KeyBackupOptions, io: Io) {
  const { protection, key } = await newSecret(tokenOf(keystore), options);
  let header: BackupHeader;
  let sha256: string;
  try {
    const taken = await take(keystore, known, options, key, io);
    header = { ...taken.header, protection };
    sha256 = writeBackup(output, header, key, taken.payload);
  } finally {
    key.fill(0);
  }
  tell({ header, sha256 }, output, options, io);
  return { header, sha256 };
}

function tell({ header, sha256 }: Pick<SealedBackup, 'header' | 'sha256'>, output: string, options: KeyBackupOptions, io: Io): void {
  const { label, serial } = header.token;
  const told = { file: output, sha256, method: header.method, token: label, serial, keys: header.keys.length };
  io.out.write(
    options.json ? toJson(told) : `${output}: ${keyCount(told.keys)} of token "${label}" (serial ${serial}), sha256 ${sha256}\n`,
  );
  note(io, `the PIN of the token is not in it; prove it: coldsign key drill ${options.output}`);
}

/** Who can open it belongs to where it is. */
function placeText(output: string, { protection }: BackupHeader): string {
  if (protection.kind === 'passphrase') return output;
  const { set, threshold, holders } = protection;
  return `${output}, its key in shares of the set ${set}, ${threshold} of ${holders.join(', ')}`.slice(0, 1000);
}

function tokenOf({ token: { label, serial, manufacturer, model } }: Keystore): BackupHeader['token'] {
  return { label, serial, manufacturer, model };
}

function take(keystore: Keystore, known: readonly LoggedKey[], options: KeyBackupOptions, key: Uint8Array, io: Io): Promise<Taken> {
  switch (options.method) {
    case 'token-archive':
      return takeArchive(keystore, known, options.now, io);
    case 'wrap':
      return takeWrapped(keystore, known, options, key, options.now, io);
    default:
      return options.method satisfies never;
  }
}

/** @throws Refusal usage/backup-what */
export function refuseNoOutput(output: string | undefined): string {
  if (output !== undefined) return output;
  throw new Refusal('usage/backup-what', 'neither --output, --vendor nor --show is given', 'say where the backup goes with --output FILE');
}
