import { randomBytes, scrypt } from 'node:crypto';
import { Refusal } from '../../signer/errors.ts';
import { KEY_OCTETS } from './envelope.ts';
import type { Protection } from './header.ts';

/** 128 MiB and about half a second for each guess. */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
const SALT_OCTETS = 32;
const MIN_CHARACTERS = 12;

type ByPassphrase = Extract<Protection, { kind: 'passphrase' }>;

/** @param what the passphrase is of, for the message. @throws Refusal backup/weak-passphrase */
export function newPassphraseProtection(passphrase: Uint8Array, what = 'a backup'): ByPassphrase {
  const characters = [...new TextDecoder().decode(passphrase)].length;
  if (characters < MIN_CHARACTERS) {
    throw new Refusal(
      'backup/weak-passphrase',
      `the passphrase of ${what} has at least ${MIN_CHARACTERS} characters, this one has ${characters}`,
      'choose a longer one, of several words; whoever has the file can guess as long as it takes',
    );
  }
  return { kind: 'passphrase', ...COST, salt: randomBytes(SALT_OCTETS).toString('hex') };
}

/** scrypt (RFC 7914). The passphrase is taken as it is typed: octets of UTF-8, no normalisation. */
export function passphraseKey(passphrase: Uint8Array, { n, r, p, salt }: ByPassphrase): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(passphrase, Buffer.from(salt, 'hex'), KEY_OCTETS, options, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}
