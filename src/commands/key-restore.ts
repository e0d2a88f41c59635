import { resolve } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import { type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { placeToken, removePlaced } from '../../softhsm/place.ts';
import { openBackupFile, readBackupFile } from '../backup/backup-file.ts';
import { coverage, keysOfEntry } from '../backup/logged-keys.ts';
import type { SecretOptions } from '../backup/secret.ts';
import { openArchive, placedUri, proveToken, refuseNone } from '../backup/token-archive.ts';
import { isInWorkspace, originalUri } from '../backup/tokens.ts';
import { type Io, note } from '../io.ts';
import { checkedReason } from '../release/reason.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';
import { toJson } from './token-access.ts';

export interface KeyRestoreOptions extends Omit<SessionRequest, 'command' | 'config'>, SecretOptions {
  readonly file: string;
  /** Folder of the new token. */
  readonly to: string;
  readonly reason?: string;
  /** How the token of the backup was reached: its module and PIN source are used. */
  readonly token?: string;
  /** PIN of the token in the backup; default: pin-source of its URI, --pin-fd outside of a workspace, the prompt. */
  readonly tokenPinFd?: number;
  readonly json: boolean;
}

/**
 * `key restore`: backup → token in a new folder → challenge of every key → log. The token is put there before the log is opened, for the key
 * of the log may be on it; until the entry stands, it is taken away again after any failure.
 */
export async function keyRestore(options: KeyRestoreOptions, io: Io): Promise<number> {
  const path = resolve(options.file);
  const reason = checkedReason(options.reason, 'a key is restored');
  const backup = readBackupFile(path);
  const { header } = backup;
  refuseNone(header.keys, header.token);
  const files = await openArchive(await openBackupFile(backup, path, options), header);
  const folder = placeToken(options.to, files);
  let isDone = false;
  const finish = (uri: Pkcs11Uri): number => {
    isDone = true;
    return tell(backup, uri, options, io);
  };
  try {
    if (!isInWorkspace(options.dir)) {
      const uri = placedUri(folder, header, given(options));
      await proveToken(uri, header.keys, options.tokenPinFd ?? options.pinFd, io);
      note(io, 'there is no workspace here, so no log has it');
      return finish(uri);
    }
    return await withSession({ ...options, command: 'key restore' }, io, async (session) => {
      const { covered, missing } = coverage(session.state, header);
      const uri = placedUri(folder, header, given(options) ?? originalUri(session.config, header.token));
      await proveToken(uri, header.keys, options.tokenPinFd, io);
      const { label, serial } = header.token;
      const keys = keysOfEntry(covered, session.artifacts);
      session.append('key.restored', { method: header.method, keys, token: { label, serial }, sha256: backup.sha256, reason });
      for (const { role, keyTag, zone } of missing)
        note(io, `warning: the ${role.toUpperCase()} ${keyTag} of ${zone} was on that token and is not in this backup`);
      return finish(uri);
    });
  } finally {
    if (!isDone) removePlaced(folder, files);
  }
}

const given = ({ token }: KeyRestoreOptions) => (token === undefined ? undefined : parsePkcs11Uri(token));

function tell({ header, sha256 }: SealedBackup, uri: Pkcs11Uri, { file, json }: KeyRestoreOptions, io: Io): number {
  const told = { file, sha256, keys: header.keys.length, uri: printPkcs11Uri(uri) };
  io.out.write(json ? toJson(told) : `${told.uri}\n`);
  note(io, `${told.keys} keys are restored, each has signed a challenge`);
  return 0;
}
