import { fromBase64 } from '../../signer/dns/bytes.ts';
import { parseName, printName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';

/**
 * MANIFEST of a release: a signed note. Its text says what the release is; each file with sha256 and size. Nothing in the folder but
 * MANIFEST itself is outside of it.
 *
 *   coldsign-release/1
 *   kind zone
 *   zone example.org.
 *   serial 2026112401
 *   created 2026-11-24T09:00:00Z
 *   mode production
 *   log 4711                                       log size when it was made
 *   valid-from 2026-11-24T08:00:00Z                latest inception: from then on all signatures are valid
 *   valid-until 2026-12-06T01:02:03Z               earliest expiration
 *   previous 2026112400 <sha256 of its MANIFEST>   or: previous none
 *   preservation <sha256>
 *   key <tag> <algorithm> <flags>                  one line per DNSKEY
 *   expect unpublished <DNSKEY RDATA in base64>    signs, and is not in the DNSKEY RRset; every key of its algorithm signs all
 *   expect requested <DNSKEY RDATA in base64>      CDS ask for it, and it is not in the DNSKEY RRset
 *   expect incomplete <algorithm>                  need not sign every RRset
 *   expect no-ds                                   CDS that ask the parent to remove the DS RRset are meant
 *   judge <name> <version> <verdict>               one line per judge; of a signed zone `coldsign-verifier` first
 *   override <rule>                                one line per rule that was overridden
 *   file <sha256> <size> <path>                    sorted by path
 *
 * What a release does not have is `none`. One blank between fields, paths of [A-Za-z0-9._-] only, the first character no dot.
 */
export interface Manifest {
  /** `unsigned`: a zone that was signed, after it went insecure. */
  readonly kind: 'zone' | 'unsigned' | 'catalog';
  readonly zone: string;
  readonly serial: number;
  readonly created: string;
  readonly mode: 'production' | 'practice';
  readonly log: number;
  readonly validFrom: string | undefined;
  readonly validUntil: string | undefined;
  readonly previous: { readonly serial: number; readonly sha256: string } | undefined;
  readonly preservation: string | undefined;
  readonly keys: readonly { readonly tag: number; readonly algorithm: number; readonly flags: number }[];
  /** Forms of a zone in the midst of a rollover that are meant; in the order unpublished, requested, incomplete, no-ds. */
  readonly expected: readonly ManifestExpectation[];
  readonly judges: readonly { readonly name: string; readonly version: string; readonly verdict: string }[];
  readonly overrides: readonly string[];
  readonly files: readonly ManifestFile[];
}

export type ManifestExpectation =
  | { readonly form: 'unpublished' | 'requested'; readonly dnskey: string }
  | { readonly form: 'incomplete'; readonly algorithm: number }
  | { readonly form: 'no-ds' };

export interface ManifestFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** Files of a release. */
export const RELEASE_FILES = {
  manifest: 'MANIFEST',
  zone: 'zone.signed',
  dsset: 'dsset',
  cds: 'cds',
  zonemd: 'zonemd',
  signReport: 'sign-report.json',
  verifyReport: 'verify-report.json',
  gateReport: 'gate-report.json',
  /** The zone of a release of kind `unsigned`, and of kind `catalog`. */
  unsigned: 'zone.unsigned',
  catalog: 'catalog.zone',
} as const;

const FIRST_LINE = 'coldsign-release/1';
const NONE = 'none';

/**
 * The text to be signed; ends with a line feed. Files are sorted here, everything else stands in the order given.
 * @throws RangeError for a value that {@link parseManifest} would refuse
 */
export function printManifest(manifest: Manifest): string {
  const text = linesOf(manifest)
    .map((line) => `${line}\n`)
    .join('');
  const fault = firstFault(text.split('\n').slice(0, -1));
  if (fault !== undefined) throw new RangeError(`a manifest cannot hold line ${fault.line}: ${fault.found}`);
  return text;
}

/**
 * Text of a manifest, without its signatures. There is one way to write a manifest: whatever would not be printed octet for octet
 * as it stands is refused.
 * @throws Refusal release/bad-manifest, with the line
 */
export function parseManifest(text: string): Manifest {
  const lines = text.split('\n');
  const fault =
    firstFault(lines.slice(0, -1)) ?? (lines.at(-1) === '' ? undefined : { line: lines.length, found: 'no line feed at the end' });
  if (fault !== undefined) throw badManifest(fault.line, fault.found, fault.expected);
  const rows = lines.slice(0, -1).map((line) => line.split(' '));
  const manifest = manifestOf(rows);
  const printed = linesOf(manifest);
  const odd = lines.slice(0, -1).findIndex((line, i) => line !== printed[i]);
  if (odd >= 0) throw badManifest(odd + 1, lines[odd]!, printed[odd]);
  return manifest;
}

function linesOf(m: Manifest): string[] {
  return [
    FIRST_LINE,
    `kind ${m.kind}`,
    `zone ${m.zone}`,
    `serial ${m.serial}`,
    `created ${m.created}`,
    `mode ${m.mode}`,
    `log ${m.log}`,
    `valid-from ${m.validFrom ?? NONE}`,
    `valid-until ${m.validUntil ?? NONE}`,
    `previous ${m.previous === undefined ? NONE : `${m.previous.serial} ${m.previous.sha256}`}`,
    `preservation ${m.preservation ?? NONE}`,
    ...m.keys.map(({ tag, algorithm, flags }) => `key ${tag} ${algorithm} ${flags}`),
    ...m.expected.map((expectation) => `expect ${expectationText(expectation)}`),
    ...m.judges.map(({ name, version, verdict }) => `judge ${name} ${version} ${verdict}`),
    ...m.overrides.map((rule) => `override ${rule}`),
    ...m.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(({ sha256, size, path }) => `file ${sha256} ${size} ${path}`),
  ];
}

function expectationText(expectation: ManifestExpectation): string {
  switch (expectation.form) {
    case 'unpublished':
    case 'requested':
      return `${expectation.form} ${expectation.dnskey}`;
    case 'incomplete':
      return `incomplete ${expectation.algorithm}`;
    case 'no-ds':
      return 'no-ds';
  }
}

/** The lines in their order. `several`: any number of them, none too. */
const FORM: readonly { readonly line: RegExp; readonly expected: string; readonly several?: true }[] = [
  { line: /^coldsign-release\/1$/, expected: FIRST_LINE },
  { line: /^kind (?:zone|unsigned|catalog)$/, expected: 'kind zone, kind unsigned, or kind catalog' },
  { line: /^zone [!-~]*\.$/, expected: 'zone NAME, absolute' },
  { line: /^serial \d{1,10}$/, expected: 'serial NUMBER' },
  { line: /^created \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, expected: 'created TIME' },
  { line: /^mode (?:production|practice)$/, expected: 'mode production, or mode practice' },
  { line: /^log \d{1,15}$/, expected: 'log NUMBER' },
  { line: /^valid-from (?:none|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/, expected: 'valid-from TIME' },
  { line: /^valid-until (?:none|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/, expected: 'valid-until TIME' },
  { line: /^previous (?:none|\d{1,10} [0-9a-f]{64})$/, expected: 'previous SERIAL SHA256, or previous none' },
  { line: /^preservation (?:none|[0-9a-f]{64})$/, expected: 'preservation SHA256' },
  { line: /^key \d{1,5} \d{1,3} \d{1,5}$/, expected: 'key TAG ALGORITHM FLAGS', several: true },
  { line: /^expect unpublished [A-Za-z0-9+/]+={0,2}$/, expected: 'expect unpublished DNSKEY', several: true },
  { line: /^expect requested [A-Za-z0-9+/]+={0,2}$/, expected: 'expect requested DNSKEY', several: true },
  { line: /^expect incomplete \d{1,3}$/, expected: 'expect incomplete ALGORITHM', several: true },
  { line: /^expect no-ds$/, expected: 'expect no-ds', several: true },
  { line: /^judge [a-z0-9-]+ [!-~]+ [a-z]+$/, expected: 'judge NAME VERSION VERDICT', several: true },
  { line: /^override [a-z0-9-]+$/, expected: 'override RULE', several: true },
  { line: /^file [0-9a-f]{64} \d{1,15} [A-Za-z0-9_-][A-Za-z0-9._-]*$/, expected: 'file SHA256 SIZE PATH', several: true },
];

interface FormFault {
  /** 1-based. */
  readonly line: number;
  readonly found: string;
  readonly expected?: string;
}

function firstFault(lines: readonly string[]): FormFault | undefined {
  let at = 0;
  for (const { line, expected, several } of FORM) {
    if (several) while (at < lines.length && line.test(lines[at]!)) at++;
    else if (line.test(lines[at] ?? '')) at++;
    else return { line: at + 1, found: lines[at] ?? 'the end', expected };
  }
  return at === lines.length ? faultOfValues(lines) : { line: at + 1, found: lines[at]!, expected: 'a line of the next kind, or the end' };
}

/** What an expression does not see: numbers out of range, names that are no names, moments that no calendar has, a file twice. */
function faultOfValues(lines: readonly string[]): FormFault | undefined {
  const seen = new Set<string>();
  for (const [i, text] of lines.entries()) {
    const [keyword, first = '', second, third] = text.split(' ');
    const expected = badValue(keyword!, first, second, third, seen);
    if (expected !== undefined) return { line: i + 1, found: text, expected };
  }
  return undefined;
}

function badValue(keyword: string, first: string, second = '', third = '', seen: Set<string>): string | undefined {
  switch (keyword) {
    case 'zone':
      return isCanonicalName(first) ? undefined : 'a name in lower case, as coldsign prints it';
    case 'serial':
    case 'previous':
      return Number(first) <= 0xffff_ffff || first === NONE ? undefined : 'a serial of 32 bits';
    case 'created':
    case 'valid-from':
    case 'valid-until':
      return first === NONE || isMoment(first) ? undefined : 'a moment that the calendar has';
    case 'key':
      return Number(first) <= 0xffff && Number(second) <= 0xff && Number(third) <= 0xffff
        ? undefined
        : 'tag and flags of 16 bits, algorithm of 8';
    case 'expect':
      if (seen.has(`${first} ${second}`)) return 'each expectation once';
      seen.add(`${first} ${second}`);
      return isExpectation(first, second) ? undefined : 'a DNSKEY record in base64, or an algorithm of 8 bits';
    case 'file':
      if (seen.has(third)) return 'each file once';
      seen.add(third);
      return third === RELEASE_FILES.manifest ? 'any file but MANIFEST itself' : undefined;
    default:
      return undefined;
  }
}

/** Flags, protocol 3, algorithm, and at least one octet of key (RFC 4034 2.1). */
function isExpectation(form: string, value: string): boolean {
  if (form === 'no-ds') return true;
  if (form === 'incomplete') return Number(value) <= 0xff;
  const rdata = fromBase64(value);
  return rdata !== undefined && rdata.length > 4 && rdata[2] === 3;
}

function isCanonicalName(text: string): boolean {
  try {
    return printName(parseName(text)) === text && text === text.toLowerCase();
  } catch {
    return false;
  }
}

function isMoment(text: string): boolean {
  try {
    return Temporal.Instant.from(text).toString() === text;
  } catch {
    return false;
  }
}

/** Of lines whose form is right. */
function manifestOf(rows: readonly (readonly string[])[]): Manifest {
  const all = (keyword: string): readonly (readonly string[])[] => rows.filter(([first]) => first === keyword).map((row) => row.slice(1));
  const one = (keyword: string): string => all(keyword)[0]![0]!;
  const optional = (keyword: string): string | undefined => (one(keyword) === NONE ? undefined : one(keyword));
  const [serialBefore, sha256Before] = all('previous')[0]!;
  return {
    kind: one('kind') as Manifest['kind'],
    zone: one('zone'),
    serial: Number(one('serial')),
    created: one('created'),
    mode: one('mode') as Manifest['mode'],
    log: Number(one('log')),
    validFrom: optional('valid-from'),
    validUntil: optional('valid-until'),
    previous: sha256Before === undefined ? undefined : { serial: Number(serialBefore), sha256: sha256Before },
    preservation: optional('preservation'),
    keys: all('key').map(([tag, algorithm, flags]) => ({ tag: Number(tag), algorithm: Number(algorithm), flags: Number(flags) })),
    expected: all('expect').map(([form, value]) => expectationOf(form!, value)),
    judges: all('judge').map(([name, version, verdict]) => ({ name: name!, version: version!, verdict: verdict! })),
    overrides: all('override').map(([rule]) => rule!),
    files: all('file').map(([sha256, size, path]) => ({ sha256: sha256!, size: Number(size), path: path! })),
  };
}

function expectationOf(form: string, value: string | undefined): ManifestExpectation {
  if (form === 'no-ds') return { form };
  if (form === 'incomplete') return { form, algorithm: Number(value) };
  return { form: form as 'unpublished' | 'requested', dnskey: value! };
}

function badManifest(line: number, found: string, expected: string | undefined): Refusal {
  const instead = expected === undefined ? '' : ` where ${JSON.stringify(expected)} is expected`;
  return new Refusal(
    'release/bad-manifest',
    `line ${line} of MANIFEST is ${JSON.stringify(found.slice(0, 200))}${instead}`,
    'take the release from its source again; if it is the same there, it was not made by this version of coldsign',
  );
}
