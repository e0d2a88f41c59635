import { resolve } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import { type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../signer/errors.ts';
import { placeToken, removePlaced, settlePlaced } from '../../softhsm/place.ts';
import type { EntryData, TokenRef } from '../audit/entry.ts';
import { type Opened, openBackupFile, readBackupFile } from '../backup/backup-file.ts';
import { copyPins } from '../backup/copy-pins.ts';
import { coverage, destroyedIn, keysOfEntry } from '../backup/logged-keys.ts';
import type { SecretOptions } from '../backup/secret.ts';
import { openArchive, placedUri, proveToken, refuseNone } from '../backup/token-archive.ts';
import { isInWorkspace, keyCount, originalUri } from '../backup/tokens.ts';
import { unwrapInto } from '../backup/wrap.ts';
import { type Io, note } from '../io.ts';
import { checkedReason } from '../release/reason.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';
import { toJson } from './token-access.ts';

export interface KeyRestoreOptions extends Omit<SessionRequest, 'command' | 'config'>, SecretOptions {
  readonly file: string;
  /** Folder of the new token for an archive; URI of a token for wrapped keys. */
  readonly to: string;
  readonly reason?: string;
  /** How the token of the backup was reached: its module and PIN source are used. */
  readonly token?: string;
  /** PIN of the token; default: pin-source of its URI, --pin-fd outside of a workspace, the prompt. */
  readonly tokenPinFd?: number;
  /** Shares of it, in the same way, from a descriptor. */
  readonly tokenShareFd?: number;
  readonly json: boolean;
}

/** A backup that is whole and opened, and why it is restored. */
interface Job {
  readonly options: KeyRestoreOptions;
  readonly backup: SealedBackup;
  readonly opened: Opened;
  readonly reason: string;
  readonly io: Io;
}

/** `key restore`: backup → token → challenge of every key → log. */
export async function keyRestore(options: KeyRestoreOptions, io: Io): Promise<number> {
  const path = resolve(options.file);
  const reason = checkedReason(options.reason, 'a key is restored');
  const backup = readBackupFile(path);
  refuseTarget(backup, options.to);
  refuseNone(backup.header.keys, backup.header.token);
  const job = { options, backup, opened: await openBackupFile(backup, path, options), reason, io };
  const uri = backup.header.method === 'wrap' ? await restoreWrapped(job) : await restoreArchive(job);
  const told = { file: options.file, sha256: backup.sha256, keys: backup.header.keys.length, uri: printPkcs11Uri(uri) };
  io.out.write(options.json ? toJson(told) : `${told.uri}\n`);
  note(io, `restored: ${keyCount(told.keys)}, a challenge signed by each`);
  return 0;
}

/** The token is there before the log is opened, for the key of the log may be on it; until the entry stands, it is taken away again after any failure. */
async function restoreArchive(job: Job): Promise<Pkcs11Uri> {
  const { options, backup, opened, io } = job;
  const { header } = backup;
  const files = await openArchive(opened.payload, header);
  const folder = placeToken(options.to, files);
  const given = options.token === undefined ? undefined : parsePkcs11Uri(options.token);
  const uris: Pkcs11Uri[] = [];
  try {
    await inSession(job, async (session) => {
      const uri = placedUri(folder, header, given ?? (session === undefined ? undefined : originalUri(session.config, header.token)));
      await proveToken(uri, header.keys, copyPins(options, session?.tokens.loginTo(header.token)), io);
      logRestored(job, session, header.token);
      settlePlaced(folder);
      uris.push(uri);
    });
  } finally {
    if (uris.length === 0) removePlaced(folder, files);
  }
  return uris[0]!;
}

async function restoreWrapped(job: Job): Promise<Pkcs11Uri> {
  const { options, backup, opened, io } = job;
  const to = parsePkcs11Uri(options.to);
  const uris: Pkcs11Uri[] = [];
  await inSession(job, async (session) => {
    const login = session?.tokens.loginTo({ label: to.token ?? '', serial: to.serial ?? '' });
    let intent: number | undefined;
    const begin = async (token: TokenRef): Promise<void> => {
      intent = session?.append('key.restore.intent', restoration(job, session, token));
      await session?.checkpoint();
    };
    const end = (outcome: 'completed' | 'abandoned', found: string): void => {
      if (intent !== undefined) session?.append('intent.resolved', { intent, outcome, found });
    };
    const undone = (): void => end('abandoned', 'what was unwrapped is destroyed again');
    const { uri, label, serial } = await unwrapInto(
      to,
      copyPins(options, login),
      { opened, keys: backup.header.keys },
      { begin, undone },
      io,
    );
    logRestored(job, session, { label, serial });
    end('completed', 'every key has signed a challenge');
    uris.push(uri);
  });
  return uris[0]!;
}

/** Held against the log first, where there is one. */
async function inSession({ options, backup, io }: Job, use: (session: Session | undefined) => Promise<void>): Promise<void> {
  if (!isInWorkspace(options.dir)) {
    await use(undefined);
    note(io, 'there is no workspace here, so no log has it');
    return;
  }
  await withSession({ ...options, command: 'key restore' }, io, async (session) => {
    coverage(session.state, backup.header);
    await use(session);
    return 0;
  });
}

function restoration({ backup, reason }: Job, session: Session, { label, serial }: TokenRef): EntryData['key.restore.intent'] {
  const { header, sha256 } = backup;
  const { covered } = coverage(session.state, header);
  const keys = keysOfEntry([...covered, ...destroyedIn(session.state, header)], session.artifacts);
  return { method: header.method, keys, token: { label, serial }, sha256, reason };
}

function logRestored(job: Job, session: Session | undefined, token: TokenRef): void {
  if (session === undefined) return;
  const { backup, io } = job;
  const { missing } = coverage(session.state, backup.header);
  const destroyed = destroyedIn(session.state, backup.header);
  session.append('key.restored', restoration(job, session, token));
  for (const { role, keyTag, zone } of missing)
    note(io, `warning: the ${role.toUpperCase()} ${keyTag} of ${zone} was on that token and is not in this backup`);
  for (const { role, keyTag, zone } of destroyed)
    note(
      io,
      `warning: the ${role.toUpperCase()} ${keyTag} of ${zone} was destroyed, and the restored token has it again: remove it there with the tool of the token`,
    );
}

/** @throws Refusal usage/backup-target */
function refuseTarget({ header }: SealedBackup, to: string): void {
  const isUri = /^pkcs11:/i.test(to);
  if (isUri === (header.method === 'wrap')) return;
  throw new Refusal(
    'usage/backup-target',
    `--to is ${isUri ? 'the URI of a token' : 'a folder'}, and the backup is ${isUri ? 'the archive of a whole token' : 'of wrapped keys'}`,
    isUri ? 'name the folder of the new token' : 'name the token that takes the keys: --to pkcs11:token=…',
  );
}
