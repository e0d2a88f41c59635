import { FormatError } from '../../signer/dns/format-error.ts';
import { Refusal } from '../../signer/errors.ts';
import { CONFIG_FILE } from '../workspace/paths.ts';
import { type Path, readYaml } from './document.ts';
import { editYaml } from './edit-yaml.ts';
import { ZONE_DEFAULTS } from './policy-defaults.ts';
import { refuseProblems, valueAt } from './problems.ts';
import type { RawPolicy, RawZone } from './schema.ts';
import { zoneName } from './zone-name.ts';

/** One change of coldsign.yaml. Names of zones in any form; those that the file has keep theirs. */
export type ConfigEdit =
  | { readonly kind: 'set-zone'; readonly name: string; readonly members: RawZone }
  | { readonly kind: 'set-zone-member'; readonly name: string; readonly member: keyof RawZone; readonly value: string | undefined }
  | { readonly kind: 'remove-zone'; readonly name: string }
  | { readonly kind: 'set-policy'; readonly name: string; readonly members: RawPolicy };

/**
 * Changes coldsign.yaml and leaves everything else in it as it is, comments too. Whether the result is good is for parseConfig to say.
 * @throws Refusal policy/bad-config if the file cannot be read, workspace/unknown-zone if it has not the zone
 */
export function editConfig(text: string, edit: ConfigEdit): string {
  return edited(text, readable(text).value, edit);
}

/** @param value of the text */
function edited(text: string, value: unknown, edit: ConfigEdit): string {
  switch (edit.kind) {
    case 'set-zone':
      return withMembers(text, value, ['zones', zoneKey(value, edit.name) ?? plainName(edit.name)], edit.members);
    case 'set-zone-member':
      return editYaml(text, ['zones', knownKey(value, edit.name), edit.member], edit.value);
    case 'remove-zone':
      return editYaml(text, ['zones', knownKey(value, edit.name)], undefined);
    case 'set-policy':
      return withMembers(text, value, ['policies', edit.name], edit.members);
    default:
      return edit satisfies never;
  }
}

/** Does the file itself have the policy? The policy `default` is there without a word of it. @throws Refusal policy/bad-config */
export function hasPolicy(text: string, name: string): boolean {
  return valueAt(readable(text).value, ['policies', name]) !== undefined;
}

/** Member by member where the mapping is there already, so that comments between them stay. */
function withMembers(text: string, value: unknown, path: Path, members: object): string {
  const before = valueAt(value, path);
  if (typeof before !== 'object' || before === null || Object.keys(before).length === 0) return editYaml(text, path, members);
  const wanted: Readonly<Record<string, unknown>> = { ...members };
  const gone = Object.keys(before).filter((key) => wanted[key] === undefined);
  const added = Object.keys(wanted).reduce((sofar, key) => editYaml(sofar, [...path, key], wanted[key]), text);
  return gone.reduce((sofar, key) => editYaml(sofar, [...path, key], undefined), added);
}

/** Whether the values are good is for parseConfig to say. */
export interface NewZone {
  readonly name: string;
  /** May be relative to coldsign.yaml. */
  readonly source: string;
  readonly owner?: string;
  readonly riskClass?: string;
  readonly policy?: string;
  readonly mode?: string;
  readonly registry?: string;
  readonly group?: string;
}

/**
 * Adds a zone below the last one. What is left out, or is as it would be anyway, is not written.
 * @throws Refusal workspace/zone-exists, policy/bad-config
 */
export function addZone(text: string, zone: NewZone): string {
  const { value } = readable(text);
  const before = zoneKey(value, zone.name);
  if (before !== undefined)
    throw new Refusal(
      'workspace/zone-exists',
      `${CONFIG_FILE} has the zone ${plainName(zone.name)} already, as ${before}`,
      'edit it there, or add a zone of another name',
    );
  const { name, source, owner, riskClass, policy, mode, registry, group } = zone;
  const members = { source, owner, 'risk-class': riskClass, policy, mode, registry, group };
  const defaults: Readonly<Record<string, string>> = ZONE_DEFAULTS;
  const written = Object.entries(members).filter(([key, member]) => member !== undefined && member !== defaults[key]);
  return edited(text, value, { kind: 'set-zone', name, members: Object.fromEntries(written) as RawZone });
}

function readable(text: string): ReturnType<typeof readYaml> {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw refuseProblems(CONFIG_FILE, yaml, yaml.problems);
  return yaml;
}

const plainName = (name: string): string => zoneName(name).replace(/(?<=.)\.$/, '');

/** The key that the file has for a zone. */
function zoneKey(config: unknown, name: string): string | undefined {
  const zones = valueAt(config, ['zones']);
  if (typeof zones !== 'object' || zones === null) return undefined;
  const wanted = zoneName(name);
  return Object.keys(zones).find((key) => isName(key, wanted));
}

/** A key that is no name is for parseConfig to refuse. */
function isName(key: string, wanted: string): boolean {
  try {
    return zoneName(key) === wanted;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function knownKey(config: unknown, name: string): string {
  const key = zoneKey(config, name);
  if (key !== undefined) return key;
  throw new Refusal('workspace/unknown-zone', `${CONFIG_FILE} has no zone ${name}`, 'look at `coldsign zone list`');
}
