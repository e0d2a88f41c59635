// What people have signed: one step of one ceremony, over the log as it was then.
import { isSigned, parseNote, parseVkey } from './notes.ts';
import type { Tree } from './tree.ts';

/** What somebody has signed; it is checked when the tree is known. */
export interface SignedStatement {
  readonly index: number;
  readonly note: string;
  readonly vkey: string;
  /** Lines that it must begin with. */
  readonly lines: string;
  /** The attempt began with this entry. */
  readonly begun: number;
}

type Member = 'ceremony' | 'mode' | 'script' | 'plan' | 'step' | 'person' | 'role' | 'typed';

/** What the entry tells of it; time and head of the log follow. */
export const statementLines = (told: Readonly<Record<Member, string>>): string =>
  `coldsign ceremony statement 1\n${MEMBERS_OF_STATEMENT.map((name) => `${name}: ${told[name]}\n`).join('')}`;

const MEMBERS_OF_STATEMENT = ['ceremony', 'mode', 'script', 'plan', 'step', 'person', 'role', 'typed'] as const;

export function* statementProblems(
  { index, note, vkey, lines, begun }: SignedStatement,
  tree: Tree,
  origin: string | undefined,
): Generator<string> {
  const key = parseVkey(vkey);
  const signed = parseNote(note);
  if (key === undefined || signed === undefined) {
    yield key === undefined ? 'the configuration in force has no key of the person' : 'it holds no note';
    return;
  }
  const mine = signed.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (mine.length === 0 || !mine.every(({ signature }) => isSigned(key, signed.text, signature)))
    yield `the statement is not signed by ${vkey}, which was the key of the person then`;
  const [, size = '', root] = signed.text.startsWith(lines) ? (STATEMENT_END.exec(signed.text.slice(lines.length)) ?? []) : [];
  if (root === undefined || !signed.text.endsWith(`log: ${origin} ${size} ${root}\n`)) {
    yield 'the person has signed something else than the entry says';
    return;
  }
  const at = Number(size);
  if (at <= begun || at > index || tree.root(at).toString('hex') !== root)
    yield `the statement is over ${size} entries of another log, or of another time: the step began at entry ${begun}`;
}

/** What follows the lines that the entry tells: when, and the head of the log. */
const STATEMENT_END = /^time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\nlog: [^ \n]+ (0|[1-9]\d{0,14}) ([0-9a-f]{64})\n$/;
