import { printName } from '../dns/name.ts';
import { TYPE, typeMnemonic } from '../dns/rrtype.ts';
import { findRrset, nameOf } from '../zone/zone.ts';
import type { Inspection } from './inspection.ts';
import { verifyNsecChain } from './nsec-chain.ts';
import { verifyNsec3Chain } from './nsec3-chain.ts';

/**
 * The zone proves what is not there, in one way: NSEC (RFC 4034 4) or NSEC3 (RFC 5155).
 * @returns denial records seen
 */
export function verifyDenial(inspection: Inspection): number {
  const { zone, apex, report } = inspection;
  const nsec = countOf(inspection, TYPE.NSEC);
  const nsec3 = countOf(inspection, TYPE.NSEC3);
  const hasParameters = findRrset(zone, apex, TYPE.NSEC3PARAM) >= 0;
  verifyTtls(inspection);
  if (nsec > 0 && (nsec3 > 0 || hasParameters))
    report(
      'VERIFY-DENIAL-MIXED',
      { name: apex },
      () => `${nsec} NSEC beside ${nsec3} NSEC3 records${hasParameters ? ' and NSEC3PARAM' : ''}: a zone has one of both`,
    );
  if (nsec === 0 && nsec3 === 0 && !hasParameters) {
    report('VERIFY-DENIAL-NONE', { name: apex }, () => 'neither NSEC nor NSEC3: nothing can be proven absent');
    return 0;
  }
  if (nsec3 === 0 && !hasParameters) return verifyNsecChain(inspection);
  if (nsec === 0 || nsec3 > nsec) return verifyNsec3Chain(inspection);
  return verifyNsecChain(inspection);
}

function countOf({ zone }: Inspection, type: number): number {
  let count = 0;
  for (const rrsetType of zone.rrsetType) if (rrsetType === type) count++;
  return count;
}

/** RFC 9077 3: the lesser of the SOA TTL and the SOA minimum. */
function verifyTtls({ zone, soa, report }: Inspection): void {
  const expected = Math.min(soa.ttl, soa.minimum);
  for (let r = 0; r < zone.rrsetCount; r++) {
    const type = zone.rrsetType[r]!;
    if ((type !== TYPE.NSEC && type !== TYPE.NSEC3) || zone.rrsetTtl[r] === expected) continue;
    const name = zone.rrsetName[r]!;
    const found = zone.rrsetTtl[r]!;
    report(
      'VERIFY-DENIAL-TTL',
      { name, type, record: zone.rrsetFirstRecord[r]!, found: `${found}`, expected: `${expected}` },
      () => `${printName(nameOf(zone, name))} ${typeMnemonic(type)}: TTL is ${found}, not ${expected} (RFC 9077)`,
    );
  }
}
