import { createHash } from 'node:crypto';
import type { RecordState, RollKey } from '../../keystore/rollover/model.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { PolicyChange } from '../audit/entry.ts';
import { configDiff } from '../policy/diff.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { policyDigest } from '../state/policy-digest.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { configToBe } from './config-to-be.ts';
import { expandScript } from './script/expand.ts';
import type { Script } from './script/script.ts';
import { sourceDigest } from './source-digest.ts';

/**
 * What a ceremony will do, and from where it starts: its commands, and for each zone its rules, its data, its keys and where they stand. No key
 * tag, no public key and no time is in it: a rehearsal with other keys of the same kinds has the same plan, and so has the day of the ceremony.
 * What its commands read from files is in it by digest: those who agree to the plan agree to that.
 */
export interface CeremonyPlan {
  readonly format: 1;
  readonly script: string;
  readonly commands: readonly (readonly string[])[];
  readonly zones: readonly PlannedZone[];
  /** What coldsign.yaml changes, where a step lets it take effect; but for the tokens, which are bound apart (environmentHash). */
  readonly config?: readonly PolicyChange[];
}

export interface PlannedZone {
  readonly zone: string;
  /** sha256 over the values of its policy. */
  readonly policy: string;
  /** Of its source, see sourceDigest. */
  readonly source: string;
  /** Kind of the rollover that is under way, or `none`. */
  readonly roll: string;
  readonly keys: readonly { readonly key: string; readonly algorithm: number; readonly records: Readonly<Record<string, string>> }[];
}

/** @throws Refusal policy/… where coldsign.yaml is to take effect, and is not right */
export function ceremonyPlan({ state, config, paths }: Pick<ReadWorkspace, 'state' | 'config' | 'paths'>, script: Script): CeremonyPlan {
  const commands = commandsOf(script);
  const all = Object.keys(config.zones);
  const zones = (commands.some((argv) => isForAll(argv)) ? all : zonesOfScript(script, all)).map((zone): PlannedZone => {
    const { source, policy } = config.zones[zone]!;
    const roll = zoneRollOf(state, zone);
    return {
      zone,
      policy: policyDigest(config.policies[policy]!),
      source: sourceDigest(source),
      roll: roll.roll?.kind ?? 'none',
      keys: planned(roll.keys),
    };
  });
  const plan = { format: 1, script: script.name, commands, zones } as const;
  return appliesConfig(script) ? { ...plan, config: plannedChanges({ config, paths }) } : plan;
}

/** What coldsign.yaml would change now, but for the tokens. @throws Refusal policy/… */
export function plannedChanges({ config, paths }: Pick<ReadWorkspace, 'config' | 'paths'>): readonly PolicyChange[] {
  return configDiff(config, configToBe(paths)).filter(({ path }) => !path.startsWith('tokens.'));
}

/** A step lets coldsign.yaml take effect. */
export const appliesConfig = (script: Script): boolean => commandsOf(script).some((argv) => isApply(argv));

export const isApply = ([noun, verb]: readonly string[]): boolean => noun === 'policy' && verb === 'apply';

/** Sources are read, and what is in them leaves as releases. */
export const readsSources = ([noun, verb]: readonly string[]): boolean =>
  (noun === 'zone' && verb === 'sign') || (noun === 'roll' && verb === 'advance');

const isForAll = (argv: readonly string[]): boolean => readsSources(argv) && argv.includes('--all');

const commandsOf = (script: Script): readonly (readonly string[])[] =>
  expandScript(script).flatMap(({ do: act }) => (act.kind === 'command' ? [act.argv] : []));

/** Canonical JSON; its sha256 is that of the plan, so an artifact with the plan has the name that the log tells. */
export const planOctets = (plan: CeremonyPlan): Uint8Array => new TextEncoder().encode(canonicalJson(plan));

/** Of octets whose sha256 is that of a plan of ours. */
export const planFrom = (octets: Uint8Array): CeremonyPlan => JSON.parse(Buffer.from(octets).toString()) as CeremonyPlan;

/** Hexadecimal. */
export const ceremonyPlanHash = (plan: CeremonyPlan): string => createHash('sha256').update(planOctets(plan)).digest('hex');

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
