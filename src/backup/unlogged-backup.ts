import { existsSync } from 'node:fs';
import type { SealedBackup } from '../../keystore/backup/envelope.ts';
import { Refusal } from '../../signer/errors.ts';
import { entriesFrom, type LogContent } from '../audit/log.ts';
import { readBackupFile } from './backup-file.ts';

/**
 * A file that `key backup` had written and did not live to note: its head is of the time of a session of that command which neither noted a backup
 * nor closed. What is in it is proved only when it is opened.
 *
 * @returns undefined for every other file, and where there is none
 */
export function unloggedBackup(path: string, content: LogContent): SealedBackup | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const backup = readBackupFile(path);
    return wasInterrupted(content, backup.header.created) && !isNoted(content, backup.sha256) ? backup : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** @param created time in the head of the backup; times of one form are in the order of their texts */
function wasInterrupted(content: LogContent, created: string): boolean {
  let open: { readonly session: string; readonly isBackup: boolean; readonly time: string } | undefined;
  for (const { type, session, time, data } of entriesFrom(content, 0)) {
    if (type === 'session.open') {
      if (open?.isBackup === true && open.time <= created && created <= time) return true;
      open = { session, isBackup: data.command === 'key backup', time };
    } else if (session === open?.session && (type === 'session.close' || type === 'key.backup')) open = undefined;
  }
  return open?.isBackup === true && open.time <= created;
}

function isNoted(content: LogContent, sha256: string): boolean {
  for (const entry of entriesFrom(content, 0)) if (entry.type === 'key.backup' && entry.data.sha256 === sha256) return true;
  return false;
}
