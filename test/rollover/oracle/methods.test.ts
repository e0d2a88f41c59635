import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALWAYS, type CheckOptions, checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import { METHODS, type MethodName } from './methods.ts';
import { A, anyTimes, type Method, type Times, type Waits, worldOf } from './world.ts';

const NAMES = Object.keys(METHODS) as MethodName[];
const method = (name: MethodName): Method => METHODS[name];
const profilesOf = (name: MethodName): CheckOptions => (name === 'Algorithm rollover, liberal' ? { profiles: ['L', 'D'] } : {});

function failureOf(name: MethodName, t: Times, waits: Waits = method(name).waits(t)) {
  const { world, insecure } = method(name);
  return checkWorld(world(t, waits), { ...profilesOf(name), insecureAllowed: insecure ? [ALWAYS] : [] });
}

const shorter = (waits: Waits, name: string): Waits => ({ ...waits, [name]: waits[name]! - 1 });

test.each(NAMES)('with the intervals that the RFCs give no cache is bogus: %s', (name) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(failureOf(name, t)).toBeUndefined();
    }),
    { numRuns: 400 },
  );
});

/** Where one second less is bogus whatever the parameters. */
const ALWAYS_TIGHT: readonly (readonly [MethodName, string])[] = [
  ['ZSK Pre-Publication', 'Ipub'],
  ['ZSK Pre-Publication', 'Iret'],
  ['ZSK Double-RRSIG', 'Isig'],
  ['ZSK Double-RRSIG', 'Ikey'],
  ['KSK Double-KSK', 'Iret'],
  ['KSK Double-DS', 'IpubP'],
  ['KSK Double-DS', 'Iret'],
  ['KSK Double-RRset', 'Ipub'],
  ['Algorithm rollover, conservative', 'signatures'],
  ['Algorithm rollover, conservative', 'ds'],
  ['Algorithm rollover, conservative', 'withoutKeys'],
  ['Algorithm rollover, liberal', 'ds'],
  ['CSK straightforward', 'ds'],
  ['CSK delayed signatures', 'IretZ'],
  ['CSK Double-DS', 'Iret'],
  ['Going insecure', 'Iret'],
  ['Going insecure', 'trust'],
];

test.each(ALWAYS_TIGHT)('%s: one second less of %s is bogus with any parameters', (name, wait) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(failureOf(name, t, shorter(method(name).waits(t), wait))?.verdict.kind).toBe('bogus');
    }),
    { numRuns: 400 },
  );
});

/** Where one second less is bogus exactly under a condition: what else is waited for at the same time is not longer. */
const TIGHT_IF: readonly (readonly [MethodName, string, (t: Times) => boolean])[] = [
  // RFC 7583 3.3.1 waits for Trdy before Tsbm; Dreg, which nobody knows, comes on top.
  ['KSK Double-KSK', 'IpubC', (t) => t.Dreg === 0],
  ['Algorithm rollover, conservative', 'keys', (t) => t.Dreg === 0],
  ['Algorithm rollover, liberal', 'both', (t) => t.Dreg === 0],
  // The RFC adds Dsgn to the larger of both TTLs; it counts for the signatures only.
  ['ZSK Double-Signature', 'Iret', (t) => t.TTLsig >= t.TTLkey || t.Dsgn === 0],
  ['CSK pre-publication', 'Ipub', () => true],
  ['CSK pre-publication', 'IretK', (t) => t.Dreg + t.DprpP + t.TTLds > t.Dsgn + t.DprpC + t.TTLsig],
  ['CSK pre-publication', 'IretZ', (t) => t.Dsgn + t.DprpC + t.TTLsig > t.Dreg + t.DprpP + t.TTLds],
  ['CSK Double-DS', 'Ipub', () => true],
  ['CSK delayed signatures', 'Ipub', (t) => t.Dreg === 0],
  ['First signing', 'sig', (t) => t.Dsgn > 0 || t.TTLsig > t.TTLneg],
];

test.each(TIGHT_IF)('%s: one second less of %s is bogus exactly when nothing else makes up for it', (name, wait, binds) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(failureOf(name, t, shorter(method(name).waits(t), wait)) !== undefined).toBe(binds(t));
    }),
    { numRuns: 400 },
  );
});

test('RFC 6781 4.1.4: the liberal approach passes validators that take any path, and always fails those that want every algorithm', () => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      const world = METHODS['Algorithm rollover, liberal'].world(t, METHODS['Algorithm rollover, liberal'].waits(t));
      expect(checkWorld(world, { profiles: ['L', 'D'] })).toBeUndefined();
      expect(checkWorld(world, { profiles: ['S'] })?.verdict).toMatchObject({
        reason: { kind: 'algorithm-without-signature', of: 'DNSKEY' },
      });
    }),
    { numRuns: 400 },
  );
});

test('RFC 6840 5.11: the liberal approach is not for those who keep validated keys and insist on the old algorithm, or know no other', () => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      const liberal = METHODS['Algorithm rollover, liberal'];
      const world = liberal.world(t, liberal.waits(t));
      expect(checkWorld(world, { profiles: ['D'], supported: ['all'], keepers: 'every' })).toMatchObject({ isKept: true });
      expect(checkWorld(world, { profiles: ['L'], supported: [[8]], keepers: 'every' })).toMatchObject({ isKept: true });
      // Old signatures that stay TTLkey longer serve them.
      const longer = liberal.world(t, { ...liberal.waits(t), ds: t.DprpP + t.TTLds + t.TTLkey });
      expect(checkWorld(longer, { profiles: ['L', 'D'], keepers: 'every' })).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test('first signing: a DS while a negative answer from before is remembered is bogus', () => {
  const t: Times = { DprpC: 2, DprpP: 0, TTLkey: 5, TTLsig: 7, TTLds: 60, TTLneg: 30, Dsgn: 0, Dreg: 0 };
  const at = (time: number) =>
    checkWorld(
      worldOf(t, {
        keys: [
          [-1000, ''],
          [0, 'K1 Z1/K1'],
        ],
        data: [
          [-1000, ''],
          [0, 'Z1'],
        ],
        parent: [
          [-1000, ''],
          [time, 'K1'],
        ],
      }),
      { insecureAllowed: [ALWAYS] },
    );
  expect(at(9)?.verdict.kind).toBe('bogus');
  expect(at(31)?.verdict.kind).toBe('bogus');
  expect(at(32)).toBeUndefined();
});

interface Replay {
  readonly method: MethodName;
  readonly oneSecondLessIsBogus: Readonly<Record<string, boolean>>;
}

const REPLAY = JSON.parse(readFileSync(new URL('../vectors/tightness.json', import.meta.url), 'utf8')) as {
  readonly replay: readonly Replay[];
};

test.each(REPLAY.replay)(
  'the vectors: $method with Dprp 1 h, TTLkey 1 h, TTLsig and TTLds 1 d, Dsgn 7 d',
  ({ method: name, oneSecondLessIsBogus }) => {
    const t: Times = { ...A, Dsgn: name === 'First signing' ? 0 : 7 * 86_400 };
    const waits = method(name).waits(t);
    expect(failureOf(name, t)).toBeUndefined();
    const found = Object.fromEntries(
      Object.keys(oneSecondLessIsBogus).map((wait) => [wait, failureOf(name, t, shorter(waits, wait)) !== undefined]),
    );
    expect(found).toEqual(oneSecondLessIsBogus);
  },
);
