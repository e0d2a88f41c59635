// Entries: form of a line, members of every entry, members by type.
import type { Findings } from './findings.ts';
import { show } from './octets.ts';

export type Json = string | number | boolean | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export interface ReadEntry {
  readonly index: number;
  readonly time: string;
  readonly mono: number;
  readonly boot: string;
  readonly session: string;
  readonly mode: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly references: readonly Reference[];
}

/** An artifact that an entry names. */
interface Reference {
  readonly sha256: string;
  readonly size: number;
}

export interface Genesis {
  readonly origin: string;
  readonly vkey: string;
}

/** Every type, its category, and those members of its data that are judged below. */
const TYPES: Readonly<Record<string, readonly [category: string, data: Shape]>> = {
  'log.genesis': ['audit', { origin: 'text', vkey: 'text' }],
  'log.anomaly': ['incident', {}],
  'session.open': ['access', { command: 'text' }],
  'session.close': ['access', { outcome: 'text' }],
  'clock.jump': ['incident', {}],
  'policy.loaded': ['software', {}],
  'input.accepted': ['signing', { zone: 'text', files: [] }],
  'input.rejected': ['signing', {}],
  'key.generate.intent': ['key', { zone: 'text', role: 'text' }],
  'key.generate.result': ['key', { intent: 'count', key: { zone: 'text', role: 'text' } }],
  'key.imported': ['key', { key: { zone: 'text', role: 'text' } }],
  'key.proved': ['key', { key: { zone: 'text' } }],
  'key.refused': ['incident', { key: { zone: 'text' }, code: 'text' }],
  'key.destroy.intent': ['key', { key: { zone: 'text', role: 'text', id: 'text' }, reason: 'text' }],
  'key.destroy.result': ['key', { intent: 'count', key: { zone: 'text', role: 'text', id: 'text' } }],
  'key.backup': ['key', { method: 'text', place: 'text' }],
  'key.drill': ['key', { method: 'text', outcome: 'text' }],
  'key.restore.intent': ['key', { method: 'text', sha256: 'sha256', reason: 'text' }],
  'key.restored': ['key', { method: 'text', reason: 'text' }],
  'pin.shares': ['access', { act: 'text', set: 'text' }],
  'pin.combined': ['access', { set: 'text' }],
  'sign.intent': ['signing', { zone: 'text', serial: 'serial' }],
  'sign.result': ['signing', { intent: 'count', zone: 'text', serial: 'serial', signed: 'sha256' }],
  'gate.passed': ['assessment', { zone: 'text', serial: 'serial', verdicts: [{ rule: 'text', verdict: 'text' }] }],
  'gate.refused': ['assessment', { zone: 'text', serial: 'serial', verdicts: [{ rule: 'text', verdict: 'text' }] }],
  'release.intent': [
    'signing',
    {
      release: { zone: 'text', serial: 'serial', manifest: 'sha256', signed: 'sha256', validFrom: 'text', validUntil: 'text', input: [] },
    },
  ],
  'release.result': ['signing', { intent: 'count', zone: 'text', serial: 'serial' }],
  'roll.started': ['key', { zone: 'text', roll: { id: 'count', kind: 'text', reason: 'text' } }],
  'roll.noted': ['key', { zone: 'text', moves: [{ kind: 'text', key: 'text' }] }],
  'roll.step.intent': ['key', { zone: 'text', plan: 'sha256', moves: [{ kind: 'text', key: 'text' }] }],
  'roll.cancelled': ['key', { zone: 'text', roll: 'count', how: 'text' }],
  'zone.observed': ['assessment', { zone: 'text', serial: 'serial', from: 'count', source: 'text' }],
  'ds.observed': ['assessment', { zone: 'text', at: 'count', source: 'text' }],
  'ds.submitted': ['key', { zone: 'text', key: 'text', at: 'count' }],
  'ds.retracted': ['key', { zone: 'text', key: 'text', at: 'count' }],
  'ceremony.opened': ['ceremony', { ceremony: 'text', script: { sha256: 'sha256' }, plan: 'sha256', people: {} }],
  'ceremony.attendance': ['ceremony', { ceremony: 'text', person: 'text', role: 'text', act: 'text' }],
  'ceremony.step.begun': ['ceremony', { ceremony: 'text', step: 'text', attempt: 'count' }],
  'ceremony.step.ended': ['ceremony', { ceremony: 'text', step: 'text', outcome: 'text' }],
  'approval.given': ['ceremony', { ceremony: 'text', step: 'text', person: 'text', role: 'text', by: 'text' }],
  'approval.refused': ['incident', { ceremony: 'text', step: 'text', person: 'text' }],
  'ceremony.exception': [
    'incident',
    { ceremony: 'text', number: 'count', step: 'text', what: 'text', why: 'text', agreed: [], followUp: 'text' },
  ],
  'ceremony.exception.closed': ['incident', { ceremony: 'text', number: 'count', agreed: [] }],
  'ceremony.handover': ['ceremony', { ceremony: 'text', role: 'text', from: 'text', to: 'text' }],
  'ceremony.paused': ['ceremony', { ceremony: 'text' }],
  'ceremony.resumed': ['ceremony', { ceremony: 'text' }],
  'ceremony.ended': ['ceremony', { ceremony: 'text', outcome: 'text' }],
  'env.checked': ['assessment', { ceremony: 'text', step: 'text', findings: [{ id: 'text', severity: 'text' }] }],
  'clock.checked': ['assessment', { ceremony: 'text', machine: 'count', witness: 'count', person: 'text' }],
  'continuity.checked': ['audit', { ceremony: 'text', size: 'count', words: 'text', outcome: 'text', person: 'text' }],
  'exception.opened': ['incident', { rule: 'text', zone: 'text', serial: 'serial' }],
  'intent.resolved': ['incident', { intent: 'count', outcome: 'text' }],
  'batch.begun': ['signing', {}],
  'batch.zone': ['signing', {}],
  'batch.ended': ['signing', {}],
  'checkpoint.witnessed': ['audit', { size: 'count', witness: 'text', line: 'text' }],
  'export.created': ['audit', {}],
};

/** Types of entries that this verifier knows, with their categories. */
export const KNOWN_TYPES: ReadonlyMap<string, string> = new Map(Object.entries(TYPES).map(([type, [category]]) => [type, category]));

type Shape = 'text' | 'count' | 'serial' | 'sha256' | readonly Shape[] | { readonly [name: string]: Shape };

const MAX_LINE = 16_384;
const MAX_DEPTH = 64;
export const SHA256 = /^[0-9a-f]{64}$/;

/** One finding for an entry that is not in order; it takes no part in what follows. */
export function readEntry(line: Buffer, index: number, findings: Findings): ReadEntry | undefined {
  const bad = (code: string, what: string): undefined => {
    findings.error(code, `entry ${index}: ${what}`);
    return undefined;
  };
  const references: JsonObject[] = [];
  const value = parseLine(line, references);
  if (typeof value === 'string') return bad('AUDIT-ENTRY-FORM', value);
  const { v, seq, time, mono, boot, session, mode, type, cat, actor, data } = value;
  const isRight =
    v === 1 &&
    isCount(seq) &&
    isTime(time) &&
    isCount(mono) &&
    typeof boot === 'string' &&
    typeof session === 'string' &&
    (mode === 'production' || mode === 'practice') &&
    typeof type === 'string' &&
    typeof cat === 'string' &&
    fits(actor, { role: 'text', name: 'text' }) &&
    isObject(data);
  if (!isRight)
    return bad('AUDIT-ENTRY-FIELDS', `a member that every entry has is missing or wrong: ${show(line.toString('latin1', 0, 100))}`);
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined) return bad('AUDIT-ENTRY-TYPE', `${show(type)} is a type that this verifier does not know`);
  if (cat !== known[0]) return bad('AUDIT-ENTRY-FIELDS', `cat is ${show(cat)}, entries of type ${type} are ${known[0]}`);
  if (!fits(data, known[1])) return bad('AUDIT-ENTRY-DATA', `the data of ${type} has not the members that it must have`);
  if (!references.every((reference) => fits(reference, { name: 'text', sha256: 'sha256', size: 'count' })))
    return bad('AUDIT-ENTRY-DATA', 'an artifact is named without a sha256, a size and a name');
  if (seq !== index) findings.error('AUDIT-ENTRY-SEQ', `the entry in place ${index} says that it is ${seq}`);
  return { index, time, mono, boot, session, mode, type, data, references: references as unknown as readonly Reference[] };
}

/** @returns why the line is not in the one form of an entry, as text */
function parseLine(line: Buffer, references: JsonObject[]): JsonObject | string {
  if (line.length > MAX_LINE) return `${line.length} octets; ${MAX_LINE} is the limit`;
  const text = line.toString('latin1');
  if (/[^ -\x7f]/.test(text)) return 'an octet outside of ASCII';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not a JSON object';
  return canonical(value, 0, references) === text ? value : 'not in canonical form: sorted members, each once, no blanks, integers';
}

/**
 * The one way to write a value (RFC 8785, restricted to integers and ASCII); undefined for what has none. Objects with exactly the members of a
 * reference to an artifact are collected on the way.
 */
function canonical(value: unknown, depth: number, references: JsonObject[]): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined;
  let out = '';
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = canonical(item, depth + 1, references);
      if (text === undefined) return undefined;
      out += out === '' ? text : `,${text}`;
    }
    return `[${out}]`;
  }
  const object = value as JsonObject;
  const names = sortedNames(object);
  if (names.length === 3 && names[0] === 'name' && names[1] === 'sha256' && names[2] === 'size') references.push(object);
  for (const name of names) {
    const text = canonical(object[name], depth + 1, references);
    if (text === undefined) return undefined;
    out += `${out === '' ? '' : ','}${quoted(name)}:${text}`;
  }
  return `{${out}}`;
}

function sortedNames(object: JsonObject): string[] {
  const names = Object.keys(object);
  // Without a comparison sort() goes by UTF-16 code units, and so does `<`. Nearly always they are in order already.
  for (let i = 1; i < names.length; i++) if (names[i]! < names[i - 1]!) return names.sort();
  return names;
}

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Characters that stand for themselves. */
const PLAIN = /^[ !#-[\]-\x7f]*$/;

/** Members beyond those of the shape are none of its business; `[]` is any list. */
function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'text') return typeof value === 'string';
  if (shape === 'count') return isCount(value);
  if (shape === 'serial') return isCount(value) && value < 2 ** 32;
  if (shape === 'sha256') return typeof value === 'string' && SHA256.test(value);
  if (isList(shape)) return Array.isArray(value) && value.every((item) => shape.every((inner) => fits(item, inner)));
  return isObject(value) && Object.entries(shape).every(([name, inner]) => Object.hasOwn(value, name) && fits(value[name], inner));
}

function isList(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): value is string {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year >= 1970 && day >= 1 && day <= (month === 2 && isLeap ? 29 : (DAYS[month] ?? 0));
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const text = (object: JsonObject, name: string): string => object[name] as string;
export const number = (object: JsonObject, name: string): number => object[name] as number;
export const object = (parent: JsonObject, name: string): JsonObject => parent[name] as JsonObject;

export const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
