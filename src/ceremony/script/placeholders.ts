import type { Given, Item, Script, Step, Value } from './script.ts';

/** `{{name}}`, or `{{item.member}}`; whatever stands between the braces. */
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const NAME = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)?$/;

/** Name → texts. In a text several are joined; a word of a command becomes as many words. */
export type Bindings = ReadonlyMap<string, readonly string[]>;

/** Of a template, what its examples stand for. */
export const givenOf = (value: Value): Given => (value.kind === 'asked' ? value.example : value);

export function bindingsOf(values: Script['values']): Bindings {
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const given = givenOf(value);
      return [name, given.kind === 'text' ? [given.text] : given.items.map(itemText)];
    }),
  );
}

/** What stands for the item of a step with `each`. */
export function itemBindings(item: Item): Bindings {
  const members = item.kind === 'text' ? [] : Object.entries(item.members);
  return new Map([['item', [itemText(item)]], ...members.map(([name, text]): [string, readonly string[]] => [`item.${name}`, [text]])]);
}

export const itemText = (item: Item): string => (item.kind === 'text' ? item.text : Object.values(item.members).join('/'));

/** @throws RangeError for a placeholder that stands for nothing; {@link placeholdersOf} tells them before */
export function filled(text: string, bindings: Bindings): string {
  return text.replace(PLACEHOLDER, (_, name: string) => textsOf(name, bindings).join(', '));
}

/** The words of a command; `{{zones}}` and `--zone={{zones}}` become a word for each. */
export function filledWords(words: readonly string[], bindings: Bindings): string[] {
  return words.flatMap((word) => {
    const name = placeholdersOf(word).names.find((one) => textsOf(one, bindings).length !== 1);
    if (name === undefined) return [filled(word, bindings)];
    return textsOf(name, bindings).flatMap((text) => filledWords([word], new Map([...bindings, [name, [text]]])));
  });
}

function textsOf(name: string, bindings: Bindings): readonly string[] {
  const texts = bindings.get(name);
  if (texts === undefined) throw new RangeError(`the placeholder ${name} stands for nothing`);
  return texts;
}

export interface Placeholders {
  readonly names: readonly string[];
  /** What has braces, and is no placeholder. */
  readonly stray: readonly string[];
}

export function placeholdersOf(text: string): Placeholders {
  const names: string[] = [];
  const stray: string[] = [];
  const rest = text.replace(PLACEHOLDER, (whole, name: string) => {
    (NAME.test(name) ? names : stray).push(NAME.test(name) ? name : whole);
    return '';
  });
  for (const braces of ['{{', '}}']) if (rest.includes(braces)) stray.push(braces);
  return { names, stray };
}

/** The texts of a step in which placeholders may stand, by where they are in the file. */
export function textsOfStep({ act, title, say, do: what, confirm }: Step): [readonly (string | number)[], string][] {
  const texts: [readonly (string | number)[], string][] = [
    [['act'], act],
    [['title'], title],
  ];
  if (say !== undefined) texts.push([['say'], say]);
  if (what.kind === 'manual') texts.push([['do', 'manual'], what.text], [['do', 'evidence'], what.evidence]);
  if (what.kind === 'command')
    texts.push(...what.argv.map((word, i): [readonly (string | number)[], string] => [['do', 'command', i], word]));
  if (confirm?.type !== undefined) texts.push([['confirm', 'type'], confirm.type]);
  return texts;
}
