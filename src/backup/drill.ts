import { join } from 'node:path';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import type { BackupHeader } from '../../keystore/backup/header.ts';
import type { Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import type { TokenFiles } from '../../softhsm/archive.ts';
import { placeToken } from '../../softhsm/place.ts';
import type { Io } from '../io.ts';
import { openBackupFile } from './backup-file.ts';
import type { CopyPins } from './copy-pins.ts';
import { ScratchFolder } from './scratch.ts';
import type { SecretOptions } from './secret.ts';
import { openArchive, placedUri, proveToken, refuseNone } from './token-archive.ts';
import { drillWrapped } from './wrap.ts';

export interface DrillAccess extends SecretOptions {
  /** How the token of the backup is reached, if that is known: the copy has its PIN. */
  readonly original: Pkcs11Uri | undefined;
  /** Of the token in the backup. */
  readonly pins: CopyPins;
}

/**
 * Restores into a scratch token, has every key sign a random challenge, destroys the scratch token and looks that it is gone. When this
 * returns, all of it was seen.
 * @throws Refusal backup/…, pin/…, token/…; Fault backup/scratch-remains, sign/bad-signature, token/…, file/not-writable
 */
export async function runDrill(backup: SealedBackup, path: string, access: DrillAccess, io: Io): Promise<void> {
  const { header } = backup;
  refuseNone(header.keys, header.token);
  const opened = await openBackupFile(backup, path, access);
  using scratch = new ScratchFolder(io);
  if (header.method === 'wrap') await drillWrapped(scratch.dir, opened, header, io);
  else await drillArchive(scratch.dir, await openArchive(opened.payload, header), header, access, io);
  scratch.destroy();
}

async function drillArchive(dir: string, files: TokenFiles, header: BackupHeader, access: DrillAccess, io: Io): Promise<void> {
  const folder = placeToken(join(dir, 'token'), files);
  await proveToken(placedUri(folder, header, access.original), header.keys, access.pins, io);
}
