import type { KeyRole } from '../../../signer/zone-key.ts';
import type { RollKey, ZoneRoll } from '../model.ts';
import type { NeededKey } from '../start/what.ts';

/** The zone with keys in it that do not exist yet: `new ZSK 1`, numbered by role. */
export function withNewKeys(zone: ZoneRoll, needed: readonly NeededKey[], counts: Map<KeyRole, number>): ZoneRoll {
  if (needed.length === 0) return zone;
  const keys = needed.map(({ role, algorithm }): RollKey => {
    let count = (counts.get(role) ?? 0) + 1;
    while (zone.keys.some(({ name }) => name === nameOf(role, count))) count++;
    counts.set(role, count);
    return {
      name: nameOf(role, count),
      role,
      algorithm,
      keyTag: 0,
      operator: 'self',
      goals: {},
      records: {},
      revocation: { kind: 'none' },
      activeSince: undefined,
      trouble: 'none',
    };
  });
  return { ...zone, keys: [...zone.keys, ...keys] };
}

const nameOf = (role: KeyRole, count: number): string => `new ${role.toUpperCase()} ${count}`;

/** `ZSK 4711`; of a key that does not exist yet, its name. */
export function labelOf({ name, role, keyTag, operator }: RollKey): string {
  if (name.startsWith('new ')) return name;
  return `${role.toUpperCase()} ${keyTag}${operator === 'self' ? '' : ` of ${operator}`}`;
}
