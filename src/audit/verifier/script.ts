// The script of a ceremony: what was to happen, in which order, and who had to agree to it.
import type { Files } from './container.ts';
import { SHA256 } from './entries.ts';
import { readText } from './export-manifest.ts';
import { readPlainYaml, type YamlMapping, type YamlValue } from './yaml.ts';

export interface FilledScript {
  /** Nothing is left to fill in. */
  readonly title: string;
  readonly mode: string;
  /** Of the log that it is for. */
  readonly origin: string;
  /** sha256, hexadecimal. */
  readonly plan: string;
  /** Role → how many people have it. */
  readonly counts: ReadonlyMap<string, number>;
  readonly separate: readonly (readonly string[])[];
  readonly people: ReadonlyMap<string, readonly string[]>;
  /** In their order, those with `each` once for each item. */
  readonly steps: readonly ScriptStep[];
}

export interface ScriptStep {
  readonly id: string;
  /** Words of the command; empty: it runs none. */
  readonly command: readonly string[];
  /** The script itself names it. */
  readonly isCommand: boolean;
  /** Type of the entry that its check leaves. */
  readonly check: string | undefined;
  /** The step in which people agree to the whole. */
  readonly isApproval: boolean;
  readonly confirm: Confirmation | undefined;
}

export interface Confirmation {
  /** Role → how many of its people. */
  readonly roles: ReadonlyMap<string, number>;
  readonly by: string;
  readonly type: string | undefined;
}

/** @returns undefined: it is not here, or not the one that the log names; 'other': it is no filled script */
export function scriptOf(files: Files, sha256: string): FilledScript | 'other' | undefined {
  const path = `artifacts/${sha256}`;
  if (files.get(path)?.sha256 !== sha256) return undefined;
  const text = readText(files, path);
  try {
    return text === undefined ? 'other' : filledScript(mappingIn(readPlainYaml(text)));
  } catch (error) {
    if (error instanceof NoScript) return 'other';
    throw error;
  }
}

class NoScript extends Error {}

/** A script that would keep people for a week is none. */
const MOST_STEPS = 2000;

function filledScript(raw: YamlMapping): FilledScript {
  if (raw['format'] !== 'coldsign-ceremony/1') throw new NoScript();
  const values = new Map(membersOf(raw['values'] ?? {}));
  const bindings: Bindings = new Map(
    [...values].map(([name, value]) => [name, Array.isArray(value) ? value.map(itemText) : [textIn(value)]]),
  );
  const roles = membersOf(raw['roles']).map(([name, role]): [string, YamlMapping] => [name, mappingIn(role)]);
  const counts = new Map(roles.map(([name, role]) => [name, countIn(role['count'])]));
  const needs = new Map(roles.map(([name, role]) => [name, countIn(role['need'] ?? role['count'])]));
  const steps = listIn(raw['steps']).flatMap((step) => stepsOf(mappingIn(step), values, bindings, needs));
  refuseUnruly(steps);
  const isOnce = new Set(steps.map(({ id }) => id)).size === steps.length;
  if (steps.length === 0 || steps.length > MOST_STEPS || !isOnce) throw new NoScript();
  const plan = textIn(mappingIn(raw['prepared'])['plan']);
  if (!SHA256.test(plan)) throw new NoScript();
  return {
    title: filledIn(textIn(raw['title']), bindings),
    mode: textIn(raw['mode']),
    origin: textIn(raw['origin']),
    plan,
    counts,
    separate: listIn(raw['separate'] ?? []).map((pair) => listIn(pair).map(textIn)),
    people: new Map(membersOf(raw['people']).map(([role, names]) => [role, listIn(names).map(textIn)])),
    steps,
  };
}

/** Commands that wait for the approval of the script. */
const AFTER_APPROVAL: ReadonlySet<string> = new Set([
  ...['zone sign', 'key generate', 'key import', 'key destroy', 'key restore', 'pin split', 'pin reshare', 'pin void', 'policy apply'],
  ...['roll start', 'roll join', 'roll leave', 'roll advance', 'roll cancel', 'release rollback', 'release catalog'],
]);

/** Approval is by keys, before what it is for; the log is proved to be the one of last time before any command. */
function refuseUnruly(steps: readonly ScriptStep[]): void {
  let isApproved = false;
  let isContinued = false;
  for (const { command, check, isApproval, isCommand, confirm } of steps) {
    isApproved ||= isApproval;
    isContinued ||= check === 'continuity.checked';
    const isWrong =
      (isApproval && confirm?.by !== 'key') ||
      (confirm?.by === 'share' && !isCommand) ||
      (isCommand && (!isContinued || (!isApproved && AFTER_APPROVAL.has(command.slice(0, 2).join(' ')))));
    if (isWrong) throw new NoScript();
  }
}

/** Name → texts that a placeholder stands for. */
type Bindings = ReadonlyMap<string, readonly string[]>;

function stepsOf(
  raw: YamlMapping,
  values: ReadonlyMap<string, YamlValue>,
  bindings: Bindings,
  needs: ReadonlyMap<string, number>,
): ScriptStep[] {
  const each = raw['each'];
  if (each === undefined) return [stepOf(raw, '', bindings, needs)];
  return listIn(values.get(textIn(each))).map((item) => {
    const members = typeof item === 'string' ? [] : membersOf(item);
    const inner = members.map(([name, value]): [string, string[]] => [`item.${name}`, [textIn(value)]]);
    return stepOf(raw, `:${itemText(item)}`, new Map([...bindings, ['item', [itemText(item)]], ...inner]), needs);
  });
}

function stepOf(raw: YamlMapping, suffix: string, bindings: Bindings, needs: ReadonlyMap<string, number>): ScriptStep {
  const act = mappingIn(raw['do']);
  const confirm = raw['confirm'] === undefined ? undefined : mappingIn(raw['confirm']);
  return {
    id: `${textIn(raw['id'])}${suffix}`,
    command: commandOf(act, bindings),
    isCommand: act['command'] !== undefined,
    check: CHECK_ENTRIES.get(act['check'] ?? ''),
    isApproval: act['approve'] === 'script',
    confirm: confirm && {
      roles: new Map(membersOf(confirm['roles']).map(([role, count]) => [role, countIn(count === 'need' ? needs.get(role) : count)])),
      by: textIn(confirm['by']),
      type: confirm['type'] === undefined ? undefined : filledIn(textIn(confirm['type']), bindings),
    },
  };
}

const CHECK_ENTRIES: ReadonlyMap<YamlValue, string> = new Map([
  ['environment', 'env.checked'],
  ['clock', 'clock.checked'],
  ['continuity', 'continuity.checked'],
]);

function commandOf(act: YamlMapping, bindings: Bindings): readonly string[] {
  if (act['command'] !== undefined) return listIn(act['command']).flatMap((word) => wordsOf(textIn(word), bindings));
  if (act['checkpoint'] !== undefined) return ['audit', 'checkpoint', '--sign'];
  return act['check'] === 'inventory' ? ['key', 'list'] : [];
}

const FILL = /\{\{([^{}]*)\}\}/g;

/** Of a list, a word of a command becomes as many words. */
function wordsOf(word: string, bindings: Bindings): readonly string[] {
  const several = [...word.matchAll(FILL)].map(([, name]) => name!).find((name) => textsOf(name, bindings).length !== 1);
  if (several === undefined) return [filledIn(word, bindings)];
  return textsOf(several, bindings).flatMap((text) => wordsOf(word, new Map([...bindings, [several, [text]]])));
}

const filledIn = (text: string, bindings: Bindings): string => text.replace(FILL, (_, name: string) => textsOf(name, bindings).join(', '));

function textsOf(name: string, bindings: Bindings): readonly string[] {
  const texts = bindings.get(name);
  if (texts === undefined) throw new NoScript();
  return texts;
}

const itemText = (item: YamlValue): string =>
  typeof item === 'string'
    ? item
    : membersOf(item)
        .map(([, value]) => textIn(value))
        .join('/');

function textIn(value: YamlValue | undefined): string {
  if (typeof value !== 'string') throw new NoScript();
  return value;
}

function countIn(value: YamlValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) throw new NoScript();
  return value;
}

function listIn(value: YamlValue | undefined): readonly YamlValue[] {
  if (!Array.isArray(value)) throw new NoScript();
  return value as readonly YamlValue[];
}

function mappingIn(value: YamlValue | undefined): YamlMapping {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NoScript();
  return value as YamlMapping;
}

const membersOf = (value: YamlValue | undefined): [string, YamlValue][] => Object.entries(mappingIn(value));
