import { Refusal } from '../../signer/errors.ts';
import type { AnyEntry } from '../state/state.ts';
import { VERSION } from '../version.ts';
import { canonicalJson } from './canonical-json.ts';
import { CATEGORY, MAX_ENTRY_OCTETS } from './entry.ts';

/**
 * The line of an entry without its line feed; ASCII. It is the leaf of the tree.
 *
 * @throws RangeError above MAX_ENTRY_OCTETS: what is big is an artifact that the entry names
 */
export function printEntry(entry: AnyEntry): string {
  const line = canonicalJson(entry);
  if (line.length > MAX_ENTRY_OCTETS) throw new RangeError(`entry ${entry.type} has ${line.length} octets, above ${MAX_ENTRY_OCTETS}`);
  return line;
}

/**
 * Reads one line of entries.jsonl, strictly: what two readers could understand differently (a member twice, another spelling) is refused.
 * Members that this version does not know are kept.
 *
 * @param seq number of the leaf, from 0; the line says the same
 * @throws Refusal audit/bad-entry
 * @throws Refusal audit/unknown-entry for a type that this version does not know
 */
export function parseEntry(line: string, seq: number): AnyEntry {
  const value = parseJson(line, seq);
  checkCommon(value, seq);
  const { type, cat } = value as { type: string; cat: unknown };
  if (!Object.hasOwn(CATEGORY, type))
    throw new Refusal(
      'audit/unknown-entry',
      `line ${seq + 1} of the log is of type ${JSON.stringify(type)}, which coldsign ${VERSION} does not know`,
      'read this log with the version that wrote it, or a newer one: session.open names it',
    );
  const entry = value as unknown as AnyEntry;
  if (cat !== CATEGORY[entry.type]) throw badEntry(seq, `cat is ${show(cat)}, entries of type ${type} are ${show(CATEGORY[entry.type])}`);
  return entry;
}

type Members = Readonly<Record<string, unknown>>;

function parseJson(line: string, seq: number): Members {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badEntry(seq, `it is not JSON (${(cause as Error).message})`, cause);
  }
  if (!isObject(value)) throw badEntry(seq, `it is ${Array.isArray(value) ? 'an array' : show(value)}, not an object`);
  if (!isCanonical(value, line))
    throw badEntry(seq, 'it is not written as coldsign writes it (sorted members, each once, no blanks, ASCII)');
  return value;
}

function isCanonical(value: Members, line: string): boolean {
  try {
    return canonicalJson(value) === line;
  } catch {
    return false;
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** The members that every entry has, whatever its type. */
function checkCommon(value: Members, seq: number): void {
  const { actor } = value;
  const must = (name: string, isRight: boolean, wanted: string): void => {
    if (!isRight) throw badEntry(seq, `${name} is ${show(value[name])}, not ${wanted}`);
  };
  must('v', value['v'] === 1, '1');
  must('seq', value['seq'] === seq, String(seq));
  must('time', isTime(value['time']), 'a time in UTC such as 2026-11-24T09:00:00Z');
  must('mono', Number.isSafeInteger(value['mono']) && (value['mono'] as number) >= 0, 'a number of milliseconds');
  must('boot', isText(value['boot']), 'a text');
  must('session', isText(value['session']), 'a text');
  must('mode', value['mode'] === 'production' || value['mode'] === 'practice', '"production" or "practice"');
  must('type', isText(value['type']), 'a text');
  must('actor', isObject(actor) && isText(actor['role']) && isText(actor['name']), 'an object with role and name');
  must('data', isObject(value['data']), 'an object');
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): boolean => isText(value) && TIME.test(value) && !Number.isNaN(Date.parse(value));

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in a message, of bounded length. */
function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function badEntry(seq: number, what: string, cause?: unknown): Refusal {
  return new Refusal(
    'audit/bad-entry',
    `line ${seq + 1} of the log cannot be what coldsign wrote: ${what}`,
    'the log was changed or damaged: compare it with an export or a backup, and run audit verify on both',
    { cause },
  );
}
