import { readPinSource } from '../../keystore/pin/source.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';

/** @param fd descriptor with the passphrase; undefined: the prompt. @throws Refusal pin/… */
export function readPersonPassphrase(name: string, fd: number | undefined, more = ''): Promise<Uint8Array> {
  const source = fd === undefined ? ({ kind: 'prompt' } as const) : ({ kind: 'descriptor', fd } as const);
  return readPinSource(source, `passphrase of ${name}${more}`);
}

/** Asked for twice on the terminal: a slip of the finger would show when the key is needed. @throws Refusal pin/…, pin/not-repeated */
export async function readNewPassphrase(name: string, fd: number | undefined): Promise<Uint8Array> {
  const passphrase = await readPersonPassphrase(name, fd);
  if (fd !== undefined) return passphrase;
  const again = await readPersonPassphrase(name, fd, ', once more');
  const isSame = equalBytes(passphrase, again);
  again.fill(0);
  if (isSame) return passphrase;
  passphrase.fill(0);
  throw new Refusal('pin/not-repeated', 'the two passphrases differ', 'run the command again and type the same one twice');
}
