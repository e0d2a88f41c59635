export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * JSON with one form for each value: members sorted by UTF-16 code units, no blanks, ASCII only (`\uxxxx`, lower case), safe integers.
 * Members that are undefined are left out. The same octets as Python's json.dumps with sort_keys and without blanks, for names in ASCII.
 *
 * @throws RangeError for null, fractions, numbers above 2^53 and whatever else is not Json
 * @see RFC 8785, which this follows but for characters above U+007F
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return asciiString(value);
  if (typeof value === 'boolean') return String(value);
  if (Number.isSafeInteger(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null && isPlain(value)) return canonicalObject(value);
  throw new RangeError(`${typeof value === 'number' ? value : value === null ? 'null' : typeof value} has no canonical form`);
}

function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  // Without a comparison sort() goes by UTF-16 code units.
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${asciiString(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

function asciiString(text: string): string {
  const json = JSON.stringify(text);
  return NON_ASCII.test(json) ? json.replace(ALL_NON_ASCII, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;
}

const NON_ASCII = /[\u0080-\uffff]/;
const ALL_NON_ASCII = /[\u0080-\uffff]/g;

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
