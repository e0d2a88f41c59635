import type { KeyRole } from '../../../signer/zone-key.ts';
import { type RollKey, unusedKeyOf, type ZoneRoll } from '../model.ts';
import type { NeededKey } from '../start/what.ts';

/** The zone with keys in it that do not exist yet: `new ZSK 1`, numbered by role. */
export function withNewKeys(zone: ZoneRoll, needed: readonly NeededKey[], counts: Map<KeyRole, number>): ZoneRoll {
  if (needed.length === 0) return zone;
  const keys = needed.map(({ role, algorithm }): RollKey => {
    let count = (counts.get(role) ?? 0) + 1;
    while (zone.keys.some(({ name }) => name === nameOf(role, count))) count++;
    counts.set(role, count);
    return unusedKeyOf({ name: nameOf(role, count), role, algorithm, keyTag: 0 });
  });
  return { ...zone, keys: [...zone.keys, ...keys] };
}

const nameOf = (role: KeyRole, count: number): string => `new ${role.toUpperCase()} ${count}`;
