import { printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { serialFollows } from '../../dns/serial.ts';
import { findRrset, rdataOf, type Zone } from '../zone.ts';
import type { CheckContext } from './context.ts';
import type { ZoneFindingId } from './rules.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';
import { readSoa, type SoaFields } from './soa-record.ts';
import { targetLookup } from './target.ts';

const DAY = 86_400;

interface Range {
  readonly id: ZoneFindingId;
  readonly field: 'refresh' | 'retry' | 'expire' | 'minimum';
  readonly low: number;
  readonly high: number;
  readonly reference: string;
}

/** What operators' recommendations span, rounded to the generous side. */
const RANGES: readonly Range[] = [
  { id: 'ZONE-SOA-REFRESH', field: 'refresh', low: 1200, high: DAY, reference: 'RFC 1912 2.2' },
  { id: 'ZONE-SOA-RETRY', field: 'retry', low: 120, high: DAY, reference: 'RFC 1912 2.2' },
  { id: 'ZONE-SOA-EXPIRE', field: 'expire', low: 7 * DAY, high: 60 * DAY, reference: 'RFC 1912 2.2' },
  { id: 'ZONE-SOA-MINIMUM', field: 'minimum', low: 60, high: DAY, reference: 'RFC 2308 5' },
];

/** The SOA at the apex, where there is one that can be read. */
function apexSoa({ zone, apex }: CheckContext): { readonly record: number; readonly soa: SoaFields } | undefined {
  const rrset = findRrset(zone, apex, TYPE.SOA);
  if (rrset < 0) return undefined;
  const record = zone.rrsetFirstRecord[rrset]!;
  const soa = readSoa(rdataOf(zone, record));
  return soa === undefined ? undefined : { record, soa };
}

/** Timers of the SOA: secondaries must get their tries before they give the zone up (RFC 1912 2.2, RFC 2308 5). */
export const soaTimers: Check = function* (context) {
  const found = apexSoa(context);
  if (found === undefined) return;
  const { record, soa } = found;
  for (const range of RANGES) {
    const value = soa[range.field];
    if (value >= range.low && value <= range.high) continue;
    yield atRecord(range.id, record, () => ({
      text: `SOA ${range.field} is ${value} s, usual are ${range.low} to ${range.high} s (${range.reference})`,
      found: `${value}`,
      expected: `${range.low} to ${range.high}`,
    }));
  }
  if (soa.retry > soa.refresh && soa.retry >= 120 && soa.retry <= DAY) {
    yield atRecord('ZONE-SOA-RETRY', record, () => ({
      text: `SOA retry (${soa.retry} s) is longer than refresh (${soa.refresh} s)`,
      found: `${soa.retry}`,
      expected: `at most ${soa.refresh}`,
    }));
  }
  const needed = soa.refresh + soa.retry;
  if (soa.expire <= needed) {
    yield atRecord('ZONE-SOA-EXPIRE-TOO-SHORT', record, () => ({
      text: `SOA expire (${soa.expire} s) is not longer than refresh and retry together (${needed} s): secondaries drop the zone after one failure`,
      found: `${soa.expire}`,
      expected: `more than ${needed}, better ${14 * DAY}`,
    }));
  }
};

/** MNAME and RNAME of the SOA (RFC 1035 3.3.13). */
export const soaNames: Check = function* (context) {
  const found = apexSoa(context);
  if (found === undefined) return;
  const { zone } = context;
  const { record, soa } = found;
  const at = zone.rdataAt[record]!;
  const target = targetLookup(context)(at, soa.rnameAt);
  if (target.kind === 'alias' || (target.kind === 'bare' && target.cut < 0 && zone.wire[at] !== 0)) {
    yield atRecord('ZONE-SOA-MNAME', record, () => ({
      text: `SOA MNAME ${printName(zone.wire, at)} ${target.kind === 'alias' ? 'is an alias' : 'has no address in this zone'}: NOTIFY and UPDATE cannot find the primary by it`,
      found: printName(zone.wire, at),
      expected: 'a name with an A or AAAA record',
    }));
  }
  yield* mailbox(zone, record, at + soa.rnameAt);
};

/** RNAME is a mailbox with a dot in place of the @ (RFC 1035 8). */
function* mailbox(zone: Zone, record: number, at: number): Generator<Sighting, void> {
  for (let i = at; zone.wire[i] !== 0; i += zone.wire[i]! + 1) {
    if (zone.wire.subarray(i + 1, i + 1 + zone.wire[i]!).includes(0x40)) {
      yield atRecord('ZONE-SOA-RNAME', record, () => ({
        text: `SOA RNAME ${printName(zone.wire, at)} has an @; the mailbox is written with a dot`,
        found: printName(zone.wire, at),
        expected: printName(zone.wire, at).replace('\\@', '.'),
      }));
      return;
    }
  }
}

/** The serial is ahead of the one that is served, in serial number arithmetic (RFC 1982 3.2); exactly 2^31 apart is not ahead. */
export const serialAhead: Check = function* (context) {
  const found = apexSoa(context);
  const previous = context.options.previousSerial;
  if (found === undefined || previous === undefined) return;
  const { serial } = found.soa;
  if (serialFollows(serial, previous)) return;
  yield atRecord('ZONE-SERIAL-NOT-AHEAD', found.record, () => ({
    text: `SOA serial ${serial} does not follow ${previous}: secondaries would keep the old zone`,
    found: `${serial}`,
    expected: `${(previous + 1) >>> 0} or later`,
  }));
};
