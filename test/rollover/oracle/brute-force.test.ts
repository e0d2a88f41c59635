import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALWAYS, checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { DataContent, DnskeyContent, DsContent, History, Span, World } from '../../../keystore/rollover/simulate/history.ts';
import { historyOf } from '../../../keystore/rollover/simulate/history.ts';
import type { Profile } from '../../../keystore/rollover/simulate/validate.ts';
import { validate } from '../../../keystore/rollover/simulate/validate.ts';
import { dnskey, ds, signedBy } from './world.ts';

/** Every second of a small random world, every server, every moment of asking: the definition of the invariants, without any shortcut. */

const PROFILES = ['L', 'D', 'S'] as const satisfies Profile[];
const ALGORITHMS = ['all', [8], [13]] as const;
const END = 60;
const ttl = fc.integer({ min: 0, max: 8 });
const delay = fc.integer({ min: 0, max: 6 });
const historyWith = <C>(content: fc.Arbitrary<C>): fc.Arbitrary<History<C>> =>
  fc
    .tuple(content, fc.array(fc.record({ at: fc.integer({ min: 1, max: 40 }), content }), { maxLength: 4 }))
    .map(([first, later]) => historyOf([{ at: 0, content: first }, ...later]));

const validity = fc.option(fc.record({ inception: fc.integer({ min: -9, max: 3 }), expiration: fc.integer({ min: 45, max: 80 }) }), {
  nil: undefined,
  freq: 3,
});
const timed = <C extends object>(content: fc.Arbitrary<C>) =>
  fc.tuple(content, validity).map(([c, v]) => (v === undefined ? c : { ...c, validity: v }));
const anyDnskey = fc.constantFrom('K1 Z1/K1', 'K1 Z1/K1', 'K1 K2 Z1/K1 K2', 'K1 Z1 Z2/K1', 'K1 Z1 Kn Zn/K1 Kn', '!K1 K2 Z1/K1 K2');
const anyDs = fc.constantFrom('K1', 'K1', 'K1 K2', 'K1 Kn', '');
const anyData = fc.constantFrom('Z1', 'Z1', 'Z1 Z2', 'Z1 Zn', 'Zn', '');

const anyWorld: fc.Arbitrary<World> = fc.record({
  operators: fc
    .record({
      dnskey: historyWith(timed(fc.tuple(anyDnskey, ttl).map(([text, t]) => dnskey(text, t)))),
      dprpC: delay,
      one: historyWith(timed(fc.tuple(anyData, ttl).map(([text, t]) => signedBy(text, t)))),
      other: historyWith(timed(fc.tuple(anyData, ttl).map(([text, t]) => signedBy(text, t)))),
    })
    .map(({ dnskey: keys, dprpC, one, other }) => [
      {
        name: 'zone',
        dnskey: keys,
        dprpC,
        data: [
          { name: 'one', versions: one },
          { name: 'other', versions: other },
        ],
      },
    ]),
  ds: historyWith(fc.tuple(anyDs, ttl).map(([text, t]) => ds(text, t))),
  dprpP: delay,
  skew: fc.integer({ min: 0, max: 3 }),
  until: fc.constant(END),
});
/** Good at first, then the DS goes, all of it or that of the new algorithm, and keys and signatures follow, some too soon. */
const leaving: fc.Arbitrary<World> = fc
  .record({
    begins: fc.constantFrom(
      ...([
        ['K1 Z1/K1', 'Z1', 'K1'],
        ['K1 Z1 Kn Zn/K1 Kn', 'Z1 Zn', 'K1 Kn'],
      ] as const),
    ),
    goesTo: fc.constantFrom('', '', 'K1', 'Kn'),
    dsGoes: fc.integer({ min: 1, max: 25 }),
    ends: fc.constantFrom(
      ...([
        ['', ''],
        ['K1 Z1/K1', ''],
        ['Kn Zn/Kn', 'Zn'],
        ['K1 Z1 Kn Zn/K1 Kn', 'Z1'],
      ] as const),
    ),
    keysGo: fc.integer({ min: 15, max: 45 }),
    dataGoes: fc.integer({ min: 15, max: 45 }),
    again: fc.integer({ min: 1, max: 30 }),
    ttls: fc.tuple(ttl, ttl, ttl, ttl),
    delays: fc.tuple(delay, delay),
    times: validity,
  })
  .map(({ begins, goesTo, dsGoes, ends, keysGo, dataGoes, again, ttls, delays, times }) => {
    const at = <C extends object>(content: C): C => (times === undefined ? content : { ...content, validity: times });
    const first = at(signedBy(begins[1], ttls[2]));
    return {
      operators: [
        {
          name: 'zone',
          dprpC: delays[0],
          dnskey: historyOf([
            { at: 0, content: at(dnskey(begins[0], ttls[0])) },
            { at: again, content: at(dnskey(begins[0], ttls[1])) },
            { at: keysGo, content: dnskey(ends[0], ttls[0]) },
          ]),
          data: [
            {
              name: 'one',
              versions: historyOf([
                { at: 0, content: first },
                { at: dataGoes, content: signedBy(ends[1], ttls[2]) },
              ]),
            },
          ],
        },
      ],
      ds: historyOf([
        { at: 0, content: ds(begins[2], ttls[3]) },
        { at: dsGoes, content: ds(goesTo, ttls[3]) },
      ]),
      dprpP: delays[1],
      skew: 0,
      until: END,
    };
  });
const anySpans = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 30 })).map(([from, length]): Span => ({ from, to: from + length })),
  { maxLength: 2 },
);

/**
 * Contents that a cache may use at a time: asked for at some moment, given out then by some server, and the TTL since is not over. Moments are
 * tried by halves of a second; the last one before a server changes stands for those up to the change, so it keeps half a second longer.
 */
function heldAt<C extends { readonly ttl: number }>(history: History<C>, dprp: number, t: number): C[] {
  const held = new Set<C>();
  history.forEach(({ at, content }, i) => {
    const superseded = history[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    for (let f = at; f <= t; f += 0.5) if (f < superseded + dprp && t < f + content.ttl + 0.5) held.add(content);
    if (t >= at && t < superseded + dprp) held.add(content);
  });
  return [...held];
}

type Chain = readonly [DsContent, DnskeyContent];

/**
 * DNSKEY RRsets that some resolver has validated and not dropped, and with what: got at f from some server, validated at v, when some cache had the DS
 * RRset, kept until the TTL since f is over.
 */
function keptAt({ ds: parent, dprpP, operators: [zone] }: World, t: number): Chain[] {
  const kept: Chain[] = [];
  const { dnskey: history, dprpC } = zone!;
  history.forEach(({ at, content: q }, i) => {
    const superseded = history[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    for (let f = Math.max(at, t - q.ttl); f <= t; f += 0.5)
      if (f < superseded + dprpC && t < f + q.ttl + 0.5)
        for (let v = f; v <= t; v += 0.5) for (const d of heldAt(parent, dprpP, v)) kept.push([d, q]);
  });
  return kept.filter(([d, q], i) => d.keys.length > 0 && kept.findIndex((other) => other[0] === d && other[1] === q) === i);
}

function firstFailureBySeconds(world: World, insecureAllowed: readonly Span[]): number | undefined {
  const [zone] = world.operators;
  const valid = (content: DataContent | DnskeyContent, t: number): boolean =>
    [t - world.skew, t + world.skew].every(
      (clock) => content.validity === undefined || (content.validity.inception <= clock && clock <= content.validity.expiration),
    );
  for (let t = 0; t < END; t++) {
    const secure = !insecureAllowed.some(({ from, to }) => from <= t && t < to);
    const answers = zone!.data.flatMap(({ versions }) => heldAt(versions, zone!.dprpC, t));
    const bogus = (d: DsContent, q: DnskeyContent, s: DataContent): boolean =>
      ALGORITHMS.some((supported) => PROFILES.some((profile) => validate(d, q, s, profile, supported).kind === 'bogus'));
    for (const [d, q] of keptAt(world, t))
      for (const s of answers) if (!(valid(q, t) && (s.signers.length === 0 || valid(s, t))) || bogus(d, q, s)) return t;
    for (const d of heldAt<DsContent>(world.ds, world.dprpP, t))
      for (const q of heldAt(zone!.dnskey, zone!.dprpC, t))
        for (const s of answers) {
          if (d.keys.length > 0 && !(valid(q, t) && valid(s, t))) return t;
          for (const supported of ALGORITHMS)
            for (const profile of PROFILES) {
              const { kind } = validate(d, q, s, profile, supported);
              if (kind === 'bogus' || (kind === 'insecure' && supported === 'all' && secure)) return t;
            }
        }
  }
  return undefined;
}

test('the instants of change are enough: the first failure is that of a search through every second', () => {
  let failures = 0;
  fc.assert(
    fc.property(anyWorld, anySpans, (world, insecureAllowed) => {
      const expected = firstFailureBySeconds(world, insecureAllowed);
      if (expected !== undefined) failures++;
      expect(checkWorld(world, { insecureAllowed })?.at).toBe(expected);
    }),
    { numRuns: 1500 },
  );
  expect(failures).toBeGreaterThan(100);
  expect(failures).toBeLessThan(1500);
});

test('and so are those of resolvers that keep validated keys when the DS is gone', () => {
  let kept = 0;
  let good = 0;
  fc.assert(
    fc.property(leaving, (world) => {
      const found = checkWorld(world, { insecureAllowed: [ALWAYS] });
      expect(found?.at).toBe(firstFailureBySeconds(world, [ALWAYS]));
      if (found?.isKept) kept++;
      if (found === undefined) good++;
    }),
    { numRuns: 1000 },
  );
  // Else nothing was shown about them.
  expect(kept).toBeGreaterThan(20);
  expect(good).toBeGreaterThan(20);
});
