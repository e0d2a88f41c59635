import { toHex } from './dns/bytes.ts';
import { algorithmByNumber, algorithmLabel } from './dnssec/algorithm.ts';
import { DNSKEY_PROTOCOL, dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag, revokedKeyTag } from './dnssec/dnskey.ts';
import { Refusal } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

/** What a key signs: ksk the DNSKEY, CDS and CDNSKEY RRsets; zsk the rest; csk both (RFC 9499). */
export type KeyRole = 'ksk' | 'zsk' | 'csk';

export interface ZoneKey {
  readonly role: KeyRole;
  readonly key: SigningKey;
}

export const signsKeys = (key: ZoneKey): boolean => key.role !== 'zsk';
export const signsZone = (key: ZoneKey): boolean => key.role !== 'ksk';

/**
 * A key set that leaves no validator without a signature: each algorithm of the DNSKEY RRset has a key that signs the keys
 * and one that signs the zone (RFC 4035 2.2), all key tags differ, revoked forms included.
 * @param published DNSKEY RDATA that is published and does not sign here
 * @throws Refusal key/none, key/role-missing, key/tag-collision, key/algorithm-refused, key/same-key-twice
 */
export function checkKeySet(keys: readonly ZoneKey[], published: readonly Uint8Array[]): void {
  if (keys.length === 0)
    throw new Refusal('key/none', 'no key to sign with', 'name the keys with --ksk URI and --zsk URI, or one key with both');
  const all = [...keys.map((k) => k.key.dnskey), ...published];
  for (const rdata of all) refuseAlgorithm(rdata);
  for (const rdata of all) refuseFlags(rdata);
  refuseRepeats(all);
  for (const algorithm of new Set(all.map(dnskeyAlgorithm))) {
    const own = keys.filter((k) => k.key.algorithm === algorithm);
    const missing = !own.some(signsKeys)
      ? 'key that signs the DNSKEY RRset (--ksk)'
      : !own.some(signsZone)
        ? 'key that signs the zone (--zsk)'
        : undefined;
    if (missing === undefined) continue;
    throw new Refusal(
      'key/role-missing',
      `algorithm ${algorithmLabel(algorithm)} is in the DNSKEY RRset without a ${missing}; ${own.length} of its keys sign`,
      'every algorithm of the DNSKEY RRset signs the whole zone (RFC 4035 2.2): add the key, or take the algorithm out',
    );
  }
}

function refuseAlgorithm(rdata: Uint8Array): void {
  const number = dnskeyAlgorithm(rdata);
  const algorithm = algorithmByNumber(number);
  if (algorithm !== undefined && algorithm.refused === undefined && algorithm.form.kind !== 'other') return;
  throw new Refusal(
    'key/algorithm-refused',
    `key ${keyTag(rdata)} has algorithm ${algorithmLabel(number)}: ${algorithm?.refused ?? 'not in the registry of algorithms'}`,
    'use algorithm 13, 15, 8, 14, 16 or 10',
  );
}

function refuseFlags(rdata: Uint8Array): void {
  const flags = dnskeyFlags(rdata);
  if ((flags & ~FLAG.sep) === FLAG.zone && rdata[2] === DNSKEY_PROTOCOL) return;
  throw new Refusal(
    'key/flags',
    `key ${keyTag(rdata)} has DNSKEY flags ${flags} and protocol ${rdata[2]}; a zone key has flags 256 or 257 and protocol 3`,
    'check which key is named',
  );
}

function refuseRepeats(all: readonly Uint8Array[]): void {
  const owner = new Map<number, Uint8Array>();
  const seen = new Map<string, Uint8Array>();
  for (const rdata of all) {
    const identity = toHex(rdata.subarray(3));
    const twin = seen.get(identity);
    if (twin !== undefined) throw sameKeyTwice(twin, rdata);
    seen.set(identity, rdata);
    for (const tag of new Set([keyTag(rdata), revokedKeyTag(rdata)])) {
      const other = owner.get(tag);
      if (other !== undefined) {
        throw new Refusal(
          'key/tag-collision',
          `two keys have the key tag ${tag} (one of them perhaps in revoked form): public keys ${toHex(other.subarray(4, 12))}… and ${toHex(rdata.subarray(4, 12))}…`,
          'generate another key; validators limit the keys they try for one tag',
        );
      }
      owner.set(tag, rdata);
    }
  }
}

function sameKeyTwice(a: Uint8Array, b: Uint8Array): Refusal {
  return new Refusal(
    'key/same-key-twice',
    `one public key is named twice, as ${keyTag(a)} (flags ${dnskeyFlags(a)}) and ${keyTag(b)} (flags ${dnskeyFlags(b)})`,
    'name it once; a key with both roles is given under --ksk and --zsk by the very same URI',
  );
}
