import { type Contents, contentsOf } from '../../../keystore/rollover/contents.ts';
import type { ZoneRoll } from '../../../keystore/rollover/model.ts';
import type { RollPlan } from '../../../keystore/rollover/plan/types.ts';
import { nameOfKey } from '../../../src/rollover/key-name.ts';
import type { State } from '../../../src/state/state.ts';

/** The record sets of zone and parent, keys by role, algorithm and the order in which they were made: `zsk8#2`. */
export interface KeySets {
  readonly dnskey: readonly string[];
  readonly signsKeys: readonly string[];
  readonly signsZone: readonly string[];
  readonly ds: readonly string[];
  readonly cds: readonly string[] | 'delete';
}

type Call = (name: string) => string;

/** What is planned for keys that do not exist yet, and what has come of it, are called the same. */
export function plannedSets({ keys }: RollPlan, contents: Contents, state: State, zone: string): KeySets {
  const made = madeKeys(state, zone);
  const toCome = keys.filter(({ name }) => !made.has(name)).map(({ name, role, algorithm }) => [name, `${role}${algorithm}`] as const);
  return setsOf(contents, callsOf([...made, ...toCome]));
}

export function recordedSets(roll: ZoneRoll, state: State, zone: string): KeySets {
  return setsOf(contentsOf(roll, { cds: 'rollover' }), callsOf([...madeKeys(state, zone)]));
}

function madeKeys(state: State, zone: string): ReadonlyMap<string, string> {
  return new Map((state.zones[zone]?.keys ?? []).map((key) => [nameOfKey(key), `${key.role}${key.algorithm}`]));
}

function callsOf(keys: readonly (readonly [string, string])[]): Call {
  const calls = new Map(keys.map(([name, kind], i) => [name, `${kind}#${i + 1}`]));
  return (name) => calls.get(name) ?? name;
}

function setsOf({ dnskey, signsKeys, signsZone, ds, cds }: Contents, call: Call): KeySets {
  const sorted = (names: readonly string[]): readonly string[] => names.map(call).sort();
  return {
    dnskey: sorted(dnskey.map(({ name }) => name)),
    signsKeys: sorted(signsKeys),
    signsZone: sorted(signsZone),
    ds: sorted(ds),
    cds: cds.kind === 'delete' ? 'delete' : sorted(cds.kind === 'keys' ? cds.keys : []),
  };
}
