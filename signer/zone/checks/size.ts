import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import type { Zone } from '../zone.ts';
import { rrsetOwner } from './records.ts';
import { atRecord, type Check } from './sighting.ts';

const MAX_MESSAGE = 0xffff;
/** Header, and type and class of the question (RFC 1035 4.1). */
const HEADER = 12 + 4;
/** Owner as a compression pointer, type, class, TTL, length of RDATA. */
const PER_RECORD = 12;
/** A signature with an RSA key of 4096 bits, without the signer's name (RFC 4034 3.1). */
const SIGNATURE = PER_RECORD + 18 + 512;

/** Types whose names in RDATA may be compressed (RFC 3597 4) and the least RDATA that is left then: a pointer for each name. */
const LEAST_RDATA: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 2],
  [TYPE.MD, 2],
  [TYPE.MF, 2],
  [TYPE.CNAME, 2],
  [TYPE.SOA, 24],
  [TYPE.MB, 2],
  [TYPE.MG, 2],
  [TYPE.MR, 2],
  [TYPE.PTR, 2],
  [TYPE.MINFO, 4],
  [TYPE.MX, 4],
]);

/** An RRset is answered in one message of at most 65535 octets (RFC 1035 4.2.2, RFC 2181 5), with its signature once it is signed. */
export const rrsetSize: Check = function* ({ zone }) {
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) {
    const octets = leastMessage(zone, rrset);
    const signed = octets + SIGNATURE + zone.apex.length;
    if (signed <= MAX_MESSAGE || zone.rrsetType[rrset] === TYPE.RRSIG) continue;
    const what = (): string => `${rrsetOwner(zone, rrset)} ${typeMnemonic(zone.rrsetType[rrset]!)}`;
    if (octets > MAX_MESSAGE) {
      yield atRecord('ZONE-RRSET-TOO-LARGE', zone.rrsetFirstRecord[rrset]!, () => ({
        text: `${what()} cannot be answered: its RRset takes ${octets} octets of a message`,
        found: `${octets} octets`,
        expected: `at most ${MAX_MESSAGE} octets`,
      }));
    } else {
      yield atRecord('ZONE-RRSET-LARGE', zone.rrsetFirstRecord[rrset]!, () => ({
        text: `${what()} takes ${octets} octets of a message: with its signature it may not fit`,
        found: `${octets} octets`,
        expected: `at most ${MAX_MESSAGE - signed + octets} octets`,
      }));
    }
  }
};

function leastMessage(zone: Zone, rrset: number): number {
  const from = zone.rrsetFirstRecord[rrset]!;
  const to = zone.rrsetFirstRecord[rrset + 1]!;
  let octets = HEADER + zone.nameLength[zone.rrsetName[rrset]!]! + (to - from) * PER_RECORD;
  const least = LEAST_RDATA.get(zone.rrsetType[rrset]!);
  if (least !== undefined) return octets + (to - from) * least;
  for (let k = from; k < to; k++) octets += zone.rdataLength[k]!;
  return octets;
}
