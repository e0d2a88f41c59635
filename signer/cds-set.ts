import { toHex } from './dns/bytes.ts';
import type { WireName } from './dns/name.ts';
import { TYPE } from './dns/rrtype.ts';
import { dsRdata, keyTag } from './dnssec/dnskey.ts';
import { Refusal } from './errors.ts';
import type { SigningPolicy } from './policy.ts';
import { isRevokedForm } from './revoked-form.ts';
import { isPublished, isRevoked, signsKeys, type ZoneKey } from './zone-key.ts';

/** What the parent is asked for with CDS and CDNSKEY (RFC 7344). */
export type CdsSet =
  | { readonly kind: 'none' }
  /** To remove the DS RRset (RFC 8078 4). */
  | { readonly kind: 'delete' }
  /** DNSKEY RDATA of exactly the keys that the DS RRset is to name, published or not. */
  | { readonly kind: 'keys'; readonly dnskeys: readonly Uint8Array[] };

/** RFC 8078 4: `CDS 0 0 0 00`, `CDNSKEY 0 3 0 AA==`. */
const DELETE_CDS = Uint8Array.of(0, 0, 0, 0, 0);
const DELETE_CDNSKEY = Uint8Array.of(0, 0, 3, 0, 0);

/** Without a decision of its own for this version of the zone: those that the policy says. */
export function cdsSetOfPolicy(keys: readonly ZoneKey[], { cds }: Pick<SigningPolicy, 'cds'>): CdsSet {
  const asked = keys.filter((key) => signsKeys(key) && isPublished(key) && !isRevoked(key));
  return cds && asked.length > 0 ? { kind: 'keys', dnskeys: asked.map(({ key }) => key.dnskey) } : { kind: 'none' };
}

/**
 * The RDATA of both RRsets; they always say the same (RFC 7344 4).
 * @throws Refusal key/cds-set: no key, a key twice, or a revoked one
 */
export function* cdsRecords(
  set: CdsSet,
  apex: WireName,
  digestTypes: readonly number[],
): Generator<{ readonly type: number; readonly rdata: Uint8Array }> {
  switch (set.kind) {
    case 'none':
      return;
    case 'delete':
      yield { type: TYPE.CDNSKEY, rdata: DELETE_CDNSKEY };
      yield { type: TYPE.CDS, rdata: DELETE_CDS };
      return;
    case 'keys':
      refuseUnfit(set.dnskeys, digestTypes);
      for (const dnskey of set.dnskeys) {
        yield { type: TYPE.CDNSKEY, rdata: dnskey };
        for (const digestType of digestTypes) yield { type: TYPE.CDS, rdata: dsRdata(apex, dnskey, digestType) };
      }
      return;
    default:
      set satisfies never;
  }
}

function refuseUnfit(dnskeys: readonly Uint8Array[], digestTypes: readonly number[]): void {
  const hint = 'ask for each key once that the DS RRset is to name; to ask for none is a decision of its own';
  if (dnskeys.length === 0 || digestTypes.length === 0) {
    const count = `${dnskeys.length} keys and ${digestTypes.length} digest types`;
    throw new Refusal('key/cds-set', `CDS are to be made of ${count}: that says nothing to the parent`, hint);
  }
  const seen = new Set<string>();
  for (const dnskey of dnskeys) {
    const identity = toHex(dnskey.subarray(3));
    if (seen.has(identity)) throw new Refusal('key/cds-set', `CDS are asked for key ${keyTag(dnskey)} twice`, hint);
    seen.add(identity);
    if (isRevokedForm(dnskey))
      throw new Refusal('key/cds-set', `CDS are asked for key ${keyTag(dnskey)}, which is revoked: its DS would validate nothing`, hint);
  }
}
