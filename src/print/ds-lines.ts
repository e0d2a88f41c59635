import { toHex } from '../../signer/dns/bytes.ts';
import { parseName, printName } from '../../signer/dns/name.ts';
import { DIGEST, dsRdata } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey } from '../audit/entry.ts';

/** DS records of a key, SHA-256 and SHA-384, in zone-file form. */
export function dsLines({ zone, dnskey }: Pick<LoggedKey, 'zone' | 'dnskey'>): string[] {
  const apex = parseName(zone);
  return [DIGEST.sha256, DIGEST.sha384].map((type) => {
    const ds = dsRdata(apex, Buffer.from(dnskey, 'base64'), type);
    return `${printName(apex)} IN DS ${(ds[0]! << 8) | ds[1]!} ${ds[2]} ${ds[3]} ${toHex(ds.subarray(4)).toUpperCase()}`;
  });
}
