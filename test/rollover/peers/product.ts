import type { RecordName, RollKey, RollRules, StateKind, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { nextScheduled } from '../../../keystore/rollover/schedule.ts';
import type { StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { key, RULES, simulate, T0, zoneOf } from '../engine/support.ts';
import type { PeerAct, PeerEvent, PeerKey, PeerPolicy } from './schedule.ts';

/**
 * The schedule that our engine makes of a policy, with evidence that comes at once. A case with lifetimes begins with keys that are active since T0 and
 * long known to all caches: what the first signing does is FIRST-a.
 * @param algorithm order of an algorithm rollover: conservative, the default of policies, or liberal
 */
export function productSchedule(policy: PeerPolicy, algorithm: RollRules['methods']['algorithm'] = 'conservative'): readonly PeerEvent[] {
  const rules = rulesOf(policy, algorithm);
  const { zone, what, at } = beginning(policy, rules);
  const rolled = start(zone, rules, what, { id: 1, now: at, reason: 'policy' });
  return simulate(rolled, rules, at)
    .flatMap(({ at: seconds, moves }) =>
      moves.flatMap((move): readonly PeerEvent[] => {
        const act = move.kind === 'record' ? ACTS[move.record][move.to] : undefined;
        return act === undefined ? [] : [{ at: seconds - T0, key: move.key, act }];
      }),
    )
    .filter((event) => event.at <= policy.horizon);
}

const ACTS: Readonly<Record<RecordName, Partial<Record<StateKind, PeerAct>>>> = {
  dnskey: { rumoured: 'publish', omnipresent: 'ready', unretentive: 'remove', hidden: 'gone' },
  krrsig: {},
  zrrsig: { rumoured: 'sign', omnipresent: 'signed', unretentive: 'retire', hidden: 'dead' },
  ds: { rumoured: 'ds-submit', omnipresent: 'ds-ready', unretentive: 'ds-withdraw', hidden: 'ds-gone' },
};

/** The parameters of the case as the rules of a zone. */
export function rulesOf({ parameters: p, keys }: PeerPolicy, algorithm: RollRules['methods']['algorithm']): RollRules {
  const lifetimeOf = (...roles: readonly string[]) => keys.find(({ role }) => roles.includes(role))?.lifetime ?? ('unlimited' as const);
  return {
    ...RULES,
    methods: { ...RULES.methods, algorithm },
    keys: keys.some(({ role }) => role === 'csk') ? 'csk' : 'ksk-zsk',
    propagation: p.DprpC,
    parentPropagation: p.DprpP,
    keyTtl: p.TTLkey,
    signatureTtl: p.TTLsig,
    dsTtl: p.TTLds,
    dsgn: p.Dsgn,
    registration: p.Dreg ?? 0,
    retireSafety: p.retireSafety ?? 0,
    kskLifetime: lifetimeOf('ksk', 'csk'),
    zskLifetime: lifetimeOf('zsk'),
  };
}

interface Beginning {
  readonly zone: ZoneRoll;
  readonly what: StartWhat;
  readonly at: number;
}

function beginning(policy: PeerPolicy, rules: RollRules): Beginning {
  const { keys, change } = policy;
  const first = keys.map((shape) => ({ ...inUse(shape, 1), activeSince: T0 }));
  if (change?.kind === 'insecure') return { zone: zoneOf(first), what: { kind: 'insecure' }, at: T0 };
  if (change?.kind === 'keys') {
    const zone = zoneOf([...first, ...change.keys.map((shape) => unused(shape, 2))]);
    return { zone, what: { kind: 'algorithm', algorithm: change.keys[0]!.algorithm }, at: T0 };
  }
  if (keys.every(({ lifetime }) => lifetime === undefined)) {
    const zone = zoneOf(
      keys.map((shape) => unused(shape, 1)),
      [],
      { wantsDs: false, parent: { request: undefined, observed: { kind: 'unknown' } } },
    );
    return { zone, what: { kind: 'first-signing' }, at: T0 };
  }
  const next = nextScheduled(zoneOf(first), rules, T0);
  if (next === undefined) throw new Error(`${policy.id}: nothing is scheduled`);
  return { zone: zoneOf([...first, ...keys.map((shape) => unused(shape, 2))]), what: next.what, at: next.start };
}

const LENGTH = { ksk: 3, zsk: 2, csk: 4 } as const;

const inUse = ({ role, algorithm }: PeerKey, number: number): RollKey =>
  key(`${role}${number}`, role, { vector: 'O'.repeat(LENGTH[role]), algorithm });

const unused = ({ role, algorithm }: PeerKey, number: number): RollKey =>
  key(`${role}${number}`, role, { vector: 'H'.repeat(LENGTH[role]), algorithm, goal: {} });
