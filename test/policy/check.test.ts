import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { SEVERITY } from '../../src/policy/rules.ts';
import { check, configOf, DAY, FACTS, HOUR, ids, one } from './support.ts';

const REGISTRY = 'registries: { r: { parent-ds-ttl: 1d } }';

const RANKS = ['error', 'warning', 'info'];

/** The finding of a rule on a policy that has nothing else to say about it. */
const text = (members: string, id: string, facts = FACTS, rest = '') => one(check(configOf(members, rest), facts), id)?.text;

test('the defaults and a common zone have nothing against them but the guess at the parent', () => {
  expect(ids(configOf())).toEqual([]);
  expect(check(configOf()).map(({ id }) => id)).toEqual(['POLICY-PARENT-DS-TTL-UNKNOWN']);
});

test('validity >= ceremony-interval + ceremony-slack + refresh + SOA EXPIRE + largest TTL', () => {
  // 1 d + 1 d + 5 d + 7 d + 1 d = 15 d
  expect(text('signatures-validity: 14d23h', 'POLICY-VALIDITY')).toBe(
    'zone example.org. (policy p): signatures-validity 14d23h is less than ceremony-interval 1d + ceremony-slack 1d + signatures-refresh 5d + SOA expire 7d + largest TTL 1d = 15d',
  );
  expect(text('signatures-validity: 15d', 'POLICY-VALIDITY')).toBeUndefined();
  expect(text(`signatures-validity: ${15 * DAY - 1}`, 'POLICY-VALIDITY')).toContain('signatures-validity 14d23h59min59s is less than');
  expect(text(`signatures-validity: ${15 * DAY}`, 'POLICY-VALIDITY')).toBeUndefined();
  expect(text('signatures-validity-dnskey: 14d23h', 'POLICY-VALIDITY-DNSKEY')).toContain('signatures-validity-dnskey 14d23h is less than');
  expect(text('signatures-validity-dnskey: 15d', 'POLICY-VALIDITY-DNSKEY')).toBeUndefined();
});

test('what fails before a zone is looked at is told once, of the policy', () => {
  // 30 d + 1 d + 5 d = 36 d
  const findings = check(configOf('signatures-validity: 30d, ceremony-interval: 30d'));
  expect(findings.filter(({ id }) => id === 'POLICY-VALIDITY').map((finding) => finding.text)).toEqual([
    'policy p: signatures-validity 30d is less than ceremony-interval 30d + ceremony-slack 1d + signatures-refresh 5d = 36d, before SOA expire and TTLs are added',
  ]);
  expect(one(findings, 'POLICY-VALIDITY')).toMatchObject({ severity: 'error', found: '30d', expected: 'at least 36d, or auto' });
});

test('RFC 7583 3.2.1: a ZSK lives at least Ipub + Iret, with the safeties', () => {
  // Ipub 5 min + 1 h, + 1 h; Iret 0 + 5 min + 1 d, + 1 h: 1 d 3 h 10 min. With visits every hour the visits are no hindrance.
  const hourly = 'ceremony-interval: 1h, ceremony-slack: 0s';
  expect(text(`zsk-lifetime: 27h, ${hourly}`, 'POLICY-ZSK-LIFETIME')).toBe(
    'policy p: zsk-lifetime 1d3h is shorter than a rollover by Pre-Publication, 1d3h10min: ' +
      'publish Ipub 1h5min + publish-safety 1h = 2h5min, retire Iret 1d5min + retire-safety 1h = 1d1h5min (RFC 7583 3.2.1)',
  );
  // Visits: 3 after 2 h 5 min, 26 after 25 h 5 min: 29 h.
  expect(ids(configOf(`zsk-lifetime: 29h, ${hourly}`))).toEqual(['POLICY-CEREMONY-SLACK']);
  expect(ids(configOf(`zsk-lifetime: 1740min, ${hourly}`))).toEqual(['POLICY-CEREMONY-SLACK']);
  expect(text(`zsk-lifetime: 1739min, ${hourly}`, 'POLICY-ZSK-LIFETIME-VISITS')).toContain(
    'zsk-lifetime 1d4h59min is shorter than the 30 visits',
  );
});

test('rollovers happen at visits: a ZSK lives at least from the first to the last, and the slack', () => {
  // Publish, a visit later change over (2 h 5 min), a visit later remove (1 d 1 h 5 min): 2 times 30 d + 2 d = 62 d
  const monthly = 'ceremony-interval: 30d, ceremony-slack: 2d';
  expect(text(`zsk-lifetime: 61d, ${monthly}`, 'POLICY-ZSK-LIFETIME-VISITS')).toContain(
    'zsk-lifetime 61d is shorter than the 3 visits of a rollover by Pre-Publication, 62d: 2 times ceremony-interval 30d + ceremony-slack 2d;',
  );
  expect(text(`zsk-lifetime: 62d, ${monthly}`, 'POLICY-ZSK-LIFETIME-VISITS')).toBeUndefined();
  // Daily visits: 1 d 1 h 5 min is 2 visits, 2 h 5 min one: 3 d + 1 d = 4 d
  expect(ids(configOf('zsk-lifetime: 4d'))).toEqual([]);
  expect(ids(configOf('zsk-lifetime: 95h'))).toEqual(['POLICY-ZSK-LIFETIME-VISITS']);
});

test('RFC 7583 3.3.1: a KSK lives at least IpubC + Dreg + Iret, with the safeties', () => {
  // Ipub 1 h 5 min + 1 h; Iret 1 h + 1 d, + 1 h: 1 d 4 h 5 min
  const hourly = 'ceremony-interval: 1h';
  expect(text(`ksk-lifetime: 28h, ${hourly}`, 'POLICY-KSK-LIFETIME')).toBe(
    'policy p: ksk-lifetime 1d4h is shorter than a rollover by Double-KSK, 1d4h5min: ' +
      'publish Ipub 1h5min + publish-safety 1h = 2h5min, retire Dreg 0s + Iret 1d1h + retire-safety 1h = 1d2h (RFC 7583 3.3.1)',
  );
  // 3 + 26 visits an hour apart, + 1 d slack: 53 h
  expect(ids(configOf(`ksk-lifetime: 53h, ${hourly}`))).toEqual([]);
  expect(ids(configOf(`ksk-lifetime: 52h, ${hourly}`))).toEqual(['POLICY-KSK-LIFETIME-VISITS']);
});

test('the registry counts: its TTL in place of the policy, its scans for Dreg', () => {
  const slow = 'registries: { r: { parent-ds-ttl: 2d, cds-scan: 1d } }';
  // Iret 1 h + 2 d, + 1 h, Dreg 1 d: 3 d 2 h; 1 + 4 visits, + 1 d: 6 d. Without the registry: 1 + 2 visits, + 1 d: 4 d
  expect(ids(configOf('ksk-lifetime: 5d', slow, 'registry: r'))).toEqual(['POLICY-KSK-LIFETIME-VISITS']);
  expect(one(check(configOf('ksk-lifetime: 5d', slow, 'registry: r')), 'POLICY-KSK-LIFETIME-VISITS')?.text).toMatch(
    /^zone example\.org\. .*Dreg 1d \+ Iret 2d1h \+ retire-safety 1h = 3d2h/,
  );
  expect(ids(configOf('ksk-lifetime: 6d', slow, 'registry: r'))).toEqual([]);
  expect(ids(configOf('ksk-lifetime: 5d', slow))).toEqual([]);
});

test('RFC 6781 4.1.3: a CSK has both intervals, and one lifetime', () => {
  expect(ids(configOf('keys: csk, ksk-lifetime: 4d'))).toEqual([]);
  expect(text('keys: csk, ksk-lifetime: 3d23h', 'POLICY-KSK-LIFETIME-VISITS')).toContain('pre-published CSK');
  expect(ids(configOf('keys: csk, zsk-lifetime: 90d'))).toEqual(['POLICY-CSK-ZSK-LIFETIME']);
  expect(ids(configOf('keys: ksk-zsk, zsk-lifetime: 90d'))).toEqual([]);
});

test('the TTL of the DS is a guess until the policy or the registry has it', () => {
  const unknown = (members: string, rest = '', zone = '') => one(check(configOf(members, rest, zone)), 'POLICY-PARENT-DS-TTL-UNKNOWN');
  expect(unknown('')?.text).toContain('parent-ds-ttl is the default of 1d, for example.org.:');
  expect(unknown('parent-ds-ttl: 1d')).toBeUndefined();
  expect(unknown('', REGISTRY, 'registry: r')).toBeUndefined();
  expect(unknown('', 'registries: { r: { accepts: ds } }', 'registry: r')).toBeDefined();
});

test('refresh is less than the validity', () => {
  expect(text('signatures-validity: 20d, signatures-refresh: 20d', 'POLICY-REFRESH')).toContain(
    'signatures-refresh 20d is not shorter than signatures-validity 20d',
  );
  expect(text('signatures-validity-dnskey: 4d', 'POLICY-REFRESH')).toContain('signatures-validity-dnskey 4d');
  expect(text('signatures-validity: 20d, signatures-refresh: 479h', 'POLICY-REFRESH')).toBeUndefined();
});

test('jitter is at most a tenth of the validity', () => {
  // A tenth of 14 d is 33 h 36 min.
  expect(text('signatures-jitter: 34h', 'POLICY-JITTER')).toContain('signatures-jitter 1d10h is more than a tenth of the validity of 14d');
  expect(text('signatures-jitter: 2016min', 'POLICY-JITTER')).toBeUndefined();
  expect(text('signatures-validity: 20d, signatures-jitter: 2d', 'POLICY-JITTER')).toBeUndefined();
});

test('RFC 6781 4.4.2.1: signatures begin in the past, for validators with slow clocks', () => {
  expect(text('inception-offset: 299s', 'POLICY-INCEPTION-OFFSET')).toContain(
    'inception-offset 4min59s is outside of 5min to 1d: a validator with a slow clock',
  );
  expect(text('inception-offset: 25h', 'POLICY-INCEPTION-OFFSET')).toContain('no clock is as slow');
  expect(ids(configOf('inception-offset: 5min'))).toEqual([]);
  expect(ids(configOf('inception-offset: 1d'))).toEqual([]);
});

test('RFC 6781 4.4.2: long signatures can be replayed; the gate refuses those of more than 366 days, inception-offset included', () => {
  expect(ids(configOf('signatures-validity: 90d'))).toEqual([]);
  expect(ids(configOf('signatures-validity: 91d'))).toEqual(['POLICY-VALIDITY-LONG']);
  const limit = 366 * DAY - HOUR;
  expect(ids(configOf(`signatures-validity-dnskey: ${limit}, inception-offset: 1h`))).toEqual(['POLICY-VALIDITY-LONG']);
  expect(ids(configOf(`signatures-validity-dnskey: ${limit + 1}, inception-offset: 1h`))).toEqual(['POLICY-VALIDITY-RANGE']);
  // 1 d + 1 d + 5 d + 83 d + 1 d = 91 d
  expect(ids(configOf(), { ...FACTS, soaExpire: 83 * DAY })).toEqual(['POLICY-VALIDITY-LONG']);
  expect(ids(configOf(), { ...FACTS, soaExpire: 82 * DAY })).toEqual([]);
  // auto: 1 d + 1 d + 5 d + SOA expire + 1 d
  expect(ids(configOf(), { ...FACTS, soaExpire: limit - 8 * DAY })).toEqual(['POLICY-VALIDITY-LONG']);
  expect(ids(configOf(), { ...FACTS, soaExpire: limit - 8 * DAY + 1 })).toEqual(['POLICY-VALIDITY-RANGE']);
  expect(ids(configOf(), { ...FACTS, soaExpire: 2 ** 32 - 1 })).toEqual(['POLICY-VALIDITY-RANGE']);
});

test('a visit may be late', () => {
  expect(ids(configOf('ceremony-slack: 0s'))).toEqual(['POLICY-CEREMONY-SLACK']);
  expect(ids(configOf('ceremony-slack: 1s'))).toEqual([]);
});

test('TTLs: at most zone-max-ttl, and half of what signatures have left', () => {
  expect(text('zone-max-ttl: 23h', 'POLICY-ZONE-TTL-ABOVE-MAX')).toContain('the largest TTL 1d is above zone-max-ttl 23h');
  expect(text('zone-max-ttl: 24h', 'POLICY-ZONE-TTL-ABOVE-MAX')).toBeUndefined();
  // Refresh 5 d; without an expire timer 1 d + 1 d + TTL are less than that up to 3 d.
  const ttl = (largestTtl: number, soaExpire: number) =>
    text('zone-max-ttl: 30d', 'POLICY-TTL-ABOVE-HALF-REFRESH', { ...FACTS, soaExpire, largestTtl });
  expect(ttl(60 * HOUR, 0)).toBeUndefined();
  expect(ttl(61 * HOUR, 0)).toContain('the largest TTL 2d13h is more than half of 5d');
  // 1 d + 1 d + 7 d + 9 d = 18 d left
  expect(ttl(9 * DAY, 7 * DAY)).toBeUndefined();
  expect(ttl(9 * DAY + 1, 7 * DAY)).toContain('more than half of 18d1s');
});

test('RFC 6781 4.4.1: the expire timer is a fraction of the validity', () => {
  expect(text('signatures-validity: 20d', 'POLICY-SOA-EXPIRE', { ...FACTS, soaExpire: 10 * DAY })).toBeUndefined();
  expect(text('signatures-validity: 20d', 'POLICY-SOA-EXPIRE', { ...FACTS, soaExpire: 11 * DAY })).toContain(
    'SOA expire 11d is more than half of signatures-validity 20d',
  );
  expect(text('', 'POLICY-SOA-EXPIRE', { ...FACTS, soaExpire: 30 * DAY })).toBeUndefined();
});

test('DNSKEY TTL', () => {
  expect(ids(configOf('dnskey-ttl: 4min'))).toEqual(['POLICY-DNSKEY-TTL']);
  expect(ids(configOf('dnskey-ttl: 5min'))).toEqual([]);
  expect(ids(configOf('dnskey-ttl: 2d'))).toEqual([]);
  expect(ids(configOf('dnskey-ttl: 49h'))).toEqual(['POLICY-DNSKEY-TTL']);
});

test('RFC 9904, 9905, 9906: algorithms by their status', () => {
  const verdict = (algorithm: number) => ids(configOf(`algorithm: ${algorithm}`));
  for (const good of [8, 13, 14, 15]) expect(verdict(good), `${good}`).toEqual([]);
  for (const uncommon of [10, 16]) expect(verdict(uncommon), `${uncommon}`).toEqual(['POLICY-ALGORITHM-UNCOMMON']);
  for (const refused of [1, 3, 5, 6, 7, 12, 17, 0, 255]) expect(verdict(refused), `${refused}`).toEqual(['POLICY-ALGORITHM']);
  expect(text('algorithm: 5', 'POLICY-ALGORITHM')).toContain('5 (RSASHA1): SHA-1 must not be used for signing (RFC 9905)');
});

test('RSA keys have a size, others have not', () => {
  const verdict = (algorithm: number, bits: number) => ids(configOf(`algorithm: ${algorithm}, bits: ${bits}`));
  expect(verdict(8, 1023)).toEqual(['POLICY-BITS']);
  expect(verdict(8, 1024)).toEqual(['POLICY-BITS-FEW']);
  expect(verdict(8, 2048)).toEqual([]);
  expect(verdict(8, 4096)).toEqual([]);
  expect(verdict(13, 256 * 2)).toEqual(['POLICY-BITS-UNUSED']);
});

test('RFC 9905: SHA-1 is no digest for a DS', () => {
  expect(text('cds-digest-types: [1, 2]', 'POLICY-DIGEST-TYPE')).toContain('cds-digest-types has 1: SHA-1 must not be used (RFC 9905)');
  expect(text('cds-digest-types: 3', 'POLICY-DIGEST-TYPE')).toContain('only SHA-256 and SHA-384');
  expect(ids(configOf('cds-digest-types: [2, 4]'))).toEqual([]);
});

test('RFC 9276 3.1: NSEC before NSEC3, no iterations, no salt, opt-out for very large zones only', () => {
  expect(ids(configOf('nsec3: false'))).toEqual([]);
  expect(ids(configOf('nsec3: true'))).toEqual(['POLICY-NSEC3']);
  expect(ids(configOf('nsec3: { iterations: 1 }'))).toEqual(['POLICY-NSEC3-ITERATIONS', 'POLICY-NSEC3']);
  expect(ids(configOf('nsec3: { salt: "ab" }'))).toEqual(['POLICY-NSEC3-SALT', 'POLICY-NSEC3']);
  expect(ids(configOf('nsec3: { opt-out: true }'), { ...FACTS, delegations: 9999 })).toEqual(['POLICY-NSEC3-OPT-OUT', 'POLICY-NSEC3']);
  expect(ids(configOf('nsec3: { opt-out: true }'), { ...FACTS, delegations: 10_000 })).toEqual(['POLICY-NSEC3']);
});

test('RFC 1982: a serial that stays the same is not ahead', () => {
  expect(ids(configOf('serial-policy: keep'))).toEqual(['POLICY-SERIAL-KEEP']);
  for (const serial of ['increment', 'unixtime', 'date']) expect(ids(configOf(`serial-policy: ${serial}`))).toEqual([]);
});

test('the gate asks more than one implementation, and nobody sets its verdict aside', () => {
  expect(ids(configOf('gate: { agree: 1 }'))).toEqual(['POLICY-GATE-JUDGES-FEW']);
  expect(ids(configOf('gate: { judges: [], agree: 0 }'))).toEqual(['POLICY-GATE-JUDGES-FEW']);
  expect(ids(configOf('gate: { agree: 2 }'))).toEqual([]);
  expect(ids(configOf('gate: { overridable: [margin, judges] }'))).toEqual(['POLICY-GATE-JUDGES-OVERRIDABLE']);
});

test('keys outside of key-tag-range are told, by the tag that they have now or by the one when revoked', () => {
  // Sum of the octets of flags, protocol and algorithm, and of the key: 0x0100 + 0x030d + 0x7c00; revoked 0x80 more (RFC 4034 appendix B).
  const rdata = Buffer.from([1, 0, 3, 13, 0x7c, 0x00]);
  const tag = 0x0100 + 0x030d + 0x7c00;
  const zone = { zone: 'example.org.', algorithm: 13, id: 'aa', label: 'x', token: 'zsk', serial: '1' };
  const keys = { 'example.org.': [{ ...zone, role: 'zsk' as const, keyTag: tag, dnskey: rdata.toString('base64') }] };
  const found = (range: string) =>
    one(checkPolicies(configOf(`key-tag-range: ${range}`), { 'example.org.': FACTS }, keys), 'POLICY-KEY-TAG-RANGE');
  expect(found(`0-${tag + 0x80}`)).toBeUndefined();
  expect(found(`0-${tag + 0x7f}`)).toMatchObject({ found: `${tag} and ${tag + 0x80}`, expected: `0-${tag + 0x7f}` });
  expect(found(`${tag + 1}-65535`)?.text).toContain(`zone example.org. (policy p): ZSK ${tag} has the tags`);
  expect(checkPolicies(configOf(), { 'example.org.': FACTS }, keys).map(({ id }) => id)).not.toContain('POLICY-KEY-TAG-RANGE');
});

test('a catalog zone has a name of its own, and a quorum is more than one person', () => {
  expect(ids(configOf('', 'catalog: { zone: Example.ORG }'))).toEqual(['POLICY-CATALOG-IS-ZONE']);
  expect(ids(configOf('', 'catalog: { zone: catalog.example.org }'))).toEqual([]);
  const people = 'people: { a: { name: A }, b: { name: B } }\nquorums: { policy-apply: { people: [a, b], need: ';
  expect(ids(configOf('', `${people}1 } }`))).toEqual(['POLICY-QUORUM-OF-ONE']);
  expect(ids(configOf('', `${people}2 } }`))).toEqual([]);
});

test('a zone that cannot be read is told, and errors come first', () => {
  const config = configOf('algorithm: 5, nsec3: true');
  const found = checkPolicies(config, { 'example.org.': undefined });
  expect(found.map(({ id }) => id)).toContain('POLICY-ZONE-UNREAD');
  expect(found.map(({ severity }) => severity)).toEqual(
    [...found.map(({ severity }) => severity)].sort((a, b) => RANKS.indexOf(a) - RANKS.indexOf(b)),
  );
  expect(found[0]!.id).toBe('POLICY-ALGORITHM');
  for (const { id, severity } of found) expect(SEVERITY).toHaveProperty([id], severity);
});

test('every rule of the table is tried here', () => {
  const tried = new Set(readFileSync(new URL(import.meta.url), 'utf8').match(/POLICY-[A-Z0-9-]+[A-Z0-9]/g));
  expect(Object.keys(SEVERITY).filter((id) => !tried.has(id))).toEqual([]);
});
