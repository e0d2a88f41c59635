import { isDeepStrictEqual } from 'node:util';
import { type Document, isAlias, isMap, type Node, type Pair, stringify, type YAMLMap } from 'yaml';
import { Refusal } from '../../signer/errors.ts';
import { keyText, type Path, placeOf, readYaml, type YamlText } from './document.ts';
import { pathText, valueAt } from './problems.ts';

const BOM = '\ufeff';

/**
 * Puts a value into a YAML text, or takes it out (`undefined`), and leaves every other octet as it is: comments, blank lines, quotes,
 * order. Mappings on the way that are missing are made. The text must be readable.
 *
 * Design note: the yaml library keeps comments when it prints a document, but not columns and line breaks; so its nodes are asked
 * for their places, and the text is cut there. The result is read again: if it does not say what it should, the library prints it.
 * @throws Refusal policy/bad-config where the change would change something else too: another place takes its value from here
 */
export function editYaml(text: string, path: Path, value: unknown): string {
  // The places that the library tells do not count it.
  if (text.startsWith(BOM)) return BOM + editYaml(text.slice(BOM.length), path, value);
  const yaml = readYaml(text);
  if (value === undefined && valueAt(yaml.value, path) === undefined) return text;
  const wanted = withValue(yaml.value ?? {}, path, value);
  const edited = spliced(yaml, path, value);
  if (edited !== undefined && says(edited, wanted)) return edited;
  const whole = printed(yaml, path, wanted);
  if (whole !== undefined && says(whole, wanted)) return whole;
  throw new Refusal(
    'policy/bad-config',
    `${pathText(path)} cannot be changed alone: another part of the file stands for it by an anchor and an alias`,
    'write the parts that share an anchor out, and try again',
  );
}

/** @returns undefined where an alias is left without its anchor */
function printed(yaml: YamlText, path: Path, wanted: unknown): string | undefined {
  try {
    return library(yaml, path, wanted);
  } catch {
    return undefined;
  }
}

/** An alias on the way becomes a mapping of its own: what else it stands for stays as it is. */
function library({ text, document }: YamlText, path: Path, wanted: unknown): string {
  const prefixes = path.map((_, i) => path.slice(0, i + 1));
  const at = prefixes.find((prefix) => isAlias(document.getIn(prefix, true))) ?? path;
  const value = valueAt(wanted, at);
  if (value === undefined) document.deleteIn(at);
  else document.setIn(at, document.createNode(value));
  return document.toString({ lineWidth: 0 }).replace(/\r?\n/g, eolOf(text));
}

function says(text: string, wanted: unknown): boolean {
  const { problems, value } = readYaml(text);
  return problems.length === 0 && isDeepStrictEqual(value ?? {}, wanted);
}

function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const members: Record<string, unknown> = isMapping(root) ? { ...root } : {};
  const inner = withValue(members[step], rest, value);
  if (inner === undefined) delete members[step];
  else members[step] = inner;
  return members;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns undefined where the text has a form that is not handled */
function spliced(yaml: YamlText, path: Path, value: unknown): string | undefined {
  const { text, document, value: root } = yaml;
  const parentPath = path.slice(0, -1);
  const key = String(path.at(-1));
  const isThere = valueAt(root, path) !== undefined;
  if (value === undefined) return withoutPair(yaml, mapAt(document, parentPath), key, parentPath);
  if (isThere) return withOther(text, mapAt(document, parentPath), key, value);
  if (parentPath.length > 0 && valueAt(root, parentPath) === undefined) return spliced(yaml, parentPath, { [key]: value });
  const map = mapAt(document, parentPath);
  if (map !== undefined && map.items.length > 0) return withPair(text, map, key, value);
  if (parentPath.length === 0) return text + lineEndBefore(text, text.length) + pairLines(text, key, value, 0);
  return intoEmpty(text, parentPath, placeOf(document, parentPath), key, value);
}

function mapAt(document: Document, path: Path): YAMLMap<Node, Node | null> | undefined {
  const { value } = placeOf(document, path);
  return isMap(value) ? (value as YAMLMap<Node, Node | null>) : undefined;
}

/** `key:` or `key: {}`: the pair goes below, in block form. */
function intoEmpty(text: string, path: Path, { key: parent, value: empty }: ReturnType<typeof placeOf>, key: string, value: unknown) {
  if (parent?.range == null || empty?.range == null || text.slice(empty.range[0], empty.range[1]).includes('#')) return undefined;
  const lineEnd = endOfLine(text, empty.range[1]);
  const indent = columnOf(text, parent.range[0]) + STEP;
  const colon = text.indexOf(':', parent.range[1]);
  if (colon < 0 || path.length === 0) return undefined;
  // Comments may stand before the empty mapping and behind it.
  const comments = [text.slice(colon + 1, Math.max(empty.range[0], colon + 1)), text.slice(Math.max(empty.range[1], colon + 1), lineEnd)];
  const head = [text.slice(0, colon + 1), ...comments.map((comment) => comment.trim()).filter((comment) => comment !== '')].join(' ');
  return `${head}${eolOf(text)}${pairLines(text, key, value, indent)}${text.slice(lineEnd + eolLength(text, lineEnd))}`;
}

const STEP = 2;

function withPair(text: string, map: YAMLMap<Node, Node | null>, key: string, value: unknown): string | undefined {
  if (map.range == null) return undefined;
  if (map.flow) {
    const close = map.range[1] - 1;
    const before = text.slice(0, close).trimEnd();
    const gap = text.slice(before.length, close);
    const comma = before.endsWith(',') ? ' ' : ', ';
    return `${before}${comma}${flowText({ [key]: value })}${gap}${text.slice(close)}`;
  }
  const first = map.items[0]?.key.range;
  const end = endOfPair(map.items.at(-1));
  if (first == null || end === undefined) return undefined;
  const column = columnOf(text, first[0]);
  const at = afterPair(text, end, column);
  return `${text.slice(0, at)}${lineEndBefore(text, at)}${pairLines(text, key, value, column)}${text.slice(at)}`;
}

/** Without the braces. */
function flowText(value: object): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim();
}

function withOther(text: string, map: YAMLMap<Node, Node | null> | undefined, key: string, value: unknown): string | undefined {
  const pair = pairOf(map, key);
  const range = pair?.value?.range;
  if (map === undefined || pair?.key.range == null || range == null) return undefined;
  const isBlock = !map.flow && (isCollection(value) || text.slice(range[0], range[1]).includes('\n'));
  if (!isBlock) {
    const flow = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    const space = text[range[0] - 1] === ':' ? ' ' : '';
    return `${text.slice(0, range[0])}${space}${flow}${text.slice(range[1])}`;
  }
  const from = pair.key.range[0];
  const to = afterLine(text, endOfPair(pair) ?? range[1]);
  const indent = columnOf(text, from);
  return `${text.slice(0, from - indent)}${pairLines(text, key, value, indent)}${text.slice(to)}`;
}

const isCollection = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 && !Array.isArray(value);

function withoutPair(
  { text, document }: YamlText,
  map: YAMLMap<Node, Node | null> | undefined,
  key: string,
  parent: Path,
): string | undefined {
  const pair = pairOf(map, key);
  const end = endOfPair(pair);
  if (map === undefined || pair?.key.range == null || end === undefined) return undefined;
  const index = map.items.indexOf(pair);
  if (map.flow) {
    const next = map.items[index + 1]?.key.range?.[0];
    const previous = endOfPair(map.items[index - 1]);
    if (next !== undefined) return text.slice(0, pair.key.range[0]) + text.slice(next);
    const between = text.slice(previous ?? pair.key.range[0], pair.key.range[0]);
    // A comment there is of what stays.
    const kept = between.includes('#') ? between.replace(',', '') : '';
    return text.slice(0, previous ?? pair.key.range[0]) + kept + text.slice(end);
  }
  const column = columnOf(text, pair.key.range[0]);
  const from = pair.key.range[0] - column;
  const rest = text.slice(0, from) + text.slice(afterPair(text, end, column));
  if (map.items.length > 1 || parent.length === 0) return rest;
  const colon = text.indexOf(':', placeOf(document, parent).key?.range?.[1] ?? text.length);
  return colon < 0 ? undefined : `${rest.slice(0, colon + 1)} {}${rest.slice(colon + 1)}`;
}

function pairOf(map: YAMLMap<Node, Node | null> | undefined, key: string): Pair<Node, Node | null> | undefined {
  return map?.items.find((item) => keyText(item.key) === key);
}

/** Where the value ends, without what follows it on its line. Of a block mapping: where its last value ends. */
function endOfPair(pair: Pair<Node, Node | null> | undefined): number | undefined {
  const value = pair?.value;
  if (isMap(value) && !value.flow && value.items.length > 0) return endOfPair(value.items.at(-1) as Pair<Node, Node | null>);
  return value?.range?.[1] ?? pair?.key.range?.[1];
}

/** Behind the lines of a pair whose key is in this column: comments that are further right, like members that are commented out, are its own. */
function afterPair(text: string, end: number, column: number): number {
  let after = text[end - 1] === '\n' ? end : afterLine(text, end);
  for (let at = after; at < text.length; ) {
    const next = afterLine(text, at);
    const line = text.slice(at, next);
    const blanks = line.search(/\S/);
    if (blanks >= 0 && (line[blanks] !== '#' || blanks <= column)) break;
    if (blanks >= 0) after = next;
    at = next;
  }
  return after;
}

function pairLines(text: string, key: string, value: unknown, indent: number): string {
  const lines = stringify({ [key]: value }, { indent: STEP, lineWidth: 0 })
    .trimEnd()
    .split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}${eolOf(text)}`).join('');
}

const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');
const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1);
const eolLength = (text: string, at: number): number => (text.startsWith('\r\n', at) ? 2 : at < text.length ? 1 : 0);
const lineEndBefore = (text: string, at: number): string => (at === 0 || text[at - 1] === '\n' ? '' : eolOf(text));

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  if (at < 0) return text.length;
  return text[at - 1] === '\r' && at > from ? at - 1 : at;
}

function afterLine(text: string, from: number): number {
  const end = endOfLine(text, from);
  return end + eolLength(text, end);
}
