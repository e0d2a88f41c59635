import { printName } from '../../dns/name.ts';
import { isSignerOwned, SIGNER_OWNED, typeMnemonic } from '../../dns/rrtype.ts';
import type { RecordStore } from '../record-store.ts';
import { plural } from './records.ts';
import { atLeftover, type Check, inZone, type Place } from './sighting.ts';

/** Records that are not at or below the apex do not belong to the zone (RFC 1035 5.2); they are left out. */
export const outOfZone: Check = function* ({ zone, options: { records } }) {
  const origin = printName(zone.apex);
  const left = zone.left.outOfZone;
  if (records === undefined && left.length > 0) {
    yield inZone('ZONE-OUT-OF-ZONE', () => ({
      text: `${plural(left.length, 'record')} outside the zone ${origin}: left out`,
      found: `${left.length}`,
    }));
  } else if (records !== undefined) {
    for (const k of left) {
      yield atLeftover('ZONE-OUT-OF-ZONE', records, k, () => ({
        text: `${storeOwner(records, k)} ${typeMnemonic(records.type[k]!)} is not in the zone ${origin}; it is left out`,
        found: storeOwner(records, k),
        expected: `a name at or below ${origin}`,
      }));
    }
  }
};

/** Each record stands once in an RRset (RFC 2181 5); repetitions are left out. */
export const duplicates: Check = function* ({ zone, options: { records } }) {
  const left = zone.left.duplicates;
  if (records === undefined && left.length > 0) {
    yield inZone('ZONE-DUPLICATE', () => ({ text: `${plural(left.length, 'repeated record')}: left out`, found: `${left.length}` }));
  } else if (records !== undefined) {
    for (const k of left) {
      yield atLeftover('ZONE-DUPLICATE', records, k, () => ({
        text: `${storeOwner(records, k)} ${typeMnemonic(records.type[k]!)} repeats a record; it is left out`,
        expected: 'each record once',
      }));
    }
  }
};

function storeOwner(records: RecordStore, record: number): string {
  return printName(records.wire.bytes, records.nameAt[records.owner[record]!]!);
}

interface Tally {
  count: number;
  readonly first: Place;
}

/** Records that the signer makes itself are taken out of the input. One finding a type, with the count. */
export const signerOwned: Check = function* ({ zone, apex, options: { records } }) {
  const seen = new Map<number, Tally>();
  const add = (type: number, count: number, first: Place): void => {
    const entry = seen.get(type);
    if (entry === undefined) seen.set(type, { count, first });
    else entry.count += count;
  };
  for (let r = 0; r < zone.rrsetCount; r++) {
    const record = zone.rrsetFirstRecord[r]!;
    const isGenerated = zone.recordLine[record] === 0 && records !== undefined;
    if (isGenerated || !isSignerOwned(zone.rrsetType[r]!, zone.rrsetName[r] === 0 && apex === 0)) continue;
    add(zone.rrsetType[r]!, zone.rrsetFirstRecord[r + 1]! - record, { kind: 'record', record });
  }
  if (records !== undefined) {
    for (const record of zone.left.dropped)
      if (SIGNER_OWNED.has(records.type[record]!)) add(records.type[record]!, 1, { kind: 'leftover', records, record });
  }
  for (const [type, { count, first }] of [...seen].sort(([a], [b]) => a - b)) {
    const word = () => ({
      text: `${plural(count, `${typeMnemonic(type)} record`)} in the input: signing strips them and makes its own`,
      found: `${count}`,
      expected: '0',
    });
    yield { id: 'ZONE-SIGNER-OWNED', place: first, word };
  }
  if (records === undefined && zone.left.dropped.length > 0) {
    const count = zone.left.dropped.length;
    yield inZone('ZONE-SIGNER-OWNED', () => ({
      text: `${plural(count, 'record')} of the signer's own types stripped from the input`,
      found: `${count}`,
    }));
  }
};
