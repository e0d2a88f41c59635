import { EMPTY_ROLL, type RollKey, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { isStandby } from '../../../keystore/rollover/start/keys.ts';
import { newKeysNeeded } from '../../../keystore/rollover/start/needed.ts';
import type { StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { Refusal } from '../../../signer/errors.ts';
import { active, fresh, inUseWith } from '../start/support.ts';
import { type Frame, methodsOf, type WorldKind } from './frame.ts';
import type { Neighbour } from './neighbour.ts';
import type { Random } from './random.ts';

/** Everything in a world begins here. */
export const T0 = 1_000_000;

/** The zone as it is when a world begins; its first version has been there for a thousand seconds. */
export function beginning({ begins, rules, hasSpareKsk = false, parentTtl = rules.dsTtl }: Frame): ZoneRoll {
  const at = T0 - 1000;
  const { keyTtl, signatureTtl, negativeTtl } = rules;
  const version = { serial: 1, at, from: at, keyTtl, signatureTtl, negativeTtl };
  if (begins === 'unknown') return EMPTY_ROLL;
  if (begins === 'unsigned') return { ...EMPTY_ROLL, versions: [{ ...version, isSigned: false }] };
  const keys: RollKey[] =
    rules.keys === 'csk' ? [active('C0', 'csk', { keyTag: 1 })] : [active('K0', 'ksk', { keyTag: 1 }), active('Z0', 'zsk', { keyTag: 2 })];
  if (hasSpareKsk) keys.push(active('K9', 'ksk', { keyTag: 9 }));
  const parts = { ...EMPTY_ROLL, versions: [{ ...version, isSigned: true }] };
  const parent = (ds: readonly string[]): ZoneRoll['parent'] => ({
    request: { keys: ds, at, submittedAt: at },
    observed: { kind: 'settled', keys: ds, from: at, at, ttl: parentTtl },
  });
  if (begins === 'island') {
    const without = keys.map((key) => ({
      ...key,
      ...(key.role === 'zsk' ? {} : inUseWith(key.role, key.role === 'ksk' ? ['dnskey', 'krrsig'] : ['dnskey', 'krrsig', 'zrrsig'])),
    }));
    return { ...parts, keys: without, parent: { ...parent([]), request: undefined }, wantsDs: false };
  }
  return { ...parts, keys, parent: parent(keys.filter(({ role }) => role !== 'zsk').map(({ name }) => name)), wantsDs: true };
}

export interface Beginner {
  readonly id: number;
  readonly now: number;
  readonly frame: Frame;
  readonly random: Random;
  readonly neighbour: Neighbour | undefined;
}

/** A rollover of this kind begins. @returns undefined where the zone is not one for this */
export function begin(
  zone: ZoneRoll,
  rules: RollRules,
  kind: WorldKind,
  { id, now, frame, random, neighbour }: Beginner,
): { readonly zone: ZoneRoll; readonly rules: RollRules } | undefined {
  const methods = frame.mixesMethods ? { ...methodsOf(random), algorithm: rules.methods.algorithm } : rules.methods;
  const wanted: RollRules = { ...rules, methods, algorithm: kind === 'algorithm' ? (rules.algorithm === 13 ? 15 : 13) : rules.algorithm };
  const what = whatOf(zone, kind, now, random, neighbour);
  if (what === undefined) return undefined;
  try {
    const keys = newKeysNeeded(zone, wanted, what).map(({ role, algorithm }, i) =>
      fresh(`${role}-${id}-${i}`, role, { algorithm, keyTag: 10 * id + i }),
    );
    const ready = { ...zone, keys: [...zone.keys, ...keys] };
    const call = { id, now, reason: 'test' };
    const known = neighbour?.knows(ready, now);
    return { zone: start(ready, wanted, what, known === undefined ? call : { ...call, knownElsewhereFrom: known }), rules: wanted };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function whatOf(zone: ZoneRoll, kind: WorldKind, now: number, random: Random, neighbour: Neighbour | undefined): StartWhat | undefined {
  const some = (test: (key: RollKey) => boolean): RollKey | undefined => {
    const fit = zone.keys.filter((key) => key.operator === 'self' && key.goals.dnskey === 'omnipresent' && test(key));
    return fit.length === 0 ? undefined : random.pick(fit);
  };
  switch (kind) {
    case 'island':
      return { kind: 'first-signing', dsLater: true };
    case 'standby-zsk':
      return { kind: 'standby', role: 'zsk', how: 'dnskey' };
    case 'standby-dnskey':
      return { kind: 'standby', role: 'ksk', how: 'dnskey' };
    case 'standby-ds':
      return { kind: 'standby', role: 'ksk', how: 'ds' };
    case 'standby-none':
      return { kind: 'standby', role: random.pick(['ksk', 'zsk']), how: 'none' };
    case 'revoke': {
      const key = some(({ role }) => role !== 'zsk');
      return key && { kind: 'revoke', key: key.name };
    }
    case 'emergency': {
      const key = some(() => true);
      return key && { kind: 'emergency', key: key.name, how: 'keep' };
    }
    case 'lost-key': {
      const key = some((one) => one.role !== 'csk' && one.trouble === 'none' && !isStandby(zone, one));
      return key && { kind: 'lost', key: key.name, validUntil: now + 1e9 };
    }
    case 'join':
      return neighbour?.joins();
    case 'leave':
      return neighbour?.leaves(now);
    default:
      return { kind };
  }
}
