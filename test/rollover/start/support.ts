import { EMPTY_ROLL, RECORDS, type RecordName, type RollKey, type RollRules, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import type { StartCall, StartWhat } from '../../../keystore/rollover/start/what.ts';
import { start } from '../../../keystore/rollover/start.ts';
import { Refusal } from '../../../signer/errors.ts';
import { RULES as SET_A } from '../engine/support.ts';

export const HOUR = 3_600;
export const DAY = 86_400;

/** Parameter set A of the worked examples: all propagation 1 h, TTLkey 1 h, TTLsig 24 h, TTLds 24 h, no safety margins. */
export const RULES: RollRules = SET_A;

export const CALL: StartCall = { id: 1, now: 1000, reason: 'test' };

let tag = 1000;

/** Generated, in no use. */
export function fresh(name: string, role: RollKey['role'], more: Partial<RollKey> = {}): RollKey {
  tag += 7;
  return {
    name,
    role,
    algorithm: 13,
    keyTag: tag,
    operator: 'self',
    goals: {},
    records: {},
    revocation: { kind: 'none' },
    activeSince: undefined,
    trouble: 'none',
    ...more,
  };
}

/** In use, all its records with all caches. */
export function active(name: string, role: RollKey['role'], more: Partial<RollKey> = {}): RollKey {
  return fresh(name, role, { ...inUseWith(role, RECORDS[role]), activeSince: 0, ...more });
}

/** Goals and records: these with all caches, the others nowhere. */
export function inUseWith(role: RollKey['role'], records: readonly RecordName[]): Pick<RollKey, 'goals' | 'records'> {
  const has = (record: RecordName): boolean => records.includes(record);
  return {
    goals: Object.fromEntries(RECORDS[role].map((record) => [record, has(record) ? 'omnipresent' : 'hidden'])),
    records: Object.fromEntries(
      RECORDS[role].map((record) => [record, has(record) ? { kind: 'omnipresent', since: 0 } : { kind: 'hidden' }]),
    ),
  };
}

/** A secure zone whose parent was seen with the DS of these keys. */
export function secure(...keys: readonly RollKey[]): ZoneRoll {
  const ds = keys.filter((key) => key.records.ds?.kind === 'omnipresent').map(({ name }) => name);
  return {
    ...EMPTY_ROLL,
    keys,
    versions: [{ serial: 1, at: 0, from: 0, keyTtl: HOUR, signatureTtl: DAY, negativeTtl: HOUR, isSigned: true }],
    parent: { request: { keys: ds, at: 0, submittedAt: undefined }, observed: { kind: 'settled', keys: ds, from: 0, at: 500, ttl: DAY } },
    wantsDs: true,
  };
}

export const split = (...more: readonly RollKey[]): ZoneRoll => secure(active('K1', 'ksk'), active('Z1', 'zsk'), ...more);

export function goals(zone: ZoneRoll, name: string): string {
  const key = zone.keys.find((one) => one.name === name)!;
  return RECORDS[key.role].map((record) => ({ omnipresent: 'O', hidden: 'H', none: '-' })[key.goals[record] ?? 'none']).join('');
}

export function keyOf(zone: ZoneRoll, name: string): RollKey {
  return zone.keys.find((one) => one.name === name)!;
}

/** The code of the refusal, or `started`. */
export function refusal(zone: ZoneRoll, what: StartWhat, rules: Partial<RollRules> = {}, call: Partial<StartCall> = {}): string {
  try {
    start(zone, { ...RULES, ...rules }, what, { ...CALL, ...call });
    return 'started';
  } catch (error) {
    if (error instanceof Refusal && error.message !== '' && error.hint !== '') return error.code;
    throw error;
  }
}
