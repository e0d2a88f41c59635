import { printName, type WireName } from './dns/name.ts';
import { TYPE, typeMnemonic } from './dns/rrtype.ts';
import { Refusal } from './errors.ts';

/**
 * A signature that only a private key can make which is gone.
 * @param type of the RRset that would have to be signed
 */
export function lostSignature(keyTag: number, owner: WireName, type: number): Refusal {
  const what = `${printName(owner)} ${typeMnemonic(type)}`;
  if (type === TYPE.DNSKEY) {
    return new Refusal(
      'sign/key-lost',
      `the DNSKEY RRset is not as key ${keyTag} has signed it, or that signature has ended, and the private key is lost: nobody can sign it anew`,
      'leave keys and DNSKEY TTL as they were until the DS of the new key is with all caches (coldsign roll status), then roll advance',
    );
  }
  return new Refusal(
    'sign/key-lost',
    `${what} is not as key ${keyTag} has signed it, the private key is lost, and no KSK of its algorithm is with all caches to sign in its place`,
    'bring the data back to what the current release has, and wait until the new key is with all caches (coldsign roll status)',
  );
}
