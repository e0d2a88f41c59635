import type { RollKey, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { RECORDS } from '../../../keystore/rollover/model.ts';
import { RULES as SET_A } from '../engine/support.ts';

export const HOUR = 3600;
export const DAY = 86_400;
/** 2027-01-01T00:00:00Z, the Tact(N) of all examples. */
export const T0 = 1_798_761_600;

/** Base set A: Dprp, TTLkey and TTLneg 1 h, TTLsig and TTLds 24 h, no safety, no ceremonies. */
export const RULES: RollRules = SET_A;

export function rulesOf(
  changes: Partial<Omit<RollRules, 'methods'>> & { readonly methods?: Partial<RollRules['methods']> } = {},
): RollRules {
  return { ...RULES, ...changes, methods: { ...RULES.methods, ...changes.methods } };
}

/** A key whose records are with all caches since long before T0, in use since T0. */
export function keyInUse(role: RollKey['role'], keyTag: number, algorithm = 13): RollKey {
  const records = RECORDS[role];
  return {
    name: `${algorithm}-${keyTag}`,
    role,
    algorithm,
    keyTag,
    operator: 'self',
    goals: Object.fromEntries(records.map((record) => [record, 'omnipresent'])),
    records: Object.fromEntries(records.map((record) => [record, { kind: 'omnipresent', since: T0 }])),
    revocation: { kind: 'none' },
    activeSince: T0,
    trouble: 'none',
  };
}

/** A zone that was signed long ago, with its DS at the parent. */
export function zoneOf(keys: readonly RollKey[] = [keyInUse('ksk', 1), keyInUse('zsk', 2)]): ZoneRoll {
  const ds = keys.filter(({ role }) => role !== 'zsk').map(({ name }) => name);
  const version = { serial: 1, at: T0 - 90 * DAY, from: T0 - 90 * DAY, keyTtl: HOUR, signatureTtl: DAY, negativeTtl: HOUR, isSigned: true };
  return {
    keys,
    links: [],
    roll: undefined,
    versions: [version],
    parent: {
      request: { keys: ds, at: T0 - 90 * DAY, submittedAt: undefined },
      observed: { kind: 'settled', keys: ds, from: T0 - 90 * DAY, at: T0 - DAY, ttl: DAY },
    },
    wantsDs: true,
  };
}
