import type { KeyName } from '../../keystore/rollover/model.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dsRdata } from '../../signer/dnssec/dnskey.ts';
import type { DsRecord } from './evidence-file.ts';

/** A key that a DS may be of. */
export interface KnownKey {
  readonly name: KeyName;
  /** DNSKEY RDATA. */
  readonly dnskey: Uint8Array;
}

/** Validators need a DS of one of these: a SHA-1 digest is as good as none (RFC 8624 3.3), and is overlooked where there is a better one (RFC 4509 3). */
const STRONG = [2, 4];
const SHA1 = 1;

/**
 * DS records → names of keys, each once. Compared is the digest over the whole DNSKEY (RFC 4034 5.1.4): that tag and algorithm are the same
 * says nothing. What no key has made is told as `?TAG-ALGORITHM-TYPE-DIGEST`.
 */
export function namesOfDs(zone: string, records: readonly DsRecord[], keys: readonly KnownKey[]): readonly KeyName[] {
  const strong = namesByDigest(zone, keys, STRONG);
  const weak = namesByDigest(zone, keys, [SHA1]);
  const found = new Set(records.flatMap((record) => strong.get(wordsOf(record)) ?? []));
  for (const record of records) {
    const words = wordsOf(record);
    const besides = weak.get(words);
    if (!strong.has(words) && (besides === undefined || !found.has(besides))) found.add(`?${words}`);
  }
  return [...found].sort();
}

function namesByDigest(zone: string, keys: readonly KnownKey[], types: readonly number[]): ReadonlyMap<string, KeyName> {
  const owner = parseName(zone);
  const byDigest = new Map<string, KeyName>();
  for (const { name, dnskey } of keys) {
    for (const digestType of types) {
      const rdata = dsRdata(owner, dnskey, digestType);
      const record = { keyTag: (rdata[0]! << 8) | rdata[1]!, algorithm: rdata[2]!, digestType, digest: toHex(rdata.subarray(4)) };
      byDigest.set(wordsOf(record), name);
    }
  }
  return byDigest;
}

const wordsOf = ({ keyTag, algorithm, digestType, digest }: DsRecord): string => `${keyTag}-${algorithm}-${digestType}-${digest}`;
