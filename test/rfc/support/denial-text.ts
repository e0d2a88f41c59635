import { latin1, WireWriter } from '../../../signer/dns/bytes.ts';
import { printName } from '../../../signer/dns/name.ts';
import { printRdata } from '../../../signer/dns/rdata/registry.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import type { Denial } from '../../../signer/dnssec/denial.ts';
import { nsec3Owner } from '../../../signer/plan-data.ts';
import { findRrset, nameOf, type Zone } from '../../../signer/zone/zone.ts';
import { rdatasOf } from './vector-zone.ts';

export function rdataText(type: number, rdata: Uint8Array): string {
  const out = new WireWriter();
  printRdata(type, rdata, 0, rdata.length, out);
  return latin1(out.bytes, 0, out.length);
}

/** The chain as lines `owner TYPE RDATA`, in its own order. */
export function chainLines(zone: Zone, denial: Denial): readonly string[] {
  return Array.from({ length: denial.count }, (_, i) => {
    const rdata = denial.rdata.bytes.slice(denial.rdataAt[i]!, denial.rdataAt[i + 1]!);
    if (denial.kind === 'nsec') return `${printName(nameOf(zone, denial.names[i]!))} NSEC ${rdataText(TYPE.NSEC, rdata)}`;
    return `${printName(nsec3Owner(zone, denial.hashes, i, new Uint8Array(256)))} NSEC3 ${rdataText(TYPE.NSEC3, rdata)}`;
  });
}

/** The same of the records of one type that stand in a zone, in canonical order of their owners. */
export function recordLines(zone: Zone, type: number, mnemonic: string): readonly string[] {
  return Array.from({ length: zone.nameCount }, (_, i) => i)
    .filter((i) => findRrset(zone, i, type) >= 0)
    .flatMap((i) => rdatasOf(zone, i, type).map((rdata) => `${printName(nameOf(zone, i))} ${mnemonic} ${rdataText(type, rdata)}`));
}
