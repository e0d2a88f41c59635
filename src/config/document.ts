import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  visit,
} from 'yaml';

/** A step from a mapping or a list to what is in it. */
export type Path = readonly (string | number)[];

/** Something in a YAML text that is not as it must be. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
  /** Index into the text where it is; absent: where the path leads. */
  readonly at?: number;
  /** It is the key that is wrong. */
  readonly ofKey?: boolean;
}

/** YAML text with its values and their places. */
export interface YamlText {
  readonly text: string;
  readonly document: Document;
  readonly value: unknown;
  /** Of the syntax: duplicate keys, unknown tags and aliases among them. */
  readonly problems: readonly Problem[];
  readonly lines: LineCounter;
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    path: [],
    text: message,
    at: pos[0],
  }));
  problems.push(...otherVersion(document), ...badKeys(document));
  if (problems.length > 0) return { text, document, value: undefined, problems, lines };
  try {
    return { text, document, value: document.toJS({ maxAliasCount: 100 }), problems, lines };
  } catch (error) {
    // Unknown aliases, and few aliases that stand for millions of values.
    if (!(error instanceof ReferenceError)) throw error;
    return { text, document, value: undefined, problems: [{ path: [], text: error.message, at: 0 }], lines };
  }
}

/** In YAML 1.1 `010` is eight, `1:30` is ninety, `no` is false, and `<<` takes members over: a file that asks for it means something else. */
function otherVersion({ directives }: Document): Problem[] {
  const version = directives?.yaml.version;
  return version === undefined || version === '1.2' ? [] : [{ path: [], text: `found %YAML ${version}, expected YAML 1.2`, at: 0 }];
}

/** Design note: the library looks for duplicate keys by comparing each with each, which takes seconds where there are thousands of zones. */
function badKeys(document: Document): Problem[] {
  const problems: Problem[] = [];
  const place = (key: unknown): number => asNode(key)?.range?.[0] ?? 0;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = keyText(key);
        const wrong = wrongKey(key);
        if (wrong !== undefined) problems.push({ path: [], text: wrong, at: place(key) });
        if (seen.has(name)) problems.push({ path: [], text: `the key ${name} is given twice`, at: place(key) });
        // zod leaves this one out without a word.
        if (name === '__proto__') problems.push({ path: [], text: 'a key cannot be __proto__', at: place(key) });
        seen.add(name);
      }
    },
  });
  return problems;
}

/** What has another name as a value than it has in the file would be looked for under the wrong one. */
function wrongKey(key: unknown): string | undefined {
  if (isAlias(key)) return `the key *${key.source} is an alias: write the name itself`;
  if (!isScalar(key) || key.value === null) return 'a key must be a name';
  if (key.source === '<<' && key.type === 'PLAIN') return 'a merge key << is not understood (YAML 1.2): write the members out';
  if (typeof key.value === 'string' || String(key.value) === key.source) return undefined;
  return `the key ${key.source} is read as ${String(key.value)}: put it in quotes`;
}

export interface Place {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** The nodes at a path, as far as it leads; aliases are followed. */
export function placeOf(document: Document, path: Path): Place {
  let place: Place = { key: undefined, value: asNode(document.contents) };
  for (const step of path) {
    const next = child(document, place.value, step);
    if (next === undefined) return place;
    place = next;
  }
  return place;
}

function child(document: Document, parent: Node | undefined, step: string | number): Place | undefined {
  const node = isAlias(parent) ? asNode((parent as Alias).resolve(document)) : parent;
  if (isSeq(node)) return { key: undefined, value: asNode(node.items[Number(step)]) };
  if (!isMap(node)) return undefined;
  const pair = (node.items as Pair[]).find(({ key }) => keyText(key) === String(step));
  return pair === undefined ? undefined : { key: asNode(pair.key), value: asNode(pair.value) };
}

export const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);
const asNode = (value: unknown): Node | undefined => (isNode(value) ? value : undefined);

/** 1-based. */
export function lineAndColumn(yaml: YamlText, { path, at, ofKey }: Problem): { readonly line: number; readonly col: number } {
  const { key, value } = placeOf(yaml.document, path);
  // A value that a problem names is looked at itself; a mapping or list begins at its key.
  const node = ofKey !== true && isScalar(value) && value.range !== undefined && value.range !== null ? value : (key ?? value);
  return yaml.lines.linePos(at ?? node?.range?.[0] ?? 0);
}

/** The file's own words for a value, on one line. */
export function wordsAt(yaml: YamlText, path: Path): string {
  const range = placeOf(yaml.document, path).value?.range;
  const words = range === undefined || range === null ? '' : yaml.text.slice(range[0], range[1]).trim();
  if (!/[\n#]/.test(words)) return words;
  const { value } = placeOf(yaml.document, path);
  return stringify(value?.toJS(yaml.document), { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
}
