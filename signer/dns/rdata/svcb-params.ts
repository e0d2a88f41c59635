import { latin1, WireWriter } from '../bytes.ts';
import { FormatError } from '../format-error.ts';
import { appendIpv4, appendIpv6, writeIpv4, writeIpv6 } from './addresses.ts';
import { readU16 } from './numbers.ts';
import { appendBase64, uintOf } from './read.ts';
import { writeAscii, writeBase64, writeQuoted, writeUint } from './write.ts';

/**
 * The values of the registered SvcParamKeys, IANA registry "Service Parameter Keys (SvcParamKeys)", copy of 2026-03-01
 * (RFC 9460, 9461, 9540, 9848, 9953 and draft-ietf-tls-key-share-prediction).
 */
export const KEY = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  dohpath: 7,
  ohttp: 8,
  'tls-supported-groups': 9,
  docpath: 10,
} as const;

const NUMBERS = new Map<string, number>(Object.entries(KEY));

/** A registered name, or keyN without leading zeros (RFC 9460 2.1). @returns undefined for anything else */
export function keyFromText(text: string): number | undefined {
  const known = NUMBERS.get(text);
  if (known !== undefined) return known;
  const digits = /^key(0|[1-9][0-9]{0,4})$/.exec(text)?.[1];
  return digits !== undefined && Number(digits) <= 0xffff ? Number(digits) : undefined;
}

interface ParamValue {
  /** Text of the value, escapes of the character-string resolved; undefined: no `=`. @throws FormatError */
  parse(value: Uint8Array | undefined, out: WireWriter): void;
  /** @throws FormatError if wire[start..end) is no value of this key */
  check(wire: Uint8Array, start: number, end: number): void;
  /** Appends the value as it stands behind the `=`; absent: the key has no value. */
  print?(wire: Uint8Array, start: number, end: number, out: WireWriter): void;
}

const COMMA = 0x2c;
const BACKSLASH = 0x5c;

function required(value: Uint8Array | undefined): Uint8Array {
  if (value === undefined || value.length === 0) throw new FormatError('a value', 'none');
  return value;
}

/** The parts between commas, none empty (RFC 9460 A.1 without escapes). */
function parts(value: Uint8Array | undefined): string[] {
  const list = latin1(required(value)).split(',');
  if (list.includes('')) throw new FormatError('a list without empty items', list.join(','));
  return list;
}

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Items with a length octet each. In text between commas, where `\,` and `\\` stand for a comma and a backslash (RFC 9460 A.1). */
function appendItems(value: Uint8Array, least: 0 | 1, out: WireWriter): void {
  for (let i = 0; i <= value.length; i++) {
    const lengthAt = out.length;
    out.u8(0);
    for (; i < value.length && value[i] !== COMMA; i++) {
      if (value[i] === BACKSLASH && ++i === value.length) throw new FormatError('a character after the backslash', 'the end of the list');
      out.u8(value[i]!);
    }
    const length = out.length - lengthAt - 1;
    if (length < least || length > 255) throw new FormatError(`items of ${least} to 255 octets`, `${length} octets`);
    out.bytes[lengthAt] = length;
  }
}

function printItems(wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  const list = new WireWriter(2 * (end - start));
  for (let i = start; i < end; ) {
    if (i > start) list.u8(COMMA);
    const next = i + 1 + wire[i]!;
    for (i++; i < next; i++) {
      if (wire[i] === COMMA || wire[i] === BACKSLASH) list.u8(BACKSLASH);
      list.u8(wire[i]!);
    }
  }
  writeQuoted(list.bytes, 0, list.length, out);
}

function checkEach(octets: number, start: number, end: number): void {
  const length = end - start;
  if (length === 0 || length % octets !== 0) throw new FormatError(`one or more items of ${octets} octets`, `${length} octets`);
}

/** RFC 9460 8: the keys that a client must know; ascending, no doubles, `mandatory` itself not among them. */
const mandatory: ParamValue = {
  parse: (value, out) => {
    const keys = parts(value).map((text) => keyFromText(text) ?? unknownKey(text));
    keys.sort((a, b) => a - b);
    for (const key of keys) out.u16(key);
  },
  check: (wire, start, end) => {
    checkEach(2, start, end);
    let last: number = KEY.mandatory;
    for (let i = start; i < end; i += 2) {
      const key = readU16(wire, i);
      if (key === KEY.mandatory) throw new FormatError('keys other than mandatory', 'mandatory');
      if (key <= last) throw new FormatError('keys in ascending order, each once', keyText(key));
      last = key;
    }
  },
  print: (wire, start, end, out) => {
    for (let i = start; i < end; i += 2) {
      if (i > start) out.u8(COMMA);
      writeAscii(keyText(readU16(wire, i)), out);
    }
  },
};

function unknownKey(text: string): never {
  throw new FormatError('a SvcParamKey', text);
}

const alpn: ParamValue = {
  parse: (value, out) => appendItems(required(value), 1, out),
  check: (wire, start, end) => {
    let i = start;
    while (i < end) {
      if (wire[i] === 0) throw new FormatError('protocol identifiers', 'an empty one');
      i += 1 + wire[i]!;
    }
    if (i !== end || start === end) throw new FormatError('protocol identifiers with their length octets', `${end - start} octets`);
  },
  print: printItems,
};

const nothing: ParamValue = {
  parse: (value) => {
    if (value !== undefined && value.length > 0) throw new FormatError('no value', latin1(value));
  },
  check: (_wire, start, end) => {
    if (start !== end) throw new FormatError('no value', `${end - start} octets`);
  },
};

const port: ParamValue = {
  parse: (value, out) => {
    const octets = required(value);
    const number = uintOf(octets, 0, octets.length, 0xffff);
    if (number < 0) throw new FormatError('a port from 0 to 65535', latin1(octets));
    out.u16(number);
  },
  check: (_wire, start, end) => {
    if (end - start !== 2) throw new FormatError('a port of 2 octets', `${end - start} octets`);
  },
  print: (wire, start, _end, out) => writeUint(readU16(wire, start), out),
};

function addresses(what: string, octets: 4 | 16, append: typeof appendIpv4, write: typeof writeIpv4): ParamValue {
  return {
    parse: (value, out) => {
      for (const text of parts(value)) if (!append(octetsOf(text), 0, text.length, out)) throw new FormatError(what, text);
    },
    check: (_wire, start, end) => checkEach(octets, start, end),
    print: (wire, start, end, out) => {
      for (let i = start; i < end; i += octets) {
        if (i > start) out.u8(COMMA);
        write(wire, i, out);
      }
    },
  };
}

const ech: ParamValue = {
  parse: (value, out) => {
    const octets = required(value);
    if (!appendBase64(octets, 0, octets.length, out)) throw new FormatError('base64', latin1(octets));
  },
  check: notEmpty,
  print: writeBase64,
};

function notEmpty(_wire: Uint8Array, start: number, end: number): void {
  if (start === end) throw new FormatError('a value', 'an empty one');
}

/** Octets as they are: keys without known format, and those whose text not every name server knows. */
const opaque: ParamValue = {
  parse: (value, out) => {
    if (value !== undefined) out.append(value);
  },
  check: () => {},
  print: writeQuoted,
};

/** RFC 9461 5: a URI template, relative. */
const dohpath: ParamValue = { parse: (value, out) => out.append(required(value)), check: notEmpty, print: writeQuoted };

/** draft-ietf-tls-key-share-prediction 4: group numbers, each once, most preferred first. */
const groups: ParamValue = {
  ...opaque,
  parse: (value, out) => {
    const list = parts(value);
    if (new Set(list).size !== list.length) throw new FormatError('each group once', list.join(','));
    for (const text of list) {
      const number = uintOf(octetsOf(text), 0, text.length, 0xffff);
      if (number < 0) throw new FormatError('group numbers from 0 to 65535', text);
      out.u16(number);
    }
  },
};

/** RFC 9953: path segments with their length octets; no value stands for the root. */
const docpath: ParamValue = {
  ...opaque,
  parse: (value, out) => {
    if (value !== undefined && value.length > 0) appendItems(value, 0, out);
  },
};

const VALUES = new Map<number, ParamValue>([
  [KEY.mandatory, mandatory],
  [KEY.alpn, alpn],
  [KEY['no-default-alpn'], nothing],
  [KEY.port, port],
  [KEY.ipv4hint, addresses('an IPv4 address', 4, appendIpv4, writeIpv4)],
  [KEY.ech, ech],
  [KEY.ipv6hint, addresses('an IPv6 address', 16, appendIpv6, writeIpv6)],
  [KEY.dohpath, dohpath],
]);

/** Keys whose text form is read, but whose octets are written and accepted in the form keyN: name servers of today do not know them. */
const READ_ONLY = new Map<number, ParamValue>([
  [KEY.ohttp, { ...opaque, parse: nothing.parse }],
  [KEY['tls-supported-groups'], groups],
  [KEY.docpath, docpath],
]);

/** Keys that all name servers know by name; dohpath is not one (Knot DNS 3.2). */
const NAMED = new Map<number, string>(
  Object.entries(KEY)
    .filter(([, key]) => key <= KEY.ipv6hint)
    .map(([name, key]) => [key, name]),
);

export function keyText(key: number): string {
  return NAMED.get(key) ?? `key${key}`;
}

/** Keys whose text is read as it stands: RFC 9460 7.2, 7.3 and 8, RFC 9848 3 and the draft of tls-supported-groups forbid escapes. */
const PLAIN: ReadonlySet<number> = new Set([KEY.mandatory, KEY.port, KEY.ipv4hint, KEY.ech, KEY.ipv6hint, KEY['tls-supported-groups']]);

export const allowsEscapes = (key: number): boolean => !PLAIN.has(key);

/** Keys that stand alone; behind an `=` there would have to be a text, if an empty one in quotes (RFC 9460 2.1). */
export const hasNoValue = (key: number): boolean => key === KEY['no-default-alpn'] || key === KEY.ohttp;

/**
 * Appends the wire form of a value.
 * @param generic the key stood there as keyN: its value is octets, not text of the key's own format (RFC 9460 2.1)
 */
export function parseParamValue(key: number, generic: boolean, value: Uint8Array | undefined, out: WireWriter): void {
  const codec = generic ? opaque : (VALUES.get(key) ?? READ_ONLY.get(key) ?? opaque);
  codec.parse(value, out);
}

export function checkParamValue(key: number, wire: Uint8Array, start: number, end: number): void {
  (VALUES.get(key) ?? opaque).check(wire, start, end);
}

/** Appends `key` or `key=value`. */
export function printParam(key: number, wire: Uint8Array, start: number, end: number, out: WireWriter): void {
  writeAscii(keyText(key), out);
  const { print } = VALUES.get(key) ?? opaque;
  if (print === undefined || start === end) return;
  writeAscii('=', out);
  print(wire, start, end, out);
}
