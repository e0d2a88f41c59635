import { isHidden, type Link, type RollKey, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { released } from '../../../keystore/rollover/observe.ts';
import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { Counterexample } from '../../../keystore/rollover/simulate/counterexample.ts';
import type { DsContent, Version } from '../../../keystore/rollover/simulate/history.ts';
import { toLeave, toUse } from '../../../keystore/rollover/start/keys.ts';
import { fresh } from '../start/support.ts';
import { beginning, T0 } from './begin.ts';
import { looksAt, OBSERVE } from './evidence.ts';
import { frameOf, methodsOf } from './frame.ts';
import { dsOf, isSame, type Release, releaseOf, worldOf } from './outside.ts';
import { randomFrom } from './random.ts';

/**
 * Rollovers of one role that begin before those before them have ended: start() refuses them, so keys, goals and links are set here. What the rules
 * say must hold even so; the head of the chain and co-visibility are of use nowhere else.
 */
/** Keys of a role at one time: two rollovers. */
const MOST = 6;

export function overlap({ seed, parts = ENGINE }: { readonly seed: number; readonly parts?: EngineParts }): Counterexample | undefined {
  const random = randomFrom(seed);
  const base = frameOf(seed);
  const methods = { ...methodsOf(random), algorithm: 'conservative' as const };
  const rules: RollRules = { ...base.rules, methods, keys: random.pick(['csk', 'ksk-zsk']) };
  const role = rules.keys === 'csk' ? 'csk' : random.pick(['ksk', 'zsk'] as const);
  let zone = beginning({ ...base, rules, begins: 'signed' });
  let now = T0;
  let serial = 1;
  const releases: Release[] = [releaseOf(zone, rules, 1, T0 - 1000)];
  const ds: Version<DsContent>[] = [
    {
      at: T0 - 1000,
      content: dsOf(
        zone,
        zone.keys.map(({ name }) => name),
        true,
        rules.dsTtl,
      ),
    },
  ];
  for (let visit = 0; visit < 40; visit++) {
    now += 1 + random.below(random.pick([4, 12, 40]));
    const { propagation, parentPropagation } = rules;
    const seen = { releases, ds, straggler: undefined, propagation, parentPropagation, ttl: rules.dsTtl, now, since: T0 };
    for (const look of looksAt(seen, OBSERVE, () => false).reverse()) zone = look(zone);
    if (visit < 20 && random.chance(0.3) && zone.keys.filter((key) => key.role === role && !isHidden(key)).length < MOST) {
      const rolls = { ...rules, methods: methods };
      zone = next(zone, rolls, role, visit, now);
    }
    zone = settle(zone, rules, now, 'all', parts).zone;
    const made = releaseOf(zone, rules, serial + 1, now);
    if (!isSame(releases.at(-1)!, made)) {
      serial++;
      const { keyTtl, signatureTtl, negativeTtl } = rules;
      zone = released(zone, { serial, at: now, from: 'awaited', keyTtl, signatureTtl, negativeTtl, isSigned: true });
      releases.push(made);
    }
    const { request } = zone.parent;
    const there = ds.at(-1)!.content.keys.map(({ id }) => id);
    if (request !== undefined && [...request.keys].sort().join() !== [...there].sort().join())
      ds.push({ at: Math.max(now, ds.at(-1)!.at + 1), content: dsOf(zone, request.keys, true, rules.dsTtl) });
  }
  return checkWorld(worldOf(releases, ds, rules));
}

/** Another key takes over from the newest, whatever that one has come to. */
function next(zone: ZoneRoll, rules: RollRules, role: RollKey['role'], id: number, now: number): ZoneRoll {
  const newest = zone.keys.findLast((key) => key.role === role && key.goals.dnskey === 'omnipresent')!;
  const key = toUse(fresh(`${role}-${id}`, role, { keyTag: id }));
  const link: Link = { old: newest.name, new: key.name };
  const roll = {
    id,
    kind: role,
    methods: rules.methods,
    old: [newest.name],
    new: [key.name],
    started: now,
    reason: 'test',
    breaksChain: false,
  };
  return {
    ...zone,
    keys: [...zone.keys.map((one) => (one === newest ? toLeave(one, rules) : one)), key],
    links: [...zone.links, link],
    roll,
  };
}
