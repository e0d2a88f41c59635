import { EMPTY_ROLL, type RollKey, unusedKeyOf, type ZoneRoll } from '../../keystore/rollover/model.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { State } from '../state/state.ts';
import { nameOfKey } from './key-name.ts';

/** The keys of a zone as rollovers see them, by the log; keys that were made and not used yet are in it with all records hidden and no goal. */
export function zoneRollOf(state: State, zone: string): ZoneRoll {
  const { keys = [], roll = EMPTY_ROLL } = state.zones[zone] ?? {};
  const known = new Set(roll.keys.map(({ name }) => name));
  const unused = keys.filter((key) => !known.has(nameOfKey(key))).map(unusedKey);
  return unused.length === 0 ? roll : { ...roll, keys: [...roll.keys, ...unused] };
}

/** A key that was made, and that nothing has seen of yet. */
export function unusedKey(key: LoggedKey): RollKey {
  return unusedKeyOf({ name: nameOfKey(key), role: key.role, algorithm: key.algorithm, keyTag: key.keyTag });
}
