import type { KeyName, Link, ParentView, Roll, RollKey, Version, ZoneRoll } from '../../keystore/rollover/model.ts';

/**
 * What becomes otherwise in what is known of a zone's keys, as data: the log has it, so that reading the log needs no judgement of an engine,
 * neither of this version of the program nor of the one that wrote it.
 */
export interface RollChange {
  /** Keys that are new or changed, whole. */
  readonly keys?: readonly RollKey[];
  readonly gone?: readonly KeyName[];
  /** All of them. */
  readonly links?: readonly Link[];
  /** `none`: the rollover is over. */
  readonly roll?: Roll | 'none';
  /** All of them. */
  readonly versions?: readonly Version[];
  readonly parent?: ParentView;
  readonly wantsDs?: boolean;
}

export function changeOf(before: ZoneRoll, after: ZoneRoll): RollChange {
  const known = new Map(before.keys.map((key) => [key.name, key]));
  const now = new Set(after.keys.map(({ name }) => name));
  const keys = after.keys.filter((key) => !isSame(known.get(key.name), key));
  const gone = before.keys.map(({ name }) => name).filter((name) => !now.has(name));
  return {
    ...(keys.length === 0 ? {} : { keys }),
    ...(gone.length === 0 ? {} : { gone }),
    ...(isSame(before.links, after.links) ? {} : { links: after.links }),
    ...(isSame(before.roll, after.roll) ? {} : { roll: after.roll ?? 'none' }),
    ...(isSame(before.versions, after.versions) ? {} : { versions: after.versions }),
    ...(isSame(before.parent, after.parent) ? {} : { parent: after.parent }),
    ...(before.wantsDs === after.wantsDs ? {} : { wantsDs: after.wantsDs }),
  };
}

export function applyChange(zone: ZoneRoll, { keys = [], gone = [], roll, ...rest }: RollChange): ZoneRoll {
  const changed = new Map(keys.map((key) => [key.name, key]));
  const known = new Set(zone.keys.map(({ name }) => name));
  return {
    ...zone,
    ...rest,
    keys: [
      ...zone.keys.filter(({ name }) => !gone.includes(name)).map((key) => changed.get(key.name) ?? key),
      ...keys.filter(({ name }) => !known.has(name)),
    ],
    roll: roll === undefined ? zone.roll : roll === 'none' ? undefined : roll,
  };
}

export const isEmptyChange = (change: RollChange): boolean => Object.keys(change).length === 0;

/** Plain data; a member that is undefined is one that is absent. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => isSame(left[name], right[name]));
}
