import { expect, test } from 'vitest';
import { Refusal } from '../../signer/errors.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const HEAD = 'format: 1\nlog: { origin: audit.example.net/a }\ntokens: { ksk: "pkcs11:token=a" }\n';
const parse = (text: string) => parseConfig(text, 'coldsign.yaml', '/work/space');

/** Message of the refusal, without the file name in front of its lines. */
function problems(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.code).toBe('policy/bad-config');
    return error.message
      .split(/coldsign\.yaml:(?=\d)/)
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

test('a configuration without a word about policies has the default one, and no zones', () => {
  const config = parse(HEAD);
  expect(Object.keys(config.policies)).toEqual(['default']);
  expect(config.policies['default']).toMatchObject({
    algorithm: 13,
    keys: 'ksk-zsk',
    kskLifetime: 'unlimited',
    dnskeyTtl: 3600,
    zoneMaxTtl: 86_400,
    zonePropagationDelay: 300,
    signaturesValidity: 'auto',
    signaturesRefresh: 432_000,
    signaturesJitter: 43_200,
    cdsCdnskeyPublish: 'rollover',
    denial: { kind: 'nsec' },
    ceremonyInterval: 86_400,
    given: {},
  });
  expect(config.policies['default']!.gate).toMatchObject({
    agree: 4,
    judgeTimeout: 600,
    limits: { added: undefined, ds: { count: 100, percent: undefined } },
  });
  expect(config.zones).toEqual({});
  expect(config.catalog).toBeUndefined();
});

test('every knob is read, spans in seconds, and its own words are kept', () => {
  const config = parse(`${HEAD}policies:
  long:
    algorithm: RSASHA256
    bits: 3072
    keys: csk
    ksk-lifetime: 2y
    signatures-validity: P30D
    signatures-validity-dnskey: 2w
    signatures-refresh: 1d12h
    parent-ds-ttl: 3600
    nsec3: { opt-out: true, iterations: 1, salt: "aa" }
    zonemd: [sha512, sha384]
    cds-digest-types: [SHA-256, 4, 2]
    gate: { agree: 1, limits: { removed: { count: 10, percent: 2.5 }, apex: none } }
gate: { agree: 2, limits: { added: 20% } }
`);
  const policy = config.policies['long']!;
  expect(policy).toMatchObject({
    algorithm: 8,
    bits: 3072,
    keys: 'csk',
    kskLifetime: 63_072_000,
    signaturesValidity: 2_592_000,
    signaturesValidityDnskey: 1_209_600,
    signaturesRefresh: 129_600,
    parentDsTtl: 3600,
    denial: { kind: 'nsec3', optOut: true, iterations: 1, salt: Uint8Array.of(0xaa) },
    zonemd: ['sha512', 'sha384'],
    cdsDigestTypes: [2, 4],
  });
  // The policy's gate goes before that of the file, member by member and limit by limit.
  expect(policy.gate.agree).toBe(1);
  expect(policy.gate.limits).toMatchObject({
    added: { percent: 20 },
    removed: { count: 10, percent: 2.5 },
    apex: undefined,
    changed: { percent: 50 },
  });
  expect(policy.given).toMatchObject({
    'ksk-lifetime': '2y',
    'signatures-refresh': '1d12h',
    'gate.agree': '1',
    'gate.limits.added': '20%',
  });
  expect(config.policies['default']!.gate.agree).toBe(2);
});

test('names of zones become absolute and lower case, and paths are relative to the file', () => {
  const config = parse(`format: 1
log: { origin: a }
tokens:
  ksk: [ "pkcs11:token=a?module-path=lib/p.so&pin-source=file:token/pin&x-softhsm2-conf=token/c", "pkcs11:serial=1?pin-source=file:///etc/pin" ]
registries: { r: { parent-ds-ttl: 1h, accepts: ds, cds-scan: 12h } }
people: { alice: { name: Alice A., roles: [custodian] }, bob: { name: Bob } }
quorums: { policy-apply: { people: [alice, bob], need: 2 } }
catalog: { zone: Catalog.Example, group-by: owner }
zones:
  Example.ORG: { source: zones/a.zone, registry: r, risk-class: A, group: g }
  ".": { source: /root.zone }
`);
  expect(Object.keys(config.zones)).toEqual(['example.org.', '.']);
  expect(config.zones['example.org.']).toEqual({
    name: 'example.org.',
    source: '/work/space/zones/a.zone',
    owner: '',
    riskClass: 'A',
    policy: 'default',
    mode: 'full',
    registry: 'r',
    group: 'g',
  });
  expect(config.tokens.ksk).toEqual([
    'pkcs11:token=a?module-path=/work/space/lib/p.so&pin-source=file:/work/space/token/pin&x-softhsm2-conf=/work/space/token/c',
    'pkcs11:serial=1?pin-source=file:/etc/pin',
  ]);
  expect(config.tokens.audit).toEqual(config.tokens.ksk);
  expect(config.registries['r']).toEqual({ parentDsTtl: 3600, parentPropagationDelay: undefined, accepts: 'ds', cdsScan: 43_200 });
  expect(config.quorums['policy-apply']).toEqual({ people: ['alice', 'bob'], need: 2 });
  expect(config.catalog).toEqual({ zone: 'catalog.example.', groupBy: 'owner' });
});

test('all problems are told at once, each with its place, what was found and what was expected', () => {
  expect(
    problems(`format: 2
log: { origin: "a b" }
tokens: { ksk: "pkcs11:token=a" }
policies:
  default:
    ksk-lifetim: 1y
    zsk-lifetime: 30m
    dnskey-ttl: -1
    nsec3: { opt-ot: true }
zones:
  example.org: { policy: defalt, mode: ful, registry: r1, source: 3 }
  EXAMPLE.org.: { source: x }
  "exa..mple": { source: y }
  example.net: {}
people: { alice: { name: Alice } }
quorums: { a: { people: [alice, bop], need: 3 } }
gate:
  judges: [dnssec-verify]
  agree: 2
  refuse-findings: [ZONE-WILDCARD-N]
  limits: { added: "20", removed: { count: 1, percnt: 2 } }
  overridable: [verifier]
`),
  ).toEqual([
    '1:9: format: found 2, expected 1',
    '2:16: log.origin: found "a b", expected a name like audit.example.net/site-a, without blanks and plus signs',
    '6:5: policies.default.ksk-lifetim: unknown key ksk-lifetim; did you mean ksk-lifetime?',
    '7:19: policies.default.zsk-lifetime: found "30m", expected unlimited, or a duration like 30d, 12h, 90s, 2w, 15min or P14D; m is ambiguous: write min or mo',
    '8:17: policies.default.dnskey-ttl: found -1, expected a duration like 30d, 12h, 90s, 2w, 15min or P14D',
    '9:14: policies.default.nsec3.opt-ot: unknown key opt-ot; did you mean opt-out?',
    '11:26: zones.example.org.policy: there is no policy defalt; did you mean default?',
    '11:40: zones.example.org.mode: found "ful", expected one of full, offline-ksk',
    '11:55: zones.example.org.registry: there is no registry r1; none is given',
    '11:67: zones.example.org.source: found 3, expected the path of the unsigned zone file',
    '12:3: zones.EXAMPLE.org: the zone is given twice, here and as example.org',
    '13:3: zones.exa..mple: expected a domain name like example.org: a label in place of an empty label at octet 4',
    '14:3: zones.example.net.source: it is missing; expected the path of the unsigned zone file',
    '16:33: quorums.a.people.1: there is no person bop; given: alice',
    '16:45: quorums.a.need: found 3, expected at most 2, the number of people listed',
    '19:10: gate.agree: found 2, expected at most 1, the number of judges',
    '20:21: gate.refuse-findings.0: found "ZONE-WILDCARD-N", expected the ID of a zone finding; ZONE-WILDCARD-NS is the nearest one',
    '21:20: gate.limits.added: found "20", expected a share like 10%',
    '21:47: gate.limits.removed.percnt: unknown key percnt; did you mean percent?',
    '22:17: gate.overridable.0: found "verifier", expected one of judges, findings, margin, limit-added, limit-removed, limit-changed, limit-delegations, limit-ds, limit-apex',
  ]);
});

test('a PIN never enters a message', () => {
  for (const tokens of [
    '{ ksk: "pkcs11:token=a?pin-value=4711" }',
    '{ ksk: ["pkcs11:token=a", "pkcs11:token=a?module-path=/x&pin-value=4711"] }',
    '{ ksk: 4711 }',
    '{ ksk: { pin: 4711 } }',
    '{ ksk: "pkcs11:token=a", pin: 4711 }',
  ]) {
    const [first, ...rest] = problems(`format: 1\nlog: { origin: a }\ntokens: ${tokens}\n`);
    expect(rest, tokens).toEqual([]);
    expect(first, tokens).toContain('3:');
    expect(first, tokens).not.toContain('4711');
  }
  expect(problems('format: 1\nlog: { origin: a }\ntokens: { ksk: "pkcs11:token=a?pin-value=4711" }\n')[0]).toContain('Change the PIN');
  // Neither where no URI belongs.
  for (const wrong of [
    'zones: "pkcs11:token=a?pin-value=4711"',
    '"pkcs11:token=a?pin-value=4711": 1',
    'people: { a: { name: [pkcs11:token=a?PIN-VALUE=4711] } }',
  ])
    expect(problems(`${HEAD}${wrong}\n`).join(), wrong).not.toContain('4711');
});

test('RFC 7512 2.3: a PIN does not pass under another spelling of pin-value', () => {
  for (const uri of ['token=a?pin%2dvalue=4711', 'token=a? pin-value=4711', 'token=a?\\npin-value=4711', 'token=a?pin-value%3d4711']) {
    const [first] = problems(`format: 1\nlog: { origin: a }\ntokens: { ksk: "pkcs11:${uri}" }\n`);
    expect(first, uri).toContain('3:');
    expect(first, uri).not.toContain('4711');
  }
});

test('errors of YAML itself: duplicate keys, tags, aliases, a second document', () => {
  expect(problems(`${HEAD}zones: {}\nzones: {}\n`)).toEqual(['5:1: the key zones is given twice']);
  expect(problems(`${HEAD}people: !secret x\n`)[0]).toContain('4:9: Unresolved tag: !secret');
  expect(problems(`${HEAD}people: *nobody\n`)[0]).toContain('Unresolved alias');
  expect(problems(`${HEAD}---\nformat: 1\n`)[0]).toContain('multiple documents');
  expect(problems(`${HEAD}zones: {\n`)[0]).toMatch(/^5:1: /);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`),
  ].join('\n');
  expect(problems(`${bomb}\n`)[0]).toContain('alias');
});

test('YAML 1.2: no other version, no merge keys', () => {
  expect(problems(`%YAML 1.1\n---\n${HEAD}policies: { p: { dnskey-ttl: 010 } }\n`)).toEqual(['1:1: found %YAML 1.1, expected YAML 1.2']);
  expect(problems(`%YAML 1.2\n---\n${HEAD}`)).toEqual([]);
  expect(problems(`${HEAD}zones:\n  a: &a { source: x }\n  b: { <<: *a }\n`)[0]).toContain('6:8: a merge key << is not understood');
  expect(parse(`${HEAD}policies: { p: { dnskey-ttl: 010 } }\n`).policies['p']!.dnskeyTtl).toBe(10);
});

test('a key is a name, and is read as it is written', () => {
  expect(problems(`${HEAD}zones:\n  &k a.example: { source: x }\n  *k : { source: y }\n`)).toEqual([
    '6:3: the key *k is an alias: write the name itself',
  ]);
  expect(problems(`${HEAD}zones:\n  ? [a, b]\n  : { source: x }\n`)[0]).toContain('a key must be a name');
  expect(problems(`${HEAD}people: { ~: { name: x } }\n`)[0]).toContain('a key must be a name');
  for (const key of ['1.10', '1e2', '0xa', '010', 'True'])
    expect(problems(`${HEAD}zones: { ${key}: { source: x } }\n`)[0], key).toContain(`the key ${key} is read as`);
  expect(Object.keys(parse(`${HEAD}zones: { "1.10": { source: x }, 10: { source: y } }\n`).zones).sort()).toEqual(['1.10.', '10.']);
});

test('IDN names are written in their xn-- form, and no name has a blank', () => {
  for (const name of ['münchen.example', '日本.example', '"a b.example"', '"a\\tb"']) {
    expect(problems(`${HEAD}zones: { ${name}: { source: x } }\n`)[0], name).toContain('xn--');
    expect(problems(`${HEAD}catalog: { zone: ${name} }\n`)[0], name).toContain('xn--');
  }
  expect(Object.keys(parse(`${HEAD}zones: { 'm\\252nchen.example': { source: x } }\n`).zones)).toEqual(['m\\252nchen.example.']);
});

test('text that is a number says what was expected', () => {
  expect(problems(`${HEAD}policies: { p: { nsec3: { salt: 1234 } } }\n`)[0]).toContain('found 1234, expected hexadecimal');
  expect(problems(`${HEAD}zones: { a: { source: x, owner: 7 } }\n`)[0]).toContain('found 7, expected text of at most');
});

test('a file that is wrong in every line is told by its first problems', () => {
  const text = `${HEAD}zones:\n${Array.from({ length: 2000 }, (_, i) => `  z${i}: { sourc: x }\n`).join('')}`;
  expect(problems(text)).toHaveLength(500);
  expect(() => parse(text)).toThrow('4000 problems, the first 500');
});

test('anchors work, and a problem in what they stand for is told at its place', () => {
  const text = `${HEAD}policies: { a: &p { dnskey-ttl: 2h }, b: *p }\n`;
  expect(parse(text).policies['b']!.dnskeyTtl).toBe(7200);
  expect(problems(text.replace('2h', '2x'))).toEqual([
    '4:33: policies.a.dnskey-ttl: found "2x", expected a duration like 30d, 12h, 90s, 2w, 15min or P14D',
    '4:33: policies.b.dnskey-ttl: found "2x", expected a duration like 30d, 12h, 90s, 2w, 15min or P14D',
  ]);
});

test('spans have a least and a largest value', () => {
  const span = (text: string) => problems(`${HEAD}policies: { p: { zsk-lifetime: ${text} } }\n`);
  expect(span('0')).toHaveLength(1);
  expect(span('0s')[0]).toContain('from 1 to 2147483647 s');
  expect(span('2147483648')[0]).toContain('from 1 to 2147483647 s');
  expect(span('69y')[0]).toContain('from 1 to 2147483647 s');
  expect(span('P')).toHaveLength(1);
  expect(span('68y')).toEqual([]);
  expect(span('unlimited')).toEqual([]);
});

test('an empty file, a list and a word are no configuration', () => {
  for (const text of ['', '- a\n', 'word\n', '# only a comment\n']) expect(problems(text).length, text).toBeGreaterThan(0);
});

test('names that objects have from JavaScript are names like others', () => {
  expect(problems(`${HEAD}zones: { a.example: { source: x, policy: constructor } }\n`)).toEqual([
    '4:42: zones.a.example.policy: there is no policy constructor; given: default',
  ]);
  expect(problems(`${HEAD}policies: { __proto__: { algorithm: 8 } }\n`)).toEqual(['4:13: a key cannot be __proto__']);
});

test('judges that a policy takes from the whole file count for its agree', () => {
  expect(problems(`${HEAD}gate: { judges: [kzonecheck], agree: 1 }\npolicies: { p: { gate: { agree: 2 } } }\n`)).toEqual([
    '5:33: policies.p.gate.agree: found 2, expected at most 1, the number of judges',
  ]);
  expect(parse(`${HEAD}gate: { judges: [kzonecheck] }\n`).policies['default']!.gate.agree).toBe(1);
});
