import { nearest } from '../../../signer/nearest.ts';
import type { Path } from '../../config/document.ts';
import type { Located, Mistake, Source } from './mistakes.ts';
import { givenOf, placeholdersOf, textsOfStep } from './placeholders.ts';
import type { Item, Script, Step } from './script.ts';

/** Every placeholder stands for something, and every value is used; nothing is left to fill in a filled script. */
export function placeholderProblems(script: Script, source: Source, steps: readonly Located[]): Mistake[] {
  const used = new Set<string>();
  const known = Object.keys(script.values);
  const mistakes: Mistake[] = [];
  const look = (at: Source, path: Path, text: string, names: readonly string[]): void => {
    const found = placeholdersOf(text);
    for (const stray of found.stray) mistakes.push({ source: at, problem: { path, text: `${stray} is no placeholder like {{zone}}` } });
    for (const name of found.names) {
      used.add(name);
      if (!names.includes(name)) mistakes.push({ source: at, problem: { path, text: unknownName(name, names) } });
    }
  };
  for (const [path, text] of headTexts(script)) look(source, path, text, known);
  for (const { step, source: at, path } of steps) {
    if (step.each !== undefined) used.add(step.each);
    const wrong = eachProblem(step, script);
    if (wrong !== undefined) mistakes.push({ source: at, problem: { path: [...path, 'each'], text: wrong } });
    const texts = textsOfStep(step);
    // Of an empty list nobody knows what its items have, and the step is not there.
    const items = itemNames(step, script) ?? texts.flatMap(([, text]) => placeholdersOf(text).names).filter(isOfItem);
    for (const [inner, text] of texts) look(at, [...path, ...inner], text, [...known, ...items]);
  }
  for (const name of known) {
    if (name === 'item') mistakes.push(atValue(source, name, 'a value cannot be called item: that is what a step with each has'));
    else if (!used.has(name)) mistakes.push(atValue(source, name, `nothing in the script uses {{${name}}}`));
  }
  return [...mistakes, ...valueProblems(script, source)];
}

function headTexts({ title, purpose, roles }: Script): [Path, string][] {
  return [
    [['title'], title],
    [['purpose'], purpose],
    ...Object.entries(roles).flatMap(([name, role]): [Path, string][] => [
      [['roles', name, 'title'], role.title],
      [['roles', name, 'duty'], role.duty],
    ]),
  ];
}

const atValue = (source: Source, name: string, text: string): Mistake => ({
  source,
  problem: { path: ['values', name], text, ofKey: true },
});

function unknownName(name: string, names: readonly string[]): string {
  if (isOfItem(name)) return `{{${name}}} is for the items of a list, and this step has no such item`;
  const near = nearest(name, names);
  return `{{${name}}} stands for nothing; ${near === undefined ? `values are ${names.join(', ') || 'none'}` : `did you mean {{${near}}}?`}`;
}

function eachProblem({ each }: Step, { values }: Script): string | undefined {
  if (each === undefined) return undefined;
  const value = values[each];
  if (value === undefined) return `there is no value ${each}`;
  return givenOf(value).kind === 'list' ? undefined : `the value ${each} is a text, expected a list`;
}

const isOfItem = (name: string): boolean => name === 'item' || name.startsWith('item.');

/** `item`, and the members that all items have. @returns undefined: the list is empty */
function itemNames({ each }: Step, { values }: Script): readonly string[] | undefined {
  const items = each === undefined ? undefined : itemsOf(values, each);
  if (items === undefined) return [];
  return items.length === 0 ? undefined : ['item', ...memberNames(items[0]).map((name) => `item.${name}`)];
}

function itemsOf(values: Script['values'], name: string): readonly Item[] | undefined {
  const value = values[name];
  const given = value === undefined ? undefined : givenOf(value);
  return given?.kind === 'list' ? given.items : undefined;
}

const memberNames = (item: Item | undefined): readonly string[] => (item?.kind === 'members' ? Object.keys(item.members) : []);

function valueProblems({ fill, values }: Script, source: Source): Mistake[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value.kind === 'asked' && fill.kind === 'filled')
      return [atValue(source, name, `it still asks for ${value.what}: coldsign ceremony new fills it`)];
    const items = itemsOf(values, name) ?? [];
    const shape = (item: Item): string => (item.kind === 'text' ? 'a text' : `a mapping with ${memberNames(item).join(', ')}`);
    const first = items[0];
    const other = items.find((item) => shape(item) !== shape(first!));
    return other === undefined ? [] : [atValue(source, name, `its items differ: ${shape(first!)}, and ${shape(other)}`)];
  });
}
