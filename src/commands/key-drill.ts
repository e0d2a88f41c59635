import { resolve } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { readBackupFile } from '../backup/backup-file.ts';
import { copyPins } from '../backup/copy-pins.ts';
import { runDrill } from '../backup/drill.ts';
import { type Coverage, coverage, keysOfEntry } from '../backup/logged-keys.ts';
import type { SecretOptions } from '../backup/secret.ts';
import { isInWorkspace, keyCount, originalUri } from '../backup/tokens.ts';
import { recordVendorDrill, type VendorStep } from '../backup/vendor.ts';
import { type Io, note } from '../io.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';
import { toJson } from './token-access.ts';

export interface KeyDrillOptions extends Omit<SessionRequest, 'command' | 'config'>, SecretOptions {
  readonly file: string;
  /** How the token of the backup is reached, where no workspace says it: its module and PIN source are used. */
  readonly token?: string;
  /** PIN of the token in the backup; default: pin-source of its URI, --pin-fd outside of a workspace, the prompt. */
  readonly tokenPinFd?: number;
  /** Shares of it, in the same way, from a descriptor. */
  readonly tokenShareFd?: number;
  readonly json: boolean;
}

const TEXT_LIMIT = 1000;

/** `key drill`: backup → scratch token → challenge of every key → scratch token destroyed → log. */
export async function keyDrill(options: KeyDrillOptions, io: Io): Promise<number> {
  const path = resolve(options.file);
  if (!isInWorkspace(options.dir)) {
    const backup = readBackupFile(path);
    await runDrill(backup, path, { ...secretsOf(options), pins: copyPins(options, undefined), original: given(options) }, io);
    note(io, 'there is no workspace here, so no log has it');
    return tell(backup, path, undefined, options, io);
  }
  return withSession({ ...options, command: 'key drill' }, io, async (session) => {
    const { backup, covered, missing } = await loggedDrill(session, path, options);
    for (const key of missing) note(io, `warning: ${nameOf(key)} is on that token and not in this backup`);
    return tell(backup, path, covered, options, io);
  });
}

/** `key drill --vendor`: what people did, with their evidence, into the log. */
export async function keyDrillByVendor(
  options: Omit<SessionRequest, 'command' | 'config'> & VendorStep & { readonly failed: boolean },
  io: Io,
): Promise<number> {
  return withSession({ ...options, command: 'key drill' }, io, async (session) => {
    const count = await recordVendorDrill(session, options);
    note(io, `the drill of ${keyCount(count)} by the procedure of the vendor is in the log; what was done was not checked`);
    return 0;
  });
}

/** A drill that fails is in the log too: it says that there is no backup. */
async function loggedDrill(session: Session, path: string, options: KeyDrillOptions): Promise<Coverage & { backup: SealedBackup }> {
  let backup: SealedBackup | undefined;
  let found: Coverage = { covered: [], missing: [] };
  const log = (outcome: 'proved' | 'failed', text: string): void => {
    const method = backup?.header.method ?? 'token-archive';
    const sha256 = backup === undefined ? {} : { sha256: backup.sha256 };
    session.append('key.drill', { method, keys: keysOfEntry(found.covered, session.artifacts), ...sha256, outcome, text });
  };
  try {
    backup = readBackupFile(path);
    const { header } = backup;
    found = coverage(session.state, header);
    const original = given(options) ?? originalUri(session.config, header.token);
    const pins = copyPins(options, session.tokens.loginTo(header.token));
    await runDrill(backup, path, { ...secretsOf(options), pins, original }, session.io);
    log(
      'proved',
      `${path}: ${keyCount(header.keys.length)} restored into a scratch token, a challenge signed by each; the scratch token is destroyed`,
    );
    return { ...found, backup };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) log('failed', `${error.code}: ${error.message}`.slice(0, TEXT_LIMIT));
    throw error;
  }
}

const given = ({ token }: KeyDrillOptions) => (token === undefined ? undefined : parsePkcs11Uri(token));

function secretsOf({ passphraseFd, backupShareFd }: KeyDrillOptions) {
  return {
    ...(passphraseFd === undefined ? {} : { passphraseFd }),
    ...(backupShareFd === undefined ? {} : { backupShareFd }),
  };
}

function tell(backup: SealedBackup, path: string, covered: readonly LoggedKey[] | undefined, { json }: KeyDrillOptions, io: Io): number {
  const { header, sha256 } = backup;
  const told = {
    file: path,
    sha256,
    outcome: 'proved',
    keys: header.keys.length,
    ...(covered === undefined ? {} : { ofLog: covered.length }),
  };
  const ofLog = covered === undefined ? '' : `, ${covered.length} of them of this workspace`;
  io.out.write(json ? toJson(told) : `${path}: proved; ${keyCount(told.keys)}${ofLog}\n`);
  return 0;
}

const nameOf = ({ role, keyTag, zone }: LoggedKey): string => `the ${role.toUpperCase()} ${keyTag} of ${zone}`;

/** @throws Refusal usage/backup-what */
export function refuseNoFile(file: string | undefined): string {
  if (file !== undefined) return file;
  throw new Refusal('usage/backup-what', 'neither a file nor --vendor is given', 'name the backup: coldsign key drill FILE');
}
