import { latin1, WireWriter } from '../bytes.ts';
import type { Fields } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { type Codec, type TypeRow, verified } from './codec.ts';
import { name } from './names.ts';
import { readU16, skip, u16 } from './numbers.ts';
import { appendText, fail } from './read.ts';
import { allowsEscapes, checkParamValue, hasNoValue, KEY, keyFromText, keyText, parseParamValue, printParam } from './svcb-params.ts';
import { writeSpace } from './write.ts';

const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** SvcParams: key(2) length(2) value, by ascending key, each key once (RFC 9460 2.2). In text in any order. */
const params: Codec = { parse, check, print };

export const SVCB_TYPES: readonly TypeRow[] = [
  [TYPE.SVCB, verified(selfConsistent, u16, name, params)],
  [TYPE.HTTPS, verified(selfConsistent, u16, name, params)],
];

interface Param {
  readonly key: number;
  readonly value: Uint8Array;
}

function parse(fields: Fields, out: WireWriter): void {
  const list: Param[] = [];
  const seen = new Set<number>();
  while (fields.left > 0) {
    const i = fields.next;
    const param = takeParam(fields);
    if (seen.has(param.key)) fail(fields, i, `each key once, ${keyText(param.key)} too`);
    seen.add(param.key);
    list.push(param);
  }
  list.sort((a, b) => a.key - b.key);
  for (const { key, value } of list) {
    out.u16(key);
    out.u16(value.length);
    out.append(value);
  }
}

/** `key`, `key=value`, `key="value"`, the last with its quotes in one field or in the next one without blank between. */
function takeParam(fields: Fields): Param {
  const i = fields.take('a SvcParam');
  const { bytes } = fields;
  const start = fields.starts[i]!;
  let end = fields.ends[i]!;
  if (fields.quoted[i] === 1) fail(fields, i, 'a SvcParam: key or key=value, quotes only around the value');
  let equals = start;
  while (equals < end && bytes[equals] !== EQUALS) equals++;
  const keyName = latin1(bytes, start, equals);
  const key = keyFromText(keyName);
  if (key === undefined) fail(fields, i, 'a SvcParamKey: a registered name, or key0 to key65535');
  const hasValue = equals < end;
  const generic = keyName.startsWith('key');
  let from = equals + 1;
  if (from === end && fields.left > 0 && fields.quoted[fields.next] === 1 && fields.starts[fields.next] === end + 1) {
    from = end + 1;
    end = fields.ends[fields.next++]!;
  } else if (from < end && bytes[from] === QUOTE) {
    from++;
    end--;
    if (end < from || closingQuote(bytes, from, end) !== end) fail(fields, i, 'a value with quotes around the whole of it');
  } else if (closingQuote(bytes, from, end) < end) fail(fields, i, 'a value without quotes inside');
  else if (from === end && !generic && hasNoValue(key)) fail(fields, i, `${keyName} without =`);
  if (!generic && !allowsEscapes(key) && bytes.subarray(from, end).includes(BACKSLASH))
    fail(fields, i, `${keyName} without escapes in its value`);
  const text = new WireWriter();
  const value = new WireWriter();
  try {
    if (hasValue) appendText(bytes, from, end, text);
    parseParamValue(key, generic, hasValue ? text.slice() : undefined, value);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${keyName}: ${error.expected}`, error.found, i);
  }
  if (value.length > 0xffff) fail(fields, i, 'a value of at most 65535 octets');
  return { key, value: value.slice() };
}

/** Index of the first quote that no backslash stands before; `end` and beyond are not looked at. */
function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

function check(wire: Uint8Array, at: number, end: number): number {
  let last = -1;
  let i = at;
  while (i < end) {
    const value = skip(4, i, end);
    const key = readU16(wire, i);
    if (key <= last) throw new FormatError('SvcParams by ascending key, each once', `${keyText(key)} after ${keyText(last)}`);
    last = key;
    i = skip(readU16(wire, i + 2), value, end);
  }
  return i;
}

function print(wire: Uint8Array, at: number, end: number, out: WireWriter): number {
  for (let i = at; i < end; ) {
    if (i > at) writeSpace(out);
    const next = i + 4 + readU16(wire, i + 2);
    printParam(readU16(wire, i), wire, i + 4, next, out);
    i = next;
  }
  return end;
}

/**
 * RFC 9460 2.4.3: every value is in the format of its key, keys that `mandatory` names are there, and
 * `no-default-alpn` goes with `alpn` (7.1.1). SvcParams in AliasMode are of no effect and no error (2.4.2).
 */
function selfConsistent(wire: Uint8Array, start: number, end: number): void {
  const present = new Set<number>();
  let mandatoryAt = -1;
  for (let i = name.check(wire, start + 2, end); i < end; i += 4 + readU16(wire, i + 2)) {
    const key = readU16(wire, i);
    present.add(key);
    if (key === KEY.mandatory) mandatoryAt = i;
    try {
      checkParamValue(key, wire, i + 4, i + 4 + readU16(wire, i + 2));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`${keyText(key)}: ${error.expected}`, error.found);
    }
  }
  if (present.has(KEY['no-default-alpn']) && !present.has(KEY.alpn)) throw new FormatError('alpn with no-default-alpn', 'none');
  if (mandatoryAt < 0) return;
  for (let i = mandatoryAt + 4; i < mandatoryAt + 4 + readU16(wire, mandatoryAt + 2); i += 2)
    if (!present.has(readU16(wire, i))) throw new FormatError(`${keyText(readU16(wire, i))}, which mandatory names`, 'none');
}
