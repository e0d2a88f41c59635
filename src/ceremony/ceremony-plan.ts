import { createHash } from 'node:crypto';
import type { RecordState, RollKey } from '../../keystore/rollover/model.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { policyDigest } from '../state/policy-digest.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { expandScript } from './script/expand.ts';
import type { Script } from './script/script.ts';

/**
 * What a ceremony will do, and from where it starts: its commands, and for each zone its rules, its data, its keys and where they stand. No key
 * tag, no public key and no time is in it: a rehearsal with other keys of the same kinds has the same plan, and so has the day of the ceremony.
 */
export interface CeremonyPlan {
  readonly format: 1;
  readonly script: string;
  readonly commands: readonly (readonly string[])[];
  readonly zones: readonly PlannedZone[];
}

interface PlannedZone {
  readonly zone: string;
  /** sha256 over the values of its policy. */
  readonly policy: string;
  /** sha256 of its source, or `absent`. */
  readonly source: string;
  /** Kind of the rollover that is under way, or `none`. */
  readonly roll: string;
  readonly keys: readonly { readonly key: string; readonly algorithm: number; readonly records: Readonly<Record<string, string>> }[];
}

export function ceremonyPlan({ state, config }: Pick<ReadWorkspace, 'state' | 'config'>, script: Script): CeremonyPlan {
  const commands = expandScript(script).flatMap(({ do: act }) => (act.kind === 'command' ? [act.argv] : []));
  const zones = zonesOfScript(script, Object.keys(config.zones)).map((zone): PlannedZone => {
    const { source, policy } = config.zones[zone]!;
    const roll = zoneRollOf(state, zone);
    return {
      zone,
      policy: policyDigest(config.policies[policy]!),
      source: sha256OfFile(source) ?? 'absent',
      roll: roll.roll?.kind ?? 'none',
      keys: planned(roll.keys),
    };
  });
  return { format: 1, script: script.name, commands, zones };
}

/** Hexadecimal. */
export const ceremonyPlanHash = (plan: CeremonyPlan): string => createHash('sha256').update(canonicalJson(plan)).digest('hex');

/** Zones that the script names in its values `zone` and `zones`, absolute; where it names none that is there, all. */
export function zonesOfScript({ values }: Pick<Script, 'values'>, all: readonly string[]): readonly string[] {
  const named = Object.entries(values).flatMap(([name, value]) => {
    if (name === 'zone' && value.kind === 'text') return [value.text];
    if (name !== 'zones' || value.kind !== 'list') return [];
    return value.items.flatMap((item) => (item.kind === 'text' ? [item.text] : [item.members['zone'] ?? '']));
  });
  const known = named.map((zone) => (zone.endsWith('.') ? zone : `${zone}.`)).filter((zone) => all.includes(zone));
  return known.length === 0 ? all : known;
}

/** `KSK 1`: of the keys of a role the first that the log tells. */
function planned(keys: readonly RollKey[]): PlannedZone['keys'] {
  const counts = new Map<string, number>();
  return keys.map(({ role, algorithm, records }) => {
    const number = (counts.get(role) ?? 0) + 1;
    counts.set(role, number);
    return { key: `${role.toUpperCase()} ${number}`, algorithm, records: kinds(records) };
  });
}

function kinds(records: Readonly<Partial<Record<string, RecordState>>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(records).flatMap(([record, state]) => (state === undefined ? [] : [[record, state.kind] as const])),
  );
}
