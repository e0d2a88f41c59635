import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../../signer/errors.ts';
import type { Methods, RollKey, RollRules, ZoneRoll } from '../model.ts';
import { begin, linksFrom } from './begin.ts';
import { isOwn, isStandby, keysInUse, namedNew, standbyKeys, takeUnused, toLeave, toUse, unusedKey } from './keys.ts';
import { refuseParentUnknown, refuseRunning, refuseUnsettled } from './preconditions.ts';
import type { NeededKey, RoleWhat, StartCall } from './what.ts';

/**
 * A key of a role takes over from the one in use (RFC 7583 3.2, 3.3; RFC 6781 4.1.3). A standby key has waited already: it takes over by the
 * method that it stands by for (RFC 7583 4).
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/wrong-shape,
 * roll/which-algorithm, roll/key-missing, roll/key-unknown, roll/key-unfit, roll/method-unsuitable
 */
export function startRole(zone: ZoneRoll, rules: RollRules, what: RoleWhat, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  if (what.kind !== 'zsk') refuseParentUnknown(zone);
  const old = oldKeys(zone, rules, what);
  return takeOver(zone, rules, { ...what, old, methods: {} }, call);
}

/** The change of goals and links alone, for starts that judge the state of the zone in their own way. */
export function takeOver(
  zone: ZoneRoll,
  rules: RollRules,
  what: RoleWhat & { readonly old: readonly RollKey[]; readonly methods: Partial<Methods> },
  call: StartCall,
): ZoneRoll {
  const { old } = what;
  const taken = newKey(zone, rules, what, old);
  const methods = { ...standbyMethods(zone, taken, call), ...what.methods };
  // An island of security stays one: its new key asks for no DS either.
  const ds = what.kind === 'zsk' || old.some((key) => key.goals.ds === 'omnipresent') ? 'omnipresent' : 'hidden';
  const next = toUse(taken, ds);
  return begin(zone, rules, call, {
    kind: what.kind,
    keys: [...old.map((key) => toLeave(key, rules)), next],
    old,
    new: [next],
    links: linksFrom(old, next),
    methods,
  });
}

/** @throws Refusal roll/wrong-shape, roll/which-algorithm */
export function oldKeys(zone: ZoneRoll, rules: Pick<RollRules, 'algorithm'>, { kind, algorithm }: RoleWhat): readonly RollKey[] {
  const all = keysInUse(zone, kind);
  if (all.length === 0) throw wrongShape(zone, kind);
  const algorithms = [...new Set(all.map((key) => key.algorithm))];
  const only =
    algorithm ??
    (algorithms.length === 1 ? algorithms[0] : undefined) ??
    (algorithms.includes(rules.algorithm) ? rules.algorithm : undefined);
  const old = all.filter((key) => key.algorithm === only);
  if (old.length > 0) return old;
  throw new Refusal(
    'roll/which-algorithm',
    `the zone's ${kind.toUpperCase()}s are of ${algorithms.map(algorithmLabel).join(' and ')}, not of ${only === undefined ? 'one algorithm' : algorithmLabel(only)}`,
    `name the algorithm of the ${kind.toUpperCase()} that is to be replaced`,
  );
}

function wrongShape(zone: ZoneRoll, kind: RoleWhat['kind']): Refusal {
  const roles = [
    ...new Set(zone.keys.filter((key) => isOwn(key) && Object.keys(key.goals).length > 0).map(({ role }) => role.toUpperCase())),
  ];
  return new Refusal(
    'roll/wrong-shape',
    `the zone has no ${kind.toUpperCase()} in use; its keys are ${roles.length === 0 ? 'none' : roles.join(' and ')}`,
    'roll a role that the zone has, or change the split of its keys (to-csk, to-split)',
  );
}

function newKey(zone: ZoneRoll, rules: RollRules, what: RoleWhat, old: readonly RollKey[]): RollKey {
  const needed: NeededKey = { role: what.kind, algorithm: old[0]!.algorithm };
  if (what.new !== undefined) return namedNew(zone, rules, what.new, needed);
  return readyKey(zone, needed) ?? takeUnused(zone, needed);
}

/** A standby key whose private key is in order. */
function readyKey(zone: ZoneRoll, { role, algorithm }: NeededKey): RollKey | undefined {
  return standbyKeys(zone, role).find((key) => key.algorithm === algorithm && key.trouble === 'none');
}

/** Would a rollover of this role find its key? */
export function hasNewKey(zone: ZoneRoll, needed: NeededKey): boolean {
  return readyKey(zone, needed) !== undefined || unusedKey(zone, needed) !== undefined;
}

/**
 * A standby key has gone half of the way of one method, and can go on only by that one.
 * @throws Refusal roll/method-unsuitable
 */
function standbyMethods(zone: ZoneRoll, key: RollKey, call: StartCall): Partial<Methods> {
  if (!isStandby(zone, key)) return {};
  if (key.role === 'zsk') return { zsk: call.methods?.zsk ?? 'pre-publication' };
  const fits = key.goals.ds === 'omnipresent' ? 'double-ds' : 'double-ksk';
  const asked = call.methods?.ksk ?? fits;
  if (asked === fits) return { ksk: fits };
  throw new Refusal(
    'roll/method-unsuitable',
    `standby key ${key.keyTag} has its ${fits === 'double-ds' ? 'DS' : 'DNSKEY'} published, which is the first half of ${fits}, not of ${asked}`,
    `start it as ${fits}, or name a key that was generated and is not used`,
  );
}
