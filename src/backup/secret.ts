import type { BackupHeader, Protection } from '../../keystore/backup/header.ts';
import { newPassphraseProtection, passphraseKey } from '../../keystore/backup/passphrase.ts';
import { readPinSource } from '../../keystore/pin/source.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { newSharedKey, type SharesWish, sharedKey } from './shared-key.ts';

export interface SecretOptions {
  /** File descriptor with the passphrase; default: the prompt. */
  readonly passphraseFd?: number;
  /** File descriptor with lines `NAME: share`, for a backup whose key is in shares; default: the terminal. */
  readonly backupShareFd?: number;
}

export interface NewSecretOptions extends SecretOptions {
  /** In place of a passphrase. */
  readonly shares?: SharesWish;
}

/** What a new backup is sealed with. */
export interface NewSecret {
  readonly protection: Protection;
  readonly key: Uint8Array;
}

const WHAT = 'passphrase of the backup';

/**
 * A passphrase is asked for twice on the terminal: a slip of the finger would show when the backup is needed.
 * @throws Refusal pin/…, backup/weak-passphrase, share/…
 */
export async function newSecret(token: BackupHeader['token'], options: NewSecretOptions): Promise<NewSecret> {
  if (options.shares !== undefined) return await newSharedKey(token, options.shares);
  const passphrase = await readPassphrase(options);
  try {
    const protection = newPassphraseProtection(passphrase);
    if (options.passphraseFd === undefined) {
      const again = await readPassphrase(options, ', once more');
      const isSame = equalBytes(passphrase, again);
      again.fill(0);
      if (!isSame) throw new Refusal('pin/not-repeated', 'the two passphrases differ', 'run the command again and type the same one twice');
    }
    return { protection, key: await passphraseKey(passphrase, protection) };
  } finally {
    passphrase.fill(0);
  }
}

/** The key that opens a backup. @throws Refusal pin/…, share/…, backup/wrong-key */
export async function knownSecret({ protection, token }: BackupHeader, options: SecretOptions): Promise<Uint8Array> {
  switch (protection.kind) {
    case 'passphrase': {
      const passphrase = await readPassphrase(options);
      try {
        return await passphraseKey(passphrase, protection);
      } finally {
        passphrase.fill(0);
      }
    }
    case 'shares':
      return await sharedKey(token, protection, options.backupShareFd);
    default:
      return protection satisfies never;
  }
}

async function readPassphrase({ passphraseFd }: SecretOptions, more = ''): Promise<Uint8Array> {
  const source = passphraseFd === undefined ? ({ kind: 'prompt' } as const) : ({ kind: 'descriptor', fd: passphraseFd } as const);
  return await readPinSource(source, `${WHAT}${more}`);
}
