import fc from 'fast-check';
import { ORIGIN } from './sign-text.ts';

/** One record of a generated zone: owner absolute, in presentation form. */
export interface TextRecord {
  readonly owner: string;
  readonly ttl: number;
  readonly data: string;
}

const LABELS = ['a', 'b', 'A', 'bb', '*', '_tcp', 'xn--4ca', '\\000', '\\001a', 'a\\.b', '0-1', '\\200', 'z'] as const;
const TARGETS = [`a.${ORIGIN}`, `B.a.${ORIGIN}`, 'Mail.Example.NET.', '.', `*.${ORIGIN}`] as const;

const label = fc.constantFrom(...LABELS);
const target = fc.constantFrom(...TARGETS);
const ttl = fc.constantFrom(0, 60, 300, 3600, 86400);
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets).toString('hex'));

/** Mostly short names near each other, so that they nest. */
const path = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.${ORIGIN}`);

const hostData = fc.oneof(
  fc.nat(255).map((n) => `A 192.0.2.${n}`),
  fc.nat(65535).map((n) => `AAAA 2001:db8::${n.toString(16)}`),
  fc.tuple(fc.nat(100), target).map(([n, name]) => `MX ${n} ${name}`),
  fc.tuple(fc.nat(100), target).map(([n, name]) => `SRV ${n} 0 53 ${name}`),
  fc
    .array(fc.constantFrom('"x"', '"a b;c"', '"\\"q\\\\"', '"\\000\\255"', '""'), { minLength: 1, maxLength: 3 })
    .map((s) => `TXT ${s.join(' ')}`),
  fc.uint8Array({ maxLength: 5 }).map((o) => `TYPE65400 \\# ${o.length} ${Buffer.from(o).toString('hex')}`),
  fc.constant('CAA 0 issue "ca.example"'),
  fc.constant('TYPE300 \\# 1 07'),
);

const shape: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 6, arbitrary: fc.uniqueArray(hostData, { minLength: 1, maxLength: 4, selector: (data) => data.toLowerCase() }) },
  { weight: 1, arbitrary: target.map((name) => [`CNAME ${name}`]) },
  { weight: 1, arbitrary: target.map((name) => [`DNAME ${name}`]) },
  { weight: 2, arbitrary: target.map((name) => [`NS ${name}`]) },
  { weight: 1, arbitrary: digest.map((hex) => ['NS ns.example.net.', `DS 4711 13 2 ${hex}`]) },
);

const canonical = (owner: string): string => owner.toLowerCase();

/**
 * Records of a small zone without structural errors: each owner has one shape (hosts, alias, DNAME, delegation with or without DS);
 * owners nest, so that there are empty non-terminals, glue and occluded data. No SOA and NS of the apex among them.
 */
export const arbitraryRecords: fc.Arbitrary<readonly TextRecord[]> = fc
  .uniqueArray(fc.tuple(path, shape, ttl), { maxLength: 12, selector: ([owner]) => canonical(owner) })
  .map((owners) => owners.flatMap(([owner, datas, seconds]) => datas.map((data) => ({ owner, ttl: seconds, data }))));

export const arbitraryZone: fc.Arbitrary<string> = fc
  .tuple(arbitraryRecords, fc.constantFrom(0, 60, 3600), fc.constantFrom(0, 300, 7200))
  .map(([records, soaTtl, minimum]) => zoneText(records, soaTtl, minimum));

export function zoneText(records: readonly TextRecord[], soaTtl = 3600, minimum = 300): string {
  return [...headLines(soaTtl, minimum), ...recordLines(records)].join('');
}

export const headLines = (soaTtl = 3600, minimum = 300): readonly string[] => [
  `${ORIGIN} ${soaTtl} IN SOA ns.example.net. Host.${ORIGIN} 2026010100 7200 900 604800 ${minimum}\n`,
  `${ORIGIN} 3600 IN NS ns.example.net.\n`,
  `${ORIGIN} 3600 IN NS ns2.example.net.\n`,
];

export const recordLines = (records: readonly TextRecord[]): readonly string[] =>
  records.map(({ owner, ttl: seconds, data }) => `${owner} ${seconds} IN ${data}\n`);
