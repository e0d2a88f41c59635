import { latin1, WireWriter } from './bytes.ts';
import { FormatError } from './format-error.ts';

/** Domain name in uncompressed wire form: length-prefixed labels, the root label last (RFC 1035 3.1). 1..255 octets. */
export type WireName = Uint8Array;

export const ROOT: WireName = Uint8Array.of(0);
export const MAX_NAME_OCTETS = 255;
export const MAX_LABEL_OCTETS = 63;

const DOT = 0x2e;
const BACKSLASH = 0x5c;

/**
 * Presentation form to wire form, appended to `out` (RFC 1035 5.1, RFC 4343 2.1: `\DDD`, `\X`).
 * `@` is not treated here. A name without final dot gets `origin` appended.
 * @param origin undefined: a relative name is an error
 * @throws FormatError empty label, label over 63 octets, name over 255 octets, bad escape; `out` is then as before
 */
export function appendName(source: Uint8Array, start: number, end: number, origin: WireName | undefined, out: WireWriter): void {
  const from = out.length;
  if (end - start === 1 && source[start] === DOT) {
    out.u8(0);
    return;
  }
  out.reserve(end - start + 2);
  const { bytes } = out;
  let lengthAt = out.length;
  let at = lengthAt + 1;
  let absolute = false;
  for (let i = start; i < end; i++) {
    let octet = source[i]!;
    if (octet === DOT) {
      closeLabel(bytes, lengthAt, at, i - start);
      lengthAt = at++;
      absolute = i === end - 1;
      continue;
    }
    if (octet === BACKSLASH) {
      octet = octetOfEscape(source, i, end);
      i += isDigit(source[i + 1]!) ? 3 : 1;
    }
    bytes[at++] = octet;
  }
  if (absolute) {
    bytes[lengthAt] = 0;
    out.length = at;
  } else {
    closeLabel(bytes, lengthAt, at, end - start);
    if (origin === undefined) throw new FormatError('an absolute name (ending in a dot)', latin1(source, start, end));
    out.length = at;
    out.append(origin);
  }
  const total = out.length - from;
  if (total > MAX_NAME_OCTETS) {
    out.length = from;
    throw new FormatError(`a name of at most ${MAX_NAME_OCTETS} octets`, `${total} octets`);
  }
}

function closeLabel(bytes: Uint8Array, lengthAt: number, at: number, offset: number): void {
  const length = at - lengthAt - 1;
  if (length === 0) throw new FormatError('a label', `an empty label at octet ${offset}`);
  if (length > MAX_LABEL_OCTETS) throw new FormatError(`a label of at most ${MAX_LABEL_OCTETS} octets`, `${length} octets`);
  bytes[lengthAt] = length;
}

const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;

/** The octet that the escape at source[at] stands for; it is 4 octets long if a digit follows the backslash, else 2. */
export function octetOfEscape(source: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) throw new FormatError('a character after the backslash', 'the end of the field');
  const first = source[at + 1]!;
  if (!isDigit(first)) return first;
  const second = source[at + 2]!;
  const third = source[at + 3]!;
  if (at + 3 >= end || !isDigit(second) || !isDigit(third))
    throw new FormatError('\\ and three digits', latin1(source, at, Math.min(end, at + 4)));
  const value = (first - 0x30) * 100 + (second - 0x30) * 10 + third - 0x30;
  if (value > 255) throw new FormatError('\\000 to \\255', latin1(source, at, at + 4));
  return value;
}

/**
 * Presentation form to wire form, letter case kept.
 * @param origin for names without final dot; absent: the text is taken as absolute with or without final dot
 * @throws FormatError
 */
export function parseName(text: string, origin?: WireName): WireName {
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 255) throw new FormatError('octets (write IDN names in their xn-- form)', text);
  const source = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const out = new WireWriter(source.length + 256);
  appendName(source, 0, source.length, origin ?? ROOT, out);
  return out.slice();
}

/** Octets that are safe unescaped in a name of a zone file. */
function isPlain(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f && octet !== DOT && octet !== BACKSLASH && !'"();@$'.includes(String.fromCharCode(octet));
}

/** Absolute presentation form of the name at wire[at]; special octets as `\X`, unprintable ones as `\DDD`. */
export function printName(wire: Uint8Array, at = 0): string {
  if (wire[at] === 0) return '.';
  let text = '';
  for (let i = at; wire[i] !== 0; ) {
    const end = i + 1 + wire[i]!;
    for (let k = i + 1; k < end; k++) {
      const octet = wire[k]!;
      if (isPlain(octet)) text += String.fromCharCode(octet);
      else if (octet > 0x20 && octet < 0x7f) text += `\\${String.fromCharCode(octet)}`;
      else text += `\\${octet.toString().padStart(3, '0')}`;
    }
    text += '.';
    i = end;
  }
  return text;
}

/** Octets of the uncompressed name at wire[at], root label included; -1 if it runs over `end`, 255 octets, or has a bad label type. */
export function nameLength(wire: Uint8Array, at: number, end: number = wire.length): number {
  let i = at;
  while (i < end && i - at < MAX_NAME_OCTETS) {
    const label = wire[i]!;
    if (label === 0) return i + 1 - at;
    if (label > MAX_LABEL_OCTETS) return -1;
    i += label + 1;
  }
  return -1;
}

/** Labels without the root: 0 for the root, 2 for `example.com.`. A leading `*` counts. */
export function labelCount(wire: Uint8Array, at = 0): number {
  let count = 0;
  for (let i = at; wire[i] !== 0; i += wire[i]! + 1) count++;
  return count;
}

/** In place, A-Z to a-z (RFC 4034 6.2). Label lengths are below 64, so they cannot be taken for letters. */
export function lowerCaseInPlace(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!;
    if (octet >= 0x41 && octet <= 0x5a) bytes[i] = octet | 0x20;
  }
}

export function lowerCaseName(name: WireName): WireName {
  const copy = name.slice();
  lowerCaseInPlace(copy, 0, copy.length);
  return copy;
}

/** Is `name` at or below `ancestor`? Both lower-case. */
export function isAtOrBelow(name: WireName, ancestor: WireName): boolean {
  let at = name.length - ancestor.length;
  if (at < 0) return false;
  for (let i = 0; i < at; i += name[i]! + 1) if (i + name[i]! + 1 > at) return false;
  for (const octet of ancestor) if (name[at++] !== octet) return false;
  return true;
}

/** The name without its first label; undefined for the root. */
export function parentName(name: WireName): WireName | undefined {
  return name[0] === 0 ? undefined : name.subarray(name[0]! + 1);
}

/** `*.example.` and its like: first label is a lone asterisk (RFC 4592 2.1.1). */
export function isWildcard(name: WireName, at = 0): boolean {
  return name[at] === 1 && name[at + 1] === 0x2a;
}

function labelStarts(name: WireName): number[] {
  const starts: number[] = [];
  for (let i = 0; name[i] !== 0; i += name[i]! + 1) starts.push(i);
  return starts;
}

/**
 * Canonical order (RFC 4034 6.1): labels from the right, as lower-case octets, an absent octet before a zero octet.
 * For many names use sort keys (sort-key.ts).
 */
export function compareNames(a: WireName, b: WireName): number {
  const as = labelStarts(a);
  const bs = labelStarts(b);
  for (let k = 1; k <= as.length && k <= bs.length; k++) {
    const difference = compareLabels(a, as[as.length - k]!, b, bs[bs.length - k]!);
    if (difference !== 0) return difference;
  }
  return as.length - bs.length;
}

function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const shared = Math.min(a[at]!, b[bt]!);
  for (let i = 1; i <= shared; i++) {
    const difference = lower(a[at + i]!) - lower(b[bt + i]!);
    if (difference !== 0) return difference;
  }
  return a[at]! - b[bt]!;
}

const lower = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);
