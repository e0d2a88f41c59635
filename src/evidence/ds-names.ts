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

const COMPUTED = [1, 2, 4];

/**
 * DS records → names of keys, each once. Compared is the digest over the whole DNSKEY (RFC 4034 5.1.4): that tag and algorithm are the same
 * says nothing. What no key has made is told as `?TAG-ALGORITHM-TYPE-DIGEST`.
 */
export function namesOfDs(zone: string, records: readonly DsRecord[], keys: readonly KnownKey[]): readonly KeyName[] {
  const owner = parseName(zone);
  const byDigest = new Map<string, KeyName>();
  for (const { name, dnskey } of keys) {
    for (const type of COMPUTED) {
      const rdata = dsRdata(owner, dnskey, type);
      byDigest.set(
        wordsOf({ keyTag: (rdata[0]! << 8) | rdata[1]!, algorithm: rdata[2]!, digestType: type, digest: toHex(rdata.subarray(4)) }),
        name,
      );
    }
  }
  return [...new Set(records.map((record) => byDigest.get(wordsOf(record)) ?? `?${wordsOf(record)}`))].sort();
}

const wordsOf = ({ keyTag, algorithm, digestType, digest }: DsRecord): string => `${keyTag}-${algorithm}-${digestType}-${digest}`;
