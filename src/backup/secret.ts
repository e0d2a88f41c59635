import type { Protection } from '../../keystore/backup/header.ts';
import { newPassphraseProtection, passphraseKey } from '../../keystore/backup/passphrase.ts';
import { readPinSource } from '../../keystore/pin/source.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';

export interface SecretOptions {
  /** File descriptor with the passphrase; default: the prompt. */
  readonly passphraseFd?: number;
}

/** What a new backup is sealed with. */
export interface NewSecret {
  readonly protection: Protection;
  readonly key: Uint8Array;
}

const WHAT = 'passphrase of the backup';

/** Asked for twice on the terminal: a slip of the finger would show when the backup is needed. @throws Refusal pin/…, backup/weak-passphrase */
export async function newSecret(options: SecretOptions): Promise<NewSecret> {
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

/** The key that opens a backup. @throws Refusal pin/… */
export async function knownSecret(protection: Protection, options: SecretOptions): Promise<Uint8Array> {
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
      throw new Refusal(
        'backup/needs-shares',
        `the key of this backup is in shares of the set ${protection.set}, ${protection.threshold} are needed`,
        'bring the holders together',
      );
    default:
      return protection satisfies never;
  }
}

async function readPassphrase({ passphraseFd }: SecretOptions, more = ''): Promise<Uint8Array> {
  const source = passphraseFd === undefined ? ({ kind: 'prompt' } as const) : ({ kind: 'descriptor', fd: passphraseFd } as const);
  return await readPinSource(source, `${WHAT}${more}`);
}
