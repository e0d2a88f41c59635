import { existsSync } from 'node:fs';
import { toHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';

/**
 * RFC 7512 URI of a token or of a key on it. Text values are decoded; `id` is octets.
 * Attributes that coldsign does not act on are kept in `otherPath` and `otherQuery`, still percent-encoded, so that printing loses nothing.
 */
export interface Pkcs11Uri {
  readonly token?: string;
  readonly manufacturer?: string;
  readonly serial?: string;
  readonly model?: string;
  readonly object?: string;
  readonly id?: Uint8Array;
  readonly type?: string;
  readonly modulePath?: string;
  readonly moduleName?: string;
  readonly pinSource?: string;
  /** Vendor query attribute `x-softhsm2-conf`: SOFTHSM2_CONF of the process that loads the module. */
  readonly softhsmConf?: string;
  /** Vendor query attribute `x-library-parameters`: what C_Initialize gives the module to configure itself; NSS does not work without. */
  readonly libraryParameters?: string;
  readonly otherPath: readonly string[];
  readonly otherQuery: readonly string[];
}

type TextField =
  | 'token'
  | 'manufacturer'
  | 'serial'
  | 'model'
  | 'object'
  | 'type'
  | 'modulePath'
  | 'moduleName'
  | 'pinSource'
  | 'softhsmConf'
  | 'libraryParameters';

const PATH_FIELDS: ReadonlyMap<string, TextField> = new Map([
  ['token', 'token'],
  ['manufacturer', 'manufacturer'],
  ['serial', 'serial'],
  ['model', 'model'],
  ['object', 'object'],
  ['type', 'type'],
]);

const QUERY_FIELDS: ReadonlyMap<string, TextField> = new Map([
  ['module-path', 'modulePath'],
  ['module-name', 'moduleName'],
  ['pin-source', 'pinSource'],
  ['x-softhsm2-conf', 'softhsmConf'],
  ['x-library-parameters', 'libraryParameters'],
]);

const OBJECT_TYPES = ['public', 'private', 'cert', 'secret-key', 'data'];

/** @throws Refusal pin/in-uri, token/bad-uri */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (/[?&;:]pin-value=/i.test(text)) {
    throw new Refusal(
      'pin/in-uri',
      'the URI holds a pin-value, and command lines can be read by every process on the machine',
      'take pin-value out of the URI, change the PIN, and use pin-source=file:/path (mode 0600), --pin-fd or the prompt',
    );
  }
  if (!/^pkcs11:/i.test(text)) throw badUri('it does not start with pkcs11:');
  const body = text.slice('pkcs11:'.length);
  const mark = body.indexOf('?');
  const fields: Partial<Record<TextField, string>> = {};
  const ids: Uint8Array[] = [];
  const otherPath: string[] = [];
  const otherQuery: string[] = [];
  for (const [name, value, raw] of attributes(mark < 0 ? body : body.slice(0, mark), ';')) {
    const field = PATH_FIELDS.get(name);
    if (name === 'id') {
      if (ids.length > 0) throw badUri('the attribute id occurs twice');
      ids.push(percentDecode(value));
    } else if (field !== undefined) setField(fields, field, name, value);
    else otherPath.push(raw);
  }
  for (const [name, value, raw] of attributes(mark < 0 ? '' : body.slice(mark + 1), '&')) {
    const field = QUERY_FIELDS.get(name);
    if (field !== undefined) setField(fields, field, name, value);
    else otherQuery.push(raw);
  }
  if (fields.type !== undefined && !OBJECT_TYPES.includes(fields.type))
    throw badUri(`type=${fields.type} is none of ${OBJECT_TYPES.join(' ')}`);
  const id = ids[0];
  return { ...fields, ...(id === undefined ? {} : { id }), otherPath, otherQuery };
}

/** The attributes that coldsign does not know stand last. */
export function printPkcs11Uri(uri: Pkcs11Uri): string {
  const path = [...PATH_FIELDS].flatMap(([name, field]) => printField(name, uri[field], PATH_SAFE));
  const id = uri.id === undefined ? [] : [`id=${percentEncodeAll(uri.id)}`];
  const query = [...QUERY_FIELDS].flatMap(([name, field]) => printField(name, uri[field], QUERY_SAFE));
  const tail = [...query, ...uri.otherQuery].join('&');
  return `pkcs11:${[...path, ...id, ...uri.otherPath].join(';')}${tail === '' ? '' : `?${tail}`}`;
}

/** The same URI without what names an object: the token and how to reach it. */
export function tokenPart(uri: Pkcs11Uri): Pkcs11Uri {
  const { object: _object, id: _id, type: _type, ...rest } = uri;
  return rest;
}

/** Do both URIs name the same token through the same module? Then one keystore serves both. */
export function isSameToken(a: Pkcs11Uri, b: Pkcs11Uri): boolean {
  return printPkcs11Uri(tokenPart(a)) === printPkcs11Uri(tokenPart(b));
}

/** Do both URIs mean the same module, configured in the same way? */
export function isSameModule(a: Pkcs11Uri, b: Pkcs11Uri): boolean {
  return modulePathOf(a) === modulePathOf(b) && a.softhsmConf === b.softhsmConf && a.libraryParameters === b.libraryParameters;
}

const SOFTHSM_PATHS = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/**
 * The library to load: `module-path` of the URI, else SoftHSM where it is usually installed.
 * @throws Refusal token/no-module, token/spy-module
 */
export function modulePathOf(uri: Pkcs11Uri): string {
  const named = uri.modulePath;
  if (named !== undefined && /pkcs11-spy/.test(named)) {
    throw new Refusal('token/spy-module', `${named} writes PINs in clear to its log`, 'name the module of the token itself');
  }
  if (named !== undefined) {
    if (!named.startsWith('/')) throw badUri(`module-path=${named} is not an absolute path`);
    if (existsSync(named)) return named;
    throw new Refusal(
      'token/no-module',
      `there is no PKCS#11 module at ${named}`,
      'correct module-path in the URI, or install the library',
    );
  }
  const found = SOFTHSM_PATHS.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Refusal(
    'token/no-module',
    'the URI has no module-path and SoftHSM is not installed',
    'add ?module-path=/path/to/library.so, or install softhsm2',
  );
}

/** What the process that loads the module is told besides its path. */
export function moduleSettings({ softhsmConf, libraryParameters }: Pkcs11Uri): Pick<Pkcs11Uri, 'softhsmConf' | 'libraryParameters'> {
  return { ...(softhsmConf === undefined ? {} : { softhsmConf }), ...(libraryParameters === undefined ? {} : { libraryParameters }) };
}

/** Label as tokens pad it: NUL and space at the end removed, and the ` (UserPIN)` that OpenSC appends. */
export function plainLabel(label: string): string {
  return label.replace(/[\0 ]+$/, '').replace(/ \(UserPIN\)$/, '');
}

function badUri(why: string): Refusal {
  return new Refusal(
    'token/bad-uri',
    `not a usable PKCS#11 URI: ${why}`,
    'write it as in RFC 7512: pkcs11:token=LABEL;serial=SERIAL?module-path=/path.so',
  );
}

function* attributes(text: string, separator: ';' | '&'): Generator<readonly [name: string, value: string, raw: string]> {
  if (text === '') return;
  for (const raw of text.split(separator)) {
    const equals = raw.indexOf('=');
    // Nothing of it is shown, for it may be a PIN; and a name that is none (RFC 7512 2.3) may be pin-value in another spelling.
    if (!/^[A-Za-z0-9_-]+=/.test(raw)) throw badUri('an attribute is not name=value, with a name of letters, digits, - and _');
    yield [raw.slice(0, equals), raw.slice(equals + 1), raw];
  }
}

function setField(fields: Partial<Record<TextField, string>>, field: TextField, name: string, value: string): void {
  if (fields[field] !== undefined) throw badUri(`the attribute ${name} occurs twice`);
  try {
    fields[field] = new TextDecoder('utf-8', { fatal: true }).decode(percentDecode(value));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw badUri(`the value of ${name} is not UTF-8`);
  }
}

function percentDecode(text: string): Uint8Array {
  const octets: number[] = [];
  const source = new TextEncoder().encode(text);
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== 0x25) {
      octets.push(source[i]!);
      continue;
    }
    const digits = String.fromCharCode(source[i + 1] ?? 0, source[i + 2] ?? 0);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw badUri(`"%${digits.replace(/\0/g, '')}" is not a percent-encoded octet`);
    octets.push(Number.parseInt(digits, 16));
    i += 2;
  }
  return Uint8Array.from(octets);
}

/** RFC 7512 2.3: unreserved characters and what pk11-path-res-avail, pk11-query-res-avail allow. */
const PATH_SAFE = /[A-Za-z0-9\-._~:[\]@!$'()*+,=&]/;
const QUERY_SAFE = /[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]/;

function printField(name: string, value: string | undefined, safe: RegExp): string[] {
  if (value === undefined) return [];
  let text = '';
  for (const octet of new TextEncoder().encode(value)) {
    const char = String.fromCharCode(octet);
    text += octet < 0x80 && safe.test(char) ? char : `%${octet.toString(16).padStart(2, '0')}`;
  }
  return [`${name}=${text}`];
}

function percentEncodeAll(octets: Uint8Array): string {
  return toHex(octets).replace(/../g, '%$&');
}
