import { equalBytes } from '../../dns/bytes.ts';
import { printName } from '../../dns/name.ts';
import { TYPE, typeMnemonic } from '../../dns/rrtype.ts';
import { DIGEST, dsRdata } from '../../dnssec/dnskey.ts';
import { findRrset, rdataOf, type Zone } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { ownerText, plural, readU16, recordCount, rrsetOwner, rrsetsOfType } from './records.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';

/** CDS and CDNSKEY stand at the apex (RFC 7344 4.1), or at the signalling names of RFC 9615: `_dsboot.<child>._signal.<server>`. */
export const cdsPlace: Check = function* ({ zone, apex }) {
  for (const type of [TYPE.CDS, TYPE.CDNSKEY]) {
    for (const rrset of rrsetsOfType(zone, type)) {
      const name = zone.rrsetName[rrset]!;
      if (name === apex || isSignallingName(ownerText(zone, name))) continue;
      yield atRecord('ZONE-CDS-NOT-AT-APEX', zone.rrsetFirstRecord[rrset]!, () => ({
        text: `${typeMnemonic(type)} of ${rrsetOwner(zone, rrset)} is not at the apex: no parent reads it`,
        found: rrsetOwner(zone, rrset),
        expected: printName(zone.apex),
      }));
    }
  }
};

function isSignallingName(owner: string): boolean {
  return owner.startsWith('_dsboot.') && owner.includes('._signal.');
}

/** What the apex tells its parent: CDS and CDNSKEY that agree with each other and with the DNSKEY RRset (RFC 7344 4, 4.1; RFC 8078 4). */
export const cdsConsistent: Check = function* (context) {
  const cds = findRrset(context.zone, context.apex, TYPE.CDS);
  const cdnskey = findRrset(context.zone, context.apex, TYPE.CDNSKEY);
  if (cds >= 0) yield* deletion(context, cds);
  if (cdnskey >= 0) yield* deletion(context, cdnskey);
  if (cds >= 0 && cdnskey >= 0) yield* agreement(context, cds, cdnskey);
  else if (cds >= 0 || cdnskey >= 0) yield alone(context, Math.max(cds, cdnskey));
  const dnskey = findRrset(context.zone, context.apex, TYPE.DNSKEY);
  if (dnskey < 0) return;
  for (const rrset of [cds, cdnskey]) if (rrset >= 0) yield* knownKeys(context, rrset, dnskey);
};

/** Algorithm octet: key tag(2) algorithm in a CDS, flags(2) protocol(1) algorithm in a CDNSKEY; -1 where the RDATA is too short. */
function algorithmOf(zone: Zone, type: number, record: number): number {
  if (zone.rdataLength[record]! < 4) return -1;
  return zone.wire[zone.rdataAt[record]! + (type === TYPE.CDS ? 2 : 3)]!;
}

/** Algorithm 0 asks the parent to remove the DS RRset, and stands alone (RFC 8078 4). */
function* deletion({ zone }: CheckContext, rrset: number): Generator<Sighting, void> {
  const type = zone.rrsetType[rrset]!;
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    if (algorithmOf(zone, type, k) !== 0) continue;
    const others = recordCount(zone, rrset) - 1;
    yield others > 0
      ? atRecord('ZONE-CDS-DELETE-MIXED', k, () => ({
          text: `${typeMnemonic(type)} of ${rrsetOwner(zone, rrset)} asks for deletion of the DS and has ${plural(others, 'other record')}`,
          found: plural(others + 1, 'record'),
          expected: 'the deletion alone, or none',
        }))
      : atRecord('ZONE-CDS-DELETE', k, () => ({
          text: `${typeMnemonic(type)} of ${rrsetOwner(zone, rrset)} asks the parent to remove the DS: the zone becomes unsigned`,
          found: 'algorithm 0',
        }));
    return;
  }
}

function alone({ zone }: CheckContext, rrset: number): Sighting {
  const type = zone.rrsetType[rrset]!;
  const missing = type === TYPE.CDS ? 'CDNSKEY' : 'CDS';
  return atRecord('ZONE-CDS-ALONE', zone.rrsetFirstRecord[rrset]!, () => ({
    text: `${rrsetOwner(zone, rrset)} has ${typeMnemonic(type)} but no ${missing}: some parents read only the other`,
    found: typeMnemonic(type),
    expected: 'CDS and CDNSKEY',
  }));
}

/** Each CDS has its CDNSKEY, and each CDNSKEY a CDS. */
function* agreement({ zone }: CheckContext, cds: number, cdnskey: number): Generator<Sighting, void> {
  yield* unmatched(zone, cds, (record) => anyRecord(zone, cdnskey, (key) => isDigestOf(zone, record, key)), 'CDNSKEY');
  yield* unmatched(zone, cdnskey, (record) => anyRecord(zone, cds, (digest) => isDigestOf(zone, digest, record)), 'CDS');
}

function* unmatched(zone: Zone, rrset: number, isMatched: (record: number) => boolean, other: string): Generator<Sighting, void> {
  const type = zone.rrsetType[rrset]!;
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    if (algorithmOf(zone, type, k) < 0 || isMatched(k)) continue;
    yield atRecord('ZONE-CDS-MISMATCH', k, () => ({
      text: `${typeMnemonic(type)} ${keyText(zone, type, k)} of ${rrsetOwner(zone, rrset)} has no ${other} for the same key`,
      found: keyText(zone, type, k),
      expected: `a ${other} for the same key`,
    }));
  }
}

/** Each CDS and CDNSKEY stands for a key of the DNSKEY RRset (RFC 7344 4.1). */
function* knownKeys({ zone }: CheckContext, rrset: number, dnskey: number): Generator<Sighting, void> {
  const type = zone.rrsetType[rrset]!;
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
    if (algorithmOf(zone, type, k) <= 0) continue;
    const isKnown = anyRecord(zone, dnskey, (key) =>
      type === TYPE.CDS ? isDigestOf(zone, k, key) : equalBytes(rdataOf(zone, k), rdataOf(zone, key)),
    );
    if (isKnown) continue;
    yield atRecord('ZONE-CDS-WITHOUT-DNSKEY', k, () => ({
      text: `${typeMnemonic(type)} ${keyText(zone, type, k)} of ${rrsetOwner(zone, rrset)} is for no key of the DNSKEY RRset`,
      found: keyText(zone, type, k),
      expected: 'a key of the DNSKEY RRset',
    }));
  }
}

function anyRecord(zone: Zone, rrset: number, test: (record: number) => boolean): boolean {
  for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) if (test(k)) return true;
  return false;
}

const DIGESTS_MADE: ReadonlySet<number> = new Set(Object.values(DIGEST));

/** Is the CDS made from the (C)DNSKEY? Tag and algorithm decide where the digest cannot be computed; two deletions match. */
function isDigestOf(zone: Zone, cds: number, key: number): boolean {
  const rdata = rdataOf(zone, key);
  if (rdata.length < 4 || zone.rdataLength[cds]! < 4) return false;
  const at = zone.rdataAt[cds]!;
  if (zone.wire[at + 2] !== rdata[3]) return false;
  if (rdata[3] === 0) return true;
  const digestType = zone.wire[at + 3]!;
  const expected = dsRdata(zone.apex, rdata, DIGESTS_MADE.has(digestType) ? digestType : DIGEST.sha256);
  if (!DIGESTS_MADE.has(digestType)) return readU16(expected, 0) === readU16(zone.wire, at);
  return equalBytes(expected, rdataOf(zone, cds));
}

/** `12345 13 2` of a CDS, `257 13` of a CDNSKEY. */
function keyText(zone: Zone, type: number, record: number): string {
  const at = zone.rdataAt[record]!;
  const number = readU16(zone.wire, at);
  return type === TYPE.CDS ? `${number} ${zone.wire[at + 2]} ${zone.wire[at + 3]}` : `${number} ${zone.wire[at + 3]}`;
}

const CSYNC_FLAGS = 0x0003;

/** CSYNC: one record, at the apex, with known flags only (RFC 7477 2, 2.1.1.2). */
export const csync: Check = function* ({ zone, apex }) {
  for (const rrset of rrsetsOfType(zone, TYPE.CSYNC)) {
    const first = zone.rrsetFirstRecord[rrset]!;
    if (zone.rrsetName[rrset] !== apex) {
      yield atRecord('ZONE-CSYNC-NOT-AT-APEX', first, () => ({
        text: `CSYNC of ${rrsetOwner(zone, rrset)} is not at the apex: no parent reads it`,
        found: rrsetOwner(zone, rrset),
        expected: printName(zone.apex),
      }));
    }
    if (recordCount(zone, rrset) > 1) {
      yield atRecord('ZONE-CSYNC-MULTIPLE', first + 1, () => ({
        text: `${rrsetOwner(zone, rrset)} has ${recordCount(zone, rrset)} CSYNC records: the parent ignores all of them`,
        found: `${recordCount(zone, rrset)}`,
        expected: '1',
      }));
    }
    for (let k = first; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      if (zone.rdataLength[k]! < 6) continue;
      const flags = readU16(zone.wire, zone.rdataAt[k]! + 4);
      if ((flags & ~CSYNC_FLAGS) === 0) continue;
      yield atRecord('ZONE-CSYNC-FLAGS', k, () => ({
        text: `CSYNC of ${rrsetOwner(zone, rrset)} has the flags ${flags}, of which only immediate (1) and soaminimum (2) are defined`,
        found: `${flags}`,
        expected: '0 to 3',
      }));
    }
  }
};
