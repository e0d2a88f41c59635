import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { Operator, World } from '../../../keystore/rollover/simulate/history.ts';
import { BEGINNING, dnskey, ds, signedBy } from './world.ts';

interface Times {
  readonly dprpA: number;
  readonly dprpB: number;
  readonly dprpP: number;
  readonly keyA: number;
  readonly keyB: number;
  readonly sigA: number;
  readonly sigB: number;
  readonly ttlDs: number;
  readonly ttlNs: number;
}

/** The waits of a join of B and a leave of A (RFC 8901 model 2, 6.2, 8). */
interface Waits {
  readonly imported: number;
  readonly ds: number;
  readonly zskAtA: number;
  readonly zskAtB: number;
  readonly dropDs: number;
  readonly dropZsk: number;
}

const ttl = fc.integer({ min: 1, max: 40 });
const delay = fc.integer({ min: 0, max: 20 });
const anyTimes: fc.Arbitrary<Times> = fc.record({
  dprpA: delay,
  dprpB: delay,
  dprpP: delay,
  keyA: ttl,
  keyB: ttl,
  sigA: ttl,
  sigB: ttl,
  ttlDs: ttl,
  ttlNs: ttl,
});

const waitsOf = (t: Times): Waits => ({
  imported: t.dprpA + t.keyA,
  ds: t.dprpP + t.ttlDs,
  zskAtA: t.dprpA + t.keyA,
  zskAtB: t.dprpB + t.keyB,
  dropDs: t.keyA,
  dropZsk: t.sigA,
});

/** Time 0: A imports ZB, and the DS RRset gets KB. Then the NS RRset gets B, B rolls its ZSK, A leaves the NS RRset. */
function handover(t: Times, waits: Waits): World {
  const joined = Math.max(waits.imported, waits.ds);
  const roll = joined + 100;
  const signs = roll + Math.max(waits.zskAtA, waits.zskAtB);
  const leave = signs + 200;
  const end = leave + t.ttlNs + t.dprpP;
  const a: Operator = {
    name: 'A',
    dprpC: t.dprpA,
    service: { from: Number.NEGATIVE_INFINITY, to: end },
    dnskey: [
      { at: BEGINNING, content: dnskey('KA ZA/KA', t.keyA) },
      { at: 0, content: dnskey('KA ZA ZB/KA', t.keyA) },
      { at: roll, content: dnskey('KA ZA ZB ZC/KA', t.keyA) },
    ],
    data: [{ name: 'data', versions: [{ at: BEGINNING, content: signedBy('ZA', t.sigA) }] }],
  };
  const b: Operator = {
    name: 'B',
    dprpC: t.dprpB,
    service: { from: joined, to: Number.POSITIVE_INFINITY },
    dnskey: [
      { at: 0, content: dnskey('KB ZB ZA/KB', t.keyB) },
      { at: roll, content: dnskey('KB ZB ZC ZA/KB', t.keyB) },
      { at: end + waits.dropZsk, content: dnskey('KB ZB ZC/KB', t.keyB) },
    ],
    data: [
      {
        name: 'data',
        versions: [
          { at: 0, content: signedBy('ZB', t.sigB) },
          { at: signs, content: signedBy('ZC', t.sigB) },
        ],
      },
    ],
  };
  return {
    operators: [a, b],
    ds: [
      { at: BEGINNING, content: ds('KA', t.ttlDs) },
      { at: 0, content: ds('KA KB', t.ttlDs) },
      { at: end + waits.dropDs, content: ds('KB', t.ttlDs) },
    ],
    dprpP: t.dprpP,
    skew: 0,
  };
}

test('RFC 8901 6.2, 8: a join and a leave with all waits kept are never bogus', () => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(checkWorld(handover(t, waitsOf(t)))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

/** Whether the wait is the longer one of those that run together. */
const BINDS: readonly (readonly [keyof Waits, (t: Times, w: Waits) => boolean])[] = [
  ['imported', (_, w) => w.imported > w.ds],
  ['ds', (_, w) => w.ds > w.imported],
  ['zskAtA', (_, w) => w.zskAtA > w.zskAtB],
  ['zskAtB', (_, w) => w.zskAtB > w.zskAtA],
  ['dropDs', () => true],
  ['dropZsk', () => true],
];

test.each(BINDS)('one second less of %s is bogus exactly when it is the wait that binds', (wait, binds) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      const waits = waitsOf(t);
      const failure = checkWorld(handover(t, { ...waits, [wait]: waits[wait] - 1 }));
      expect(failure !== undefined).toBe(binds(t, waits));
    }),
    { numRuns: 500 },
  );
});
