import { randomInt } from 'node:crypto';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { type DirectSource, readPinSource } from './source.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 22 × log2(62) = 131 bits: nobody finds it by trying, not even with the check value of its shares at hand. */
const LENGTH = 22;

/** A PIN for machines: letters and digits, which every token takes, each as likely as any other. */
export function inventPin(): Uint8Array {
  return Uint8Array.from({ length: LENGTH }, () => ALPHABET.charCodeAt(randomInt(ALPHABET.length)));
}

/** A PIN that a person chooses; typed twice on a terminal. @throws Refusal pin/too-short, pin/not-repeated and those of the source */
export async function chooseSecret(source: DirectSource, what: string, least: number, shownFd?: number): Promise<Uint8Array> {
  const pin = await readPinSource(source, what, shownFd);
  if (pin.length < least)
    throw new Refusal('pin/too-short', `a ${what} has at least ${least} characters, this one has ${pin.length}`, 'choose a longer PIN');
  if (source.kind !== 'prompt') return pin;
  const again = await readPinSource(source, `${what}, once more`);
  const isSame = equalBytes(pin, again);
  again.fill(0);
  if (isSame) return pin;
  throw new Refusal('pin/not-repeated', 'the two PINs differ', 'run the command again and type the same PIN twice');
}
