import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentsOf } from '../../../keystore/rollover/contents.ts';
import type { RollKey, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { DnskeyContent, DsContent, Operator, Version, World } from '../../../keystore/rollover/simulate/history.ts';
import { historyOf } from '../../../keystore/rollover/simulate/history.ts';
import type { ForeignKey, StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { Refusal } from '../../../signer/errors.ts';
import { key, RULES, simulate, zoneOf } from '../engine/support.ts';
import { BEGINNING, dnskey, ds, signedBy } from './world.ts';

/** A is the engine; B is another operator, whose acts are those of RFC 8901. */
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

/** What is done one second too early. */
type Early = 'none' | 'names-b' | 'signs' | 'leaves';

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

const rulesOf = (t: Times): RollRules => ({
  ...RULES,
  propagation: t.dprpA,
  parentPropagation: t.dprpP,
  keyTtl: t.keyA,
  signatureTtl: Math.max(t.keyA, t.sigA),
  negativeTtl: 1,
  dsTtl: t.ttlDs,
});

const foreign = (name: string, keyTag: number): ForeignKey => ({
  name,
  role: name.startsWith('K') ? 'ksk' : 'zsk',
  algorithm: 8,
  keyTag,
});
const KB = foreign('KB', 1000);
const ZB = foreign('ZB', 2000);
const ZC = foreign('ZC', 3000);

/** The engine of A from rollover to rollover; what it publishes and asks for is written down. */
class Engine {
  readonly rules: RollRules;
  zone: ZoneRoll;
  readonly dnskey: Version<DnskeyContent>[] = [];
  readonly ds: Version<DsContent>[] = [];

  constructor(rules: RollRules) {
    this.rules = rules;
    const named = (name: string, role: RollKey['role'], keyTag: number): RollKey => ({
      ...key(name, role, { vector: 'OOO', algorithm: 8 }),
      keyTag,
    });
    const zsk = named('ZA', 'zsk', 500);
    this.zone = zoneOf([named('KA', 'ksk', 100), zsk]);
    this.write(BEGINNING);
  }

  /** @returns when the rollover is over @throws Refusal roll/… */
  roll(what: StartWhat, now: number): number {
    const begun = start(this.zone, this.rules, what, { id: 1, now, reason: 'test' });
    const stages = simulate(begun, this.rules, now);
    for (const { zone, at } of stages) {
      this.zone = zone;
      this.write(at);
    }
    expect(this.zone.roll).toBeUndefined();
    return stages.at(-1)!.at;
  }

  write(at: number): void {
    const contents = contentsOf(this.zone, this.rules);
    this.dnskey.push({
      at,
      content: dnskey(`${contents.dnskey.map(({ name }) => name).join(' ')}/${contents.signsKeys.join(' ')}`, this.rules.keyTtl),
    });
    this.ds.push({ at, content: ds(contents.ds.join(' '), this.rules.dsTtl) });
  }
}

/** The first moment at which this start is not refused. */
function firstMoment(engine: Engine, what: StartWhat, from: number): number {
  for (let now = from; ; now++) {
    try {
      start(engine.zone, engine.rules, what, { id: 1, now, reason: 'test' });
      return now;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'roll/still-served' || now > from + 100) throw error;
    }
  }
}

/** B joins, rolls its ZSK, and one of the two leaves. The engine decides when it may; `early` takes one second off that. */
function life(t: Times, leaver: 'A' | 'B', early: Early): World {
  const engine = new Engine(rulesOf(t));
  const less = (act: Early): number => (act === early ? 1 : 0);
  const joined = engine.roll({ kind: 'join', operator: 'B', keys: [KB, ZB] }, 0) - less('names-b');
  const roll = joined + 100;
  const imported = engine.roll({ kind: 'join', operator: 'B', keys: [KB, ZB, ZC] }, roll);
  const signs = Math.max(imported - less('signs'), roll + t.dprpB + t.keyB);
  const leaving = signs + 200;
  const end = leaving + t.ttlNs + t.dprpP;
  const served = leaver === 'A' ? { keyTtl: t.keyA, signatureTtl: t.sigA } : { keyTtl: t.keyB, signatureTtl: t.sigB };
  const what: StartWhat = { kind: 'leave', operator: leaver === 'A' ? 'self' : 'B', servedUntil: end - less('leaves'), ...served };
  const allowed = firstMoment(engine, what, end - 1);
  engine.roll(what, allowed);
  const a: Operator = {
    name: 'A',
    dprpC: t.dprpA,
    service: { from: Number.NEGATIVE_INFINITY, to: leaver === 'A' ? end : Number.POSITIVE_INFINITY },
    dnskey: historyOf(engine.dnskey),
    data: [{ name: 'data', versions: [{ at: BEGINNING, content: signedBy('ZA', t.sigA) }] }],
  };
  const b: Operator = {
    name: 'B',
    dprpC: t.dprpB,
    service: { from: joined, to: leaver === 'B' ? end : Number.POSITIVE_INFINITY },
    dnskey: [
      { at: 0, content: dnskey('KB ZB ZA/KB', t.keyB) },
      { at: roll, content: dnskey('KB ZB ZC ZA/KB', t.keyB) },
      // B drops ZA in its own time (RFC 8901 8).
      ...(leaver === 'A' ? [{ at: end + t.sigA, content: dnskey('KB ZB ZC/KB', t.keyB) }] : []),
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
  return { operators: [a, b], ds: historyOf(engine.ds), dprpP: t.dprpP, skew: 0 };
}

// RFC 8901 6.2, 8; RFC 6781 4.3.5.1.
test.each(['A', 'B'] as const)('a join and a leave of %s that the engine carries out are bogus for nobody', (leaver) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(checkWorld(life(t, leaver, 'none'))).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

/** Whether the wait of the engine is the one that binds; without a name it always is. */
const BINDS: readonly (readonly [Early, 'A' | 'B', (t: Times) => boolean])[] = [
  ['names-b', 'B', () => true],
  ['signs', 'B', (t) => t.dprpA + t.keyA > t.dprpB + t.keyB],
  ['leaves', 'B', () => true],
  ['leaves', 'A', (t) => t.keyA >= t.sigA],
];

test.each(BINDS)('one second less is bogus: %s, leaver %s', (early, leaver, binds) => {
  fc.assert(
    fc.property(anyTimes, (t) => {
      expect(checkWorld(life(t, leaver, early)) !== undefined).toBe(binds(t));
    }),
    { numRuns: 200 },
  );
});
