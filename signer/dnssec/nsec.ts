import { WireWriter } from '../dns/bytes.ts';
import { TYPE } from '../dns/rrtype.ts';
import { NAME_KIND } from '../zone/cuts.ts';
import type { Zone } from '../zone/zone.ts';
import { bitmapScratch, bitmapTypes, type NsecChain } from './denial.ts';
import { appendTypeBitmap } from './type-bitmap.ts';

/**
 * NSEC chain: one record for each name with authoritative data or a delegation, next name in canonical order, the last
 * back to the apex (RFC 4034 4, RFC 4035 2.3).
 * @param kinds of classifyNames
 */
export function nsecChain(zone: Zone, kinds: Uint8Array, ttl: number): NsecChain {
  const names = ownersOf(zone, kinds);
  const rdata = new WireWriter(Math.max(256, names.length * 32));
  const rdataAt = new Uint32Array(names.length + 1);
  const types = bitmapScratch(zone);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const next = names[i + 1 === names.length ? 0 : i + 1]!;
    const nextAt = zone.nameAt[next]!;
    rdata.append(zone.wire, nextAt, nextAt + zone.nameLength[next]!);
    appendTypeBitmap(types, bitmapTypes(zone, name, kinds[name]!, TYPE.NSEC, types), rdata);
    rdataAt[i + 1] = rdata.length;
  }
  return { kind: 'nsec', ttl, count: names.length, names, rdata, rdataAt };
}

function ownersOf(zone: Zone, kinds: Uint8Array): Uint32Array {
  const owners = new Uint32Array(zone.nameCount);
  let count = 0;
  for (let i = 0; i < zone.nameCount; i++)
    if (kinds[i] === NAME_KIND.authoritative || kinds[i] === NAME_KIND.delegation) owners[count++] = i;
  return owners.slice(0, count);
}
