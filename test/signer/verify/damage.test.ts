import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyZone } from '../../../signer/verify/verify-zone.ts';
import { type Base, makeBase, NSEC, NSEC3, NSEC3_OPT_OUT, ORIGIN, signBase } from '../../mutations/base-zone.ts';
import { parentOf, type Rr } from '../../support/soft-records.ts';
import { findCuts } from '../../support/soft-signer.ts';
import { toZone } from '../../support/soft-zone.ts';
import { errorIds } from './load-zone.ts';

const now = 1_790_000_000;

type Damage =
  | { readonly kind: 'flip'; readonly octet: number; readonly mask: number }
  | { readonly kind: 'cut'; readonly octets: number }
  | { readonly kind: 'fill'; readonly rdata: Uint8Array }
  | { readonly kind: 'drop' }
  | { readonly kind: 'ttl'; readonly by: number }
  | { readonly kind: 'move' };

/** 0x20 alone may change letter case, which means nothing in names that are canonicalized. */
const mask = fc.integer({ min: 1, max: 255 }).filter((m) => m !== 0x20);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), octet: fc.nat(500), mask }),
  fc.record({ kind: fc.constant('cut' as const), octets: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('fill' as const), rdata: fc.uint8Array({ maxLength: 60 }) }),
  fc.constant({ kind: 'drop' as const }),
  fc.record({ kind: fc.constant('ttl' as const), by: fc.integer({ min: 1, max: 5 }) }),
  fc.constant({ kind: 'move' as const }),
);

function apply(records: readonly Rr[], at: number, how: Damage): Rr[] {
  const record = records[at]!;
  const with_ = (change: Partial<Rr>): Rr[] => records.with(at, { ...record, ...change });
  switch (how.kind) {
    case 'flip': {
      const rdata = Buffer.from(record.rdata);
      rdata[how.octet % rdata.length]! ^= how.mask;
      return with_({ rdata });
    }
    case 'cut':
      return with_({ rdata: record.rdata.subarray(0, Math.max(0, record.rdata.length - how.octets)) });
    case 'fill':
      return with_({ rdata: Buffer.from(how.rdata) });
    case 'drop':
      return records.toSpliced(at, 1);
    case 'ttl':
      return with_({ ttl: record.ttl + how.by });
    case 'move':
      return with_({ owner: record.owner === ORIGIN ? `x.${ORIGIN}` : parentOf(record.owner) });
    default:
      return how satisfies never;
  }
}

async function errorsAfter(records: readonly Rr[], at: number, how: Damage): Promise<readonly string[]> {
  return errorIds((await verifyZone(toZone(apply(records, at, how), ORIGIN), { now })).findings);
}

function damaged(records: readonly Rr[], candidates: readonly number[], runs: number): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.constantFrom(...candidates), damage, async (at, how) => {
      expect(await errorsAfter(records, at, how)).not.toEqual([]);
    }),
    { numRuns: runs },
  );
}

const signed = (denial: Parameters<typeof makeBase>[0], zonemd: boolean): Rr[] => {
  const base: Base = makeBase(denial, now, { algorithm: 15, zonemd });
  return signBase(base);
};
const every = (records: readonly Rr[]): number[] => records.map((_, i) => i);

describe('any one record changed is an error, and no change makes the verifier throw', () => {
  test.each([
    ['NSEC', NSEC],
    ['NSEC3', NSEC3],
    ['NSEC3 with opt-out', NSEC3_OPT_OUT],
  ])('%s with ZONEMD: glue and delegations too', async (_what, denial) => {
    const records = signed(denial, true);
    await damaged(records, every(records), 250);
  });

  test.each([
    ['NSEC', NSEC],
    ['NSEC3', NSEC3],
  ])('%s without ZONEMD: all that is signed', async (_what, denial) => {
    const records = signed(denial, false);
    const cuts = findCuts(records, ORIGIN);
    const covered = every(records).filter((i) => cuts.isAuthoritative(records[i]!) || records[i]!.type === 'RRSIG');
    await damaged(records, covered, 250);
  });
});

test('each record in turn taken out of the zone with a digest is missed', async () => {
  const records = signed(NSEC, true);
  for (const at of every(records)) {
    // without the ZONEMD record there is no digest to be missed; its signature and the bitmap tell
    expect(await errorsAfter(records, at, { kind: 'drop' }), `${records[at]!.owner} ${records[at]!.type}`).not.toEqual([]);
  }
});
