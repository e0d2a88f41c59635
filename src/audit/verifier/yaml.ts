// Scripts of ceremonies are YAML: as much of YAML 1.2 as a script may use, which hides nothing.

/** Text, or what a plain scalar means otherwise (core schema); what a script has no use for is told by its kind alone. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMapping;
export interface YamlMapping {
  readonly [name: string]: YamlValue;
}

/** @returns undefined for what is no such YAML: aliases, anchors, tags, directives, a second document, a member twice, other keys than names */
export function readPlainYaml(text: string): YamlValue | undefined {
  if (/[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) return undefined;
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines[0] === '---') lines[0] = '';
  if (lines.some((line) => /^(?:---|\.\.\.)(?: |$)/.test(line))) return undefined;
  try {
    const reader = new YamlReader(lines);
    const value = reader.block(-1);
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof NotPlainYaml) return undefined;
    throw error;
  }
}

class NotPlainYaml extends Error {}

const MOST_NESTED = 32;
/** Every key of a script is a name. */
const YAML_KEY = /^(?:([A-Za-z][A-Za-z0-9_-]*)|"([A-Za-z][A-Za-z0-9_-]*)"|'([A-Za-z][A-Za-z0-9_-]*)') *:(?= |$)/;
const BLOCK_SCALAR = /^([|>])(?:([1-9])([+-]?)|([+-]?)([1-9]?))(?: +#[^\n]*| *)$/;

/** By lines. An item of a list, and what stands behind a key, is read as a line of its own that is indented further. */
class YamlReader {
  readonly #lines: string[];
  #row = 0;
  #depth = 0;

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  isAtEnd(): boolean {
    this.#skip();
    return this.#row >= this.#lines.length;
  }

  /** @param parent indentation of what it belongs to; -1: it is the whole */
  block(parent: number): YamlValue {
    if (++this.#depth > MOST_NESTED) throw new NotPlainYaml();
    this.#skip();
    const line = this.#lines[this.#row] ?? '';
    const indent = indentOf(line);
    let value: YamlValue = null;
    if (line !== '' && indent > parent) {
      const rest = line.slice(indent);
      if (/^-(?: |$)/.test(rest)) value = this.#list(indent);
      else if (YAML_KEY.test(rest)) value = this.#mapping(indent);
      else value = this.#scalar(parent, indent);
    }
    this.#depth--;
    return value;
  }

  #list(indent: number): YamlValue {
    const items: YamlValue[] = [];
    for (;;) {
      this.#skip();
      const line = this.#lines[this.#row] ?? '';
      if (indentOf(line) !== indent || !/^-(?: |$)/.test(line.slice(indent))) return items;
      this.#lines[this.#row] = `${' '.repeat(indent + 1)}${line.slice(indent + 1)}`;
      items.push(this.block(indent));
    }
  }

  #mapping(indent: number): YamlValue {
    const members = new Map<string, YamlValue>();
    for (;;) {
      this.#skip();
      const line = this.#lines[this.#row] ?? '';
      const found = indentOf(line) === indent ? YAML_KEY.exec(line.slice(indent)) : null;
      if (found === null) return Object.fromEntries(members);
      const name = found[1] ?? found[2] ?? found[3]!;
      const end = indent + found[0].length;
      const rest = line.slice(end);
      if (members.has(name)) throw new NotPlainYaml();
      this.#lines[this.#row] = `${' '.repeat(end)}${rest}`;
      members.set(name, /^ *(?:#[^\n]*)?$/.test(rest) ? this.#below(indent) : this.#scalar(indent, indentOf(this.#lines[this.#row]!)));
    }
  }

  /** What stands below its key; a list may stand as far left as the key. */
  #below(indent: number): YamlValue {
    this.#row++;
    this.#skip();
    const line = this.#lines[this.#row] ?? '';
    return indentOf(line) === indent && /^-(?: |$)/.test(line.slice(indent)) ? this.#list(indent) : this.block(indent);
  }

  #scalar(parent: number, at: number): YamlValue {
    const head = BLOCK_SCALAR.exec(this.#lines[this.#row]!.slice(at));
    if (head !== null) return this.#blockScalar(parent, head);
    const text = [this.#lines[this.#row]!.slice(at)];
    for (let next = this.#row + 1; next < this.#lines.length; next++) {
      const line = this.#lines[next]!;
      if (!/^ *$/.test(line) && indentOf(line) <= parent) break;
      text.push(line);
    }
    const flow = new FlowReader(text.join('\n'));
    const value = flow.value(false);
    this.#row += flow.endLine();
    return value;
  }

  #blockScalar(parent: number, [, style, one, chompAfter, chompBefore, two]: RegExpExecArray): string {
    const given = one ?? two ?? '';
    let indent = given === '' ? 0 : Math.max(parent, 0) + Number(given);
    const content: string[] = [];
    for (this.#row++; this.#row < this.#lines.length; this.#row++) {
      const line = this.#lines[this.#row]!;
      const isBlank = /^ *$/.test(line);
      if (indent === 0 && !isBlank) indent = Math.max(indentOf(line), parent + 1, 1);
      if (!isBlank && indentOf(line) < indent) break;
      content.push(line.slice(indent === 0 ? line.length : indent));
    }
    const chomp = chompAfter ?? chompBefore;
    const end = content.findLastIndex((line) => line !== '') + 1;
    const kept = style === '|' ? content.slice(0, end).join('\n') : folded(content.slice(0, end));
    if (chomp === '+') return `${kept}${'\n'.repeat(content.length - end + (end === 0 ? 0 : 1))}`;
    return end === 0 || chomp === '-' ? kept : `${kept}\n`;
  }

  #skip(): void {
    while (this.#row < this.#lines.length && /^ *(?:#[^\n]*)?$/.test(this.#lines[this.#row]!)) this.#row++;
  }
}

/** A scalar, or a collection in brackets, over one line or several. */
class FlowReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(isInside: boolean): YamlValue {
    if (++this.#depth > MOST_NESTED) throw new NotPlainYaml();
    const first = this.#text[this.#at];
    let value: YamlValue;
    if (first === '"') value = this.#doubleQuoted();
    else if (first === "'") value = this.#singleQuoted();
    else if (first === '[') value = this.#list();
    else if (first === '{') value = this.#mapping();
    else value = this.#plain(isInside);
    this.#depth--;
    return value;
  }

  /** @returns lines that the value takes; nothing but a comment follows it on the last */
  endLine(): number {
    const end = /^(?: *| +#[^\n]*)(?=\n|$)/.exec(this.#text.slice(this.#at));
    if (end === null) throw new NotPlainYaml();
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  #list(): YamlValue {
    const items: YamlValue[] = [];
    this.#at++;
    for (this.#blanks(); this.#text[this.#at] !== ']'; this.#separator(']')) items.push(this.value(true));
    this.#at++;
    return items;
  }

  #mapping(): YamlValue {
    const members = new Map<string, YamlValue>();
    this.#at++;
    for (this.#blanks(); this.#text[this.#at] !== '}'; this.#separator('}')) {
      const found = /^(["']?)([A-Za-z][A-Za-z0-9_-]*)\1 *:(?=[ \n])/.exec(this.#text.slice(this.#at));
      if (found === null || members.has(found[2]!)) throw new NotPlainYaml();
      this.#at += found[0].length;
      this.#blanks();
      members.set(found[2]!, this.value(true));
    }
    this.#at++;
    return Object.fromEntries(members);
  }

  #separator(end: string): void {
    this.#blanks();
    const found = this.#text[this.#at];
    if (found === ',') this.#at++;
    else if (found !== end) throw new NotPlainYaml();
    this.#blanks();
  }

  #blanks(): void {
    this.#at += /^(?:[ \n]|(?<=[ \n])#[^\n]*)*/.exec(this.#text.slice(this.#at))![0].length;
  }

  #plain(isInside: boolean): YamlValue {
    const line = isInside
      ? /^(?:[^ \n,[\]{}:#]|:(?=[^ \n,[\]{}])|(?<! )#| +(?=[^ \n#,[\]{}:]|:[^ \n,[\]{}]))+/
      : /^(?:[^ \n:#]|:(?=[^ \n])|(?<! )#| +(?=[^ \n#:]|:[^ \n]))+/;
    const lines: string[] = [];
    let end = this.#at;
    for (;;) {
      const found = line.exec(this.#text.slice(end))?.[0];
      if (found === undefined) break;
      lines.push(found);
      end += found.length;
      this.#at = end;
      const gap = /^(?: *\n)+ */.exec(this.#text.slice(end))?.[0];
      if (gap === undefined || /^(?:#|$)/.test(this.#text.slice(end + gap.length))) break;
      lines.push(...Array.from({ length: gap.split('\n').length - 2 }, () => ''));
      end += gap.length;
    }
    const text = joinLines(lines);
    if (text === '' || /^[-?:](?: |$)|^[&*!|>%@`"'#,[\]{}]/.test(text)) throw new NotPlainYaml();
    return resolvedScalar(text, lines.length > 1);
  }

  #singleQuoted(): string {
    const found = /^'((?:[^']|'')*)'/.exec(this.#text.slice(this.#at));
    if (found === null) throw new NotPlainYaml();
    this.#at += found[0].length;
    return joinLines(trimmedLines(found[1]!)).replaceAll("''", "'");
  }

  #doubleQuoted(): string {
    const found = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.#text.slice(this.#at));
    if (found === null) throw new NotPlainYaml();
    this.#at += found[0].length;
    // A line feed behind a backslash is none, nor are the blanks after it; a blank behind one stays.
    const whole = found[1]!.replace(/\\(\n *|[\s\S])/g, (all, what: string) => (what[0] === '\n' ? '' : what === ' ' ? '\\x20' : all));
    return joinLines(trimmedLines(whole)).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g, (_, code: string) =>
      unescaped(code),
    );
  }
}

const indentOf = (line: string): number => /^ */.exec(line)![0].length;

/** Blanks at the ends of the whole are text, those around its line feeds are not. */
const trimmedLines = (text: string): string[] => text.replace(/ *\n */g, '\n').split('\n');

/** A line feed is a blank, n empty lines are n line feeds. */
function joinLines(lines: readonly string[]): string {
  let text = lines[0] ?? '';
  let empty = 0;
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue;
    if (line === '' && i < lines.length - 1) empty++;
    else {
      text += (empty === 0 ? ' ' : '\n'.repeat(empty)) + line;
      empty = 0;
    }
  }
  return text;
}

/** Lines that are indented further stand as they are. */
function folded(lines: readonly string[]): string {
  let text = '';
  let breaks = 0;
  let before: string | undefined;
  for (const line of lines) {
    if (before !== undefined) breaks++;
    if (line === '') {
      before ??= '';
      continue;
    }
    const isKept = before === undefined || text === '' || before.startsWith(' ') || line.startsWith(' ');
    text += isKept ? '\n'.repeat(breaks) : breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
    text += line;
    breaks = 0;
    before = line;
  }
  return text;
}

function resolvedScalar(text: string, isLong: boolean): YamlValue {
  if (isLong) return text;
  if (/^(?:null|Null|NULL|~)$/.test(text)) return null;
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(text)) return text[0] === 't' || text[0] === 'T';
  if (
    /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(
      text,
    )
  )
    return Number(text);
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};

function unescaped(code: string): string {
  if (code.length > 1) {
    const point = Number.parseInt(code.slice(1), 16);
    if (point > 0x10_ffff) throw new NotPlainYaml();
    return String.fromCodePoint(point);
  }
  const found = ESCAPES[code];
  if (found === undefined) throw new NotPlainYaml();
  return found;
}
