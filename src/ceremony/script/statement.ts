import { Refusal } from '../../../signer/errors.ts';
import type { Mode } from '../../audit/entry.ts';
import { isoText, parseMoment } from '../../config/time-text.ts';

/** What one person agrees to, and when: one step of one script, on one log. */
export interface Statement {
  readonly ceremony: string;
  /** Agreement in a rehearsal is no agreement. */
  readonly mode: Mode;
  /** Hexadecimal. */
  readonly scriptSha256: string;
  readonly planSha256: string;
  /** Id of the step. */
  readonly step: string;
  /** Short name, and the role in which the person agrees. */
  readonly person: string;
  readonly role: string;
  /** What the person had to type, and did; empty: nothing was asked for. */
  readonly typed: string;
  /** Unix seconds. */
  readonly at: number;
  /** Head of the log then; root hexadecimal. */
  readonly log: { readonly origin: string; readonly size: number; readonly root: string };
}

const MAGIC = 'coldsign ceremony statement 1';

/** Name of a line → what it can hold. In this order, each once: one statement has one form. */
const LINES = {
  ceremony: /^[!-~]{1,100}$/,
  mode: /^(?:production|practice)$/,
  script: /^[0-9a-f]{64}$/,
  plan: /^[0-9a-f]{64}$/,
  step: /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,300}$/u,
  person: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  role: /^[a-z][a-z0-9-]{0,40}$/,
  typed: /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,300}$/u,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  log: /^[!-*,-~]{1,200} (?:0|[1-9][0-9]{0,14}) [0-9a-f]{64}$/,
} as const;

type LineName = keyof typeof LINES;

/**
 * The text that is signed: a first line that says what it is, then a line for each member, each with its line feed.
 * @throws RangeError for a member that no line can hold: whoever makes a statement has checked them
 */
export function statementOf(statement: Statement): string {
  const { scriptSha256, planSha256, at, log, ceremony, mode, step, person, role, typed } = statement;
  const values: Record<LineName, string> = {
    ceremony,
    mode,
    script: scriptSha256,
    plan: planSha256,
    step,
    person,
    role,
    typed,
    time: isoText(at),
    log: `${log.origin} ${log.size} ${log.root}`,
  };
  const lines = (Object.keys(LINES) as LineName[]).map((name) => {
    if (!LINES[name].test(values[name])) throw new RangeError(`no statement can hold ${name}: ${JSON.stringify(values[name])}`);
    return `${name}: ${values[name]}\n`;
  });
  return `${MAGIC}\n${lines.join('')}`;
}

/** @throws Refusal ceremony/bad-statement for everything that statementOf does not write */
export function parseStatement(text: string): Statement {
  const [magic = '', ...lines] = text.split('\n');
  if (magic !== MAGIC) throw bad(`its first line is ${JSON.stringify(magic.slice(0, 60))}, not ${JSON.stringify(MAGIC)}`);
  const names = Object.keys(LINES) as LineName[];
  if (lines.length !== names.length + 1 || lines.at(-1) !== '')
    throw bad(`it has ${lines.length} lines after the first, expected ${names.length}`);
  const values = Object.fromEntries(names.map((name, i) => [name, lineValue(name, lines[i]!)])) as Record<LineName, string>;
  const [origin = '', size = '', root = ''] = values.log.split(' ');
  const statement: Statement = {
    ceremony: values.ceremony,
    mode: values.mode as Mode,
    scriptSha256: values.script,
    planSha256: values.plan,
    step: values.step,
    person: values.person,
    role: values.role,
    typed: values.typed,
    at: parseTime(values.time),
    log: { origin, size: Number(size), root },
  };
  // 2026-02-30 is read by nobody as it was written.
  if (statementOf(statement) !== text) throw bad(`its time is ${values.time}, which is no time`);
  return statement;
}

function lineValue(name: LineName, line: string): string {
  const value = line.startsWith(`${name}: `) ? line.slice(name.length + 2) : undefined;
  if (value !== undefined && LINES[name].test(value)) return value;
  throw bad(`found the line ${JSON.stringify(line.slice(0, 80))}, expected ${name}`);
}

function parseTime(text: string): number {
  try {
    return parseMoment(text, 0);
  } catch (error) {
    if (error instanceof Refusal) throw bad(`its time is ${text}, which is no time`);
    throw error;
  }
}

function bad(why: string): Refusal {
  return new Refusal(
    'ceremony/bad-statement',
    `this is no statement of a ceremony: ${why}`,
    'take the statement as the log has it, octet for octet',
  );
}
