import { Refusal } from '../../../signer/errors.ts';

/** `words { block } ;` of named.conf. A statement may have words, a block, or both; what follows the block is in `words` too. */
export interface Statement {
  readonly words: readonly string[];
  readonly block: readonly Statement[] | undefined;
  /** 1-based. */
  readonly line: number;
}

interface Token {
  readonly kind: 'word' | '{' | '}' | ';';
  readonly text: string;
  readonly line: number;
}

const MAX_DEPTH = 32;

/** Statements of a named.conf text. Files that it includes are not read. @throws Refusal policy/bad-import */
export function parseNamedConf(text: string, file: string): readonly Statement[] {
  const tokens = [...tokenize(text, file)];
  let next = 0;
  let depth = 0;
  const bad = (line: number, what: string): Refusal => badImport(file, line, what);

  const statements = (open: Token | undefined): Statement[] => {
    const list: Statement[] = [];
    for (;;) {
      const token = tokens[next];
      if (token === undefined) {
        if (open !== undefined) throw bad(open.line, 'this { has no } to it');
        return list;
      }
      if (token.kind === '}') {
        if (open === undefined) throw bad(token.line, 'a } without a { before it');
        next++;
        return list;
      }
      if (token.kind === ';') next++;
      else list.push(statement(token));
    }
  };

  const statement = (first: Token): Statement => {
    const words: string[] = [];
    let block: Statement[] | undefined;
    for (;;) {
      const token = tokens[next];
      if (token === undefined || token.kind === '}') throw bad(first.line, `the statement ${words.join(' ')} does not end in ;`);
      next++;
      if (token.kind === ';') return { words, block, line: first.line };
      if (token.kind === 'word') words.push(token.text);
      else {
        if (++depth > MAX_DEPTH) throw bad(token.line, `blocks are nested deeper than ${MAX_DEPTH}`);
        block = [...(block ?? []), ...statements(token)];
        depth--;
      }
    }
  };

  return statements(undefined);
}

export function badImport(file: string, line: number, what: string): Refusal {
  return new Refusal(
    'policy/bad-import',
    `${file}:${line}: ${what}`,
    'give a file that its own program accepts (named-checkconf, ods-kaspcheck)',
  );
}

const SPACE = /[ \t\r\n]+/y;
const COMMENT = /(?:\/\/|#)[^\n]*|\/\*[\s\S]*?\*\//y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const PUNCTUATION = /[{};]/y;
const WORD = /(?:[^\s{};"#/]|\/(?![/*]))+/y;

function unreadable(text: string, at: number): string {
  if (text[at] === '"') return 'a " that is not closed';
  if (text.startsWith('/*', at)) return 'a comment that is not closed';
  return `the character U+${text.codePointAt(at)!.toString(16).toUpperCase().padStart(4, '0')}, which named.conf does not have outside of quotes`;
}

function* tokenize(text: string, file: string): Generator<Token> {
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const skipped = take(SPACE) ?? take(COMMENT);
    const quoted = skipped === null ? take(QUOTED) : null;
    const punctuation = skipped ?? quoted ?? take(PUNCTUATION);
    const match = punctuation ?? take(WORD);
    if (match === null) throw badImport(file, line, unreadable(text, at));
    if (quoted !== null) yield { kind: 'word', text: quoted[1]!.replace(/\\([\s\S])/g, '$1'), line };
    else if (skipped === null) yield { kind: punctuation === null ? 'word' : (match[0] as '{' | '}' | ';'), text: match[0], line };
    line += match[0].split('\n').length - 1;
    at += match[0].length;
  }
}
