import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { between, seededRandom } from './random.ts';

/**
 * A zone as text, one record a line: absolute owner, TTL, class, type, RDATA, with tabs between.
 * `lines()` starts again at each call and gives the same lines, so that no zone is ever held in memory.
 */
export interface ZoneText {
  readonly origin: string;
  lines(): Iterable<string>;
}

const SERIAL = 2026010101;
const CHUNK = 1 << 18;
const SITES = ['hq', 'lab', 'dc1', 'dc2', 'fra', 'lon', 'nyc', 'tok'] as const;
const SYLLABLES = ['ba', 'ko', 'ti', 're', 'mo', 'la', 'su', 'ne', 'vi', 'zo', 'pa', 'du', 'shi', 'tra', 'net', 'web'] as const;

/** Hosts with A and AAAA in two kinds of sub-domain (with empty non-terminals), some MX, TXT, CNAME and SRV, one delegation in 200. */
export function enterpriseZone(hosts: number, origin = 'corp.example.'): ZoneText {
  return { origin, lines: () => enterpriseLines(hosts, origin) };
}

/** Delegations with two NS each: one in five with a DS, one in ten with glue inside the zone. About 2.45 records each. */
export function tldZone(delegations: number, origin = 'tldx.'): ZoneText {
  return { origin, lines: () => tldLines(delegations, origin) };
}

/** Many zones of ten records, as a registrar has them. */
export function portfolio(zones: number): ZoneText[] {
  return Array.from({ length: zones }, (_, i) => {
    const origin = `zone${String(i + 1).padStart(5, '0')}.example.`;
    return { origin, lines: () => tinyLines(i + 1, origin) };
  });
}

/** The same zone one day later: serial raised by one, and the RDATA of `share` of all its records changed (among its A and DS records). */
export function changedZone(zone: ZoneText, share: number): ZoneText {
  return { origin: zone.origin, lines: () => changedLines(zone, share) };
}

/** Writes in chunks of 256 KiB.
 *  @returns number of records */
export function writeZone(zone: ZoneText, file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'w');
  let records = 0;
  try {
    let chunk = '';
    for (const line of zone.lines()) {
      records++;
      chunk += `${line}\n`;
      if (chunk.length > CHUNK) {
        writeSync(fd, chunk);
        chunk = '';
      }
    }
    writeSync(fd, chunk);
  } finally {
    closeSync(fd);
  }
  return records;
}

function* enterpriseLines(hosts: number, origin: string): Generator<string> {
  yield* apexLines(origin);
  yield `${origin}\t3600\tIN\tMX\t10 mail1.${origin}`;
  yield `${origin}\t3600\tIN\tTXT\t"v=spf1 mx -all"`;
  yield `mail1.${origin}\t3600\tIN\tA\t192.0.2.25`;
  yield `${origin}\t3600\tIN\tCAA\t0 issue "ca.example.net"`;
  for (let i = 0; i < hosts; i++) {
    const owner = `${hostLabels(i)}.${origin}`;
    yield `${owner}\t3600\tIN\tA\t${ipv4(i)}`;
    yield `${owner}\t3600\tIN\tAAAA\t${ipv6(i)}`;
    if (i % 10 === 0) yield `${owner}\t3600\tIN\tMX\t10 mail1.${origin}`;
    if (i % 8 === 0) yield `${owner}\t300\tIN\tTXT\t"id=${i}" "owner=team${i % 37}"`;
    if (i % 5 === 0) yield `alias${digits(i)}.${origin}\t3600\tIN\tCNAME\t${owner}`;
    if (i % 25 === 0) yield `_ldap._tcp.${owner}\t600\tIN\tSRV\t10 60 389 ${owner}`;
    if (i % 200 === 0) {
      yield `sub${digits(i)}.${origin}\t3600\tIN\tNS\tns1.sub${digits(i)}.${origin}`;
      yield `ns1.sub${digits(i)}.${origin}\t3600\tIN\tA\t${ipv4(i + 7)}`;
    }
  }
}

function hostLabels(i: number): string {
  const site = SITES[i % SITES.length];
  if (i % 4 < 2) return `host${digits(i)}`;
  return i % 4 === 2 ? `srv${digits(i)}.${site}` : `vm${digits(i)}.rack${i % 40}.${site}`;
}

function* tldLines(delegations: number, origin: string): Generator<string> {
  const random = seededRandom(1);
  yield* apexLines(origin);
  for (let i = 0; i < delegations; i++) {
    const label = delegatedLabel(random, i);
    const owner = `${label}.${origin}`;
    const glue = random();
    if (glue < 0.1) {
      yield `${owner}\t86400\tIN\tNS\tns1.${owner}`;
      yield `${owner}\t86400\tIN\tNS\tns2.${owner}`;
      yield `ns1.${owner}\t86400\tIN\tA\t${ipv4(i)}`;
      yield `ns2.${owner}\t86400\tIN\tA\t${ipv4(i + 1)}`;
      if (glue < 0.05) yield `ns1.${owner}\t86400\tIN\tAAAA\t${ipv6(i)}`;
    } else {
      const provider = between(random, 0, 499);
      yield `${owner}\t86400\tIN\tNS\tns1.provider${provider}.example.net.`;
      yield `${owner}\t86400\tIN\tNS\tns2.provider${provider}.example.net.`;
    }
    if (random() < 0.2) {
      const digest = createHash('sha256').update(label).digest('hex');
      yield `${owner}\t86400\tIN\tDS\t${between(random, 1, 65535)} 13 2 ${digest}`;
    }
  }
}

function delegatedLabel(random: () => number, i: number): string {
  let label = '';
  for (let left = between(random, 2, 5); left > 0; left--) label += SYLLABLES[between(random, 0, SYLLABLES.length - 1)];
  return i % 3 === 0 ? `${label}${i}` : `${label}-${i}`;
}

function* tinyLines(i: number, origin: string): Generator<string> {
  yield soa(origin);
  yield `${origin}\t3600\tIN\tNS\tns1.provider.example.net.`;
  yield `${origin}\t3600\tIN\tNS\tns2.provider.example.net.`;
  yield `${origin}\t3600\tIN\tA\t${ipv4(i)}`;
  yield `${origin}\t3600\tIN\tMX\t10 mail.${origin}`;
  yield `${origin}\t3600\tIN\tTXT\t"v=spf1 mx -all"`;
  yield `mail.${origin}\t3600\tIN\tA\t${ipv4(i + 1)}`;
  yield `www.${origin}\t3600\tIN\tCNAME\t${origin}`;
  yield `h0.${origin}\t3600\tIN\tA\t${ipv4(i + 2)}`;
  yield `h1.${origin}\t3600\tIN\tA\t${ipv4(i + 3)}`;
}

/** Exactly round(share × records) records change, spread evenly by selection sampling: each is taken with probability wanted / left. */
function* changedLines(zone: ZoneText, share: number): Generator<string> {
  let records = 0;
  let left = 0;
  for (const line of zone.lines()) {
    records++;
    if (isChangeable(line)) left++;
  }
  let wanted = Math.max(1, Math.round(records * share));
  const random = seededRandom(2);
  for (const line of zone.lines()) {
    if (line.includes('\tSOA\t')) {
      yield line.replace(` ${SERIAL} `, ` ${SERIAL + 1} `);
    } else if (isChangeable(line) && random() * left-- < wanted) {
      wanted--;
      yield changedRecord(line, random);
    } else {
      yield line;
    }
  }
}

function isChangeable(line: string): boolean {
  return line.includes('\tA\t10.') || line.includes('\tDS\t');
}

function changedRecord(line: string, random: () => number): string {
  if (line.includes('\tA\t')) return line.replace(/\t10\.[^\t]*$/, `\t198.51.100.${between(random, 1, 254)}`);
  return line.slice(0, -8) + between(random, 0, 0xffff_ffff).toString(16).padStart(8, '0');
}

function* apexLines(origin: string): Generator<string> {
  yield soa(origin);
  yield `${origin}\t3600\tIN\tNS\tns1.${origin}`;
  yield `${origin}\t3600\tIN\tNS\tns2.${origin}`;
  yield `ns1.${origin}\t3600\tIN\tA\t192.0.2.1`;
  yield `ns1.${origin}\t3600\tIN\tAAAA\t2001:db8::1`;
  yield `ns2.${origin}\t3600\tIN\tA\t192.0.2.2`;
  yield `ns2.${origin}\t3600\tIN\tAAAA\t2001:db8::2`;
}

function soa(origin: string): string {
  return `${origin}\t3600\tIN\tSOA\tns1.${origin} hostmaster.${origin} ${SERIAL} 7200 3600 1209600 3600`;
}

function digits(i: number): string {
  return String(i).padStart(5, '0');
}

function ipv4(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

function ipv6(i: number): string {
  return `2001:db8:${((i >> 16) & 0xffff).toString(16)}::${(i & 0xffff).toString(16)}`;
}
