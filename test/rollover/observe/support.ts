import {
  EMPTY_ROLL,
  type RecordName,
  type RecordState,
  type RollKey,
  type Version,
  type ZoneRoll,
} from '../../../keystore/rollover/model.ts';

export const DAY = 86_400;
export const HOUR = 3_600;

export function key(name: string, records: Partial<Record<RecordName, RecordState>>, more: Partial<RollKey> = {}): RollKey {
  return {
    name,
    role: 'ksk',
    algorithm: 13,
    keyTag: [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
    operator: 'self',
    goals: {},
    records,
    revocation: { kind: 'none' },
    activeSince: undefined,
    trouble: 'none',
    ...more,
  };
}

export function version(serial: number, at: number, more: Partial<Version> = {}): Version {
  return { serial, at, from: 'awaited', keyTtl: HOUR, signatureTtl: DAY, negativeTtl: HOUR, isSigned: true, ...more };
}

export function zoneOf(keys: readonly RollKey[], versions: readonly Version[] = []): ZoneRoll {
  return { ...EMPTY_ROLL, keys, versions };
}

export const rumoured = (since: number): RecordState => ({ kind: 'rumoured', since, from: 'awaited' });
export const unretentive = (since: number): RecordState => ({ kind: 'unretentive', since, from: 'awaited' });
export const omnipresent: RecordState = { kind: 'omnipresent', since: 0 };

export function stateOf(zone: ZoneRoll, name: string, record: RecordName): RecordState | undefined {
  return zone.keys.find((one) => one.name === name)?.records[record];
}
