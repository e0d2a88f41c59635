import { Fault, Refusal } from '../../signer/errors.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';

/** One place where a key may be opened. */
export interface KeySource {
  /** The token, for messages. */
  readonly name: string;
  /** @throws Refusal, Fault where the token or the key is not there, or is another one */
  open(): Promise<SigningKey>;
}

/** What the token says no more, or says no, for itself. What is wrong with a PIN or with a signature is for people: another token does not mend it. */
const GONE = new Set([
  'token/device',
  'token/session',
  'token/failed',
  'token/not-found',
  'token/no-module',
  'token/no-user-pin',
  'token/refused',
  'pin/locked',
]);

/** Is the token out of use, so that a replica may stand in for it? */
export function isTokenGone(error: unknown): error is Refusal | Fault {
  return (error instanceof Refusal || error instanceof Fault) && GONE.has(error.code);
}

/**
 * A key that several tokens have, opened on the first that works. When that one fails in the midst of signing, the next takes over,
 * and the batch is signed there: a signature is made anew, never guessed. Each opening compares the public key with the one on record.
 * @param tell told of each token that is left; not of the last one, whose error is thrown
 * @throws Refusal key/not-found, key/mismatch, …; Fault token/…, sign/bad-signature
 */
export async function openOnFirst(sources: readonly KeySource[], tell: (text: string) => void): Promise<SigningKey> {
  const left = [...sources];
  const first = await openNext(left, tell);
  if (left.length === 0) return first;
  const { algorithm, keyTag, flags, dnskey, signatureOctets } = first;
  let name = nameOfOpen(sources, left);
  let current = Promise.resolve(first);
  /** Batches under way fail together; the first of them moves on, the others go where it went. */
  const leave = (failed: Promise<SigningKey>, error: Refusal | Fault): Promise<SigningKey> => {
    if (current !== failed) return current;
    if (left.length === 0) throw error;
    tell(`${name} failed while it signed with the key ${keyTag}: ${error.message}; the next one goes on`);
    current = openNext(left, tell).then((key) => {
      name = nameOfOpen(sources, left);
      return key;
    });
    current.catch(() => {});
    return current;
  };
  return {
    algorithm,
    keyTag,
    flags,
    dnskey,
    signatureOctets,
    async sign(batch: Packed): Promise<Uint8Array> {
      for (let using = current; ; ) {
        const key = await using;
        try {
          return await key.sign(batch);
        } catch (error) {
          if (!isTokenGone(error)) throw error;
          using = leave(using, error);
        }
      }
    },
  };
}

/** Takes sources away from the front until one opens. A key that is not on the token is looked for on the next one. */
async function openNext(left: KeySource[], tell: (text: string) => void): Promise<SigningKey> {
  for (;;) {
    const source = left.shift();
    if (source === undefined) throw new RangeError('no token is named');
    try {
      return await source.open();
    } catch (error) {
      const isAbsent = error instanceof Refusal && error.code === 'key/not-found';
      if (left.length === 0 || !(isAbsent || isTokenGone(error))) throw error;
      tell(`${source.name} is left out: ${error.message}`);
    }
  }
}

const nameOfOpen = (sources: readonly KeySource[], left: readonly KeySource[]): string => sources[sources.length - left.length - 1]!.name;
