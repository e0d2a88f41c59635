import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importBind } from '../../src/policy/import/bind.ts';
import { bindSpan, isoSpan } from '../../src/policy/import/foreign-span.ts';
import { importKasp } from '../../src/policy/import/kasp.ts';
import { parseNamedConf } from '../../src/policy/import/named-conf.ts';
import type { ImportReport, PolicyImport } from '../../src/policy/import/report.ts';
import { parseXml, type XmlElement } from '../../src/policy/import/xml-tree.ts';
import { DAY, HOUR } from './support.ts';

const sample = (name: string): string => readFileSync(new URL(`samples/${name}`, import.meta.url), 'utf8');
const members = (result: PolicyImport, name: string) => result.policies.find((policy) => policy.name === name)?.members;
const all = ({ carried, changed, dropped }: ImportReport) => [...carried, ...changed, ...dropped];

test('OpenDNSSEC and BIND count a month as 31 days and a year as 365; BIND writes TTLs too, where m is minutes', () => {
  expect(isoSpan('P1M')).toBe(31 * DAY);
  expect(isoSpan('P1Y')).toBe(365 * DAY);
  expect(isoSpan('P1Y2M3W4DT5H6M7S')).toBe((365 + 62 + 21 + 4) * DAY + 5 * HOUR + 367);
  for (const bad of ['P', 'PT', '1d', '', 'P1H', 'PT1D', 'P-1D', 'P1.5D']) expect(isoSpan(bad), bad).toBeUndefined();
  expect(bindSpan('1w2d3h4m5s')).toBe(9 * DAY + 3 * HOUR + 245);
  expect(bindSpan('3600')).toBe(3600);
  for (const bad of ['1y', '1d2', 'unlimited', '']) expect(bindSpan(bad), bad).toBeUndefined();
});

test('named.conf: comments of three kinds, quotes, nested blocks, and the line of each statement', () => {
  const text = '# a { b; };\n// c;\n/* d;\n */ one "x; # y \\" z" 1 { two; three { four 5; }; } six;\n\nseven;';
  expect(parseNamedConf(text, 'f')).toEqual([
    {
      words: ['one', 'x; # y " z', '1', 'six'],
      block: [
        { words: ['two'], block: undefined, line: 4 },
        { words: ['three'], block: [{ words: ['four', '5'], block: undefined, line: 4 }], line: 4 },
      ],
      line: 4,
    },
    { words: ['seven'], block: undefined, line: 6 },
  ]);
  const bad: Readonly<Record<string, string>> = {
    'a {\n b;\n': 'f:1: this { has no } to it',
    'a;\n}': 'f:2: a } without a { before it',
    'a\nb': 'f:1: the statement a b does not end in ;',
    'a { b }': 'f:1: the statement b does not end in ;',
    'a;\n"b': 'f:2: a " that is not closed',
    'a; /* b': 'f:1: a comment that is not closed',
    'a;\n\u00a0b;': 'f:2: the character U+00A0, which named.conf does not have outside of quotes',
    [`${'a { '.repeat(20_000)}${'}; '.repeat(20_000)}`]: 'f:1: blocks are nested deeper than 32',
  };
  for (const [text, message] of Object.entries(bad))
    expect(() => parseNamedConf(text, 'f'), text).toThrow(expect.objectContaining({ code: 'policy/bad-import', message }));
});

test('a dnssec-policy of BIND: what it becomes', () => {
  const result = importBind(sample('named.conf'), 'named.conf');
  expect(members(result, 'registry')).toEqual({
    keys: 'ksk-zsk',
    algorithm: 8,
    bits: 4096,
    'ksk-lifetime': '365d',
    'zsk-lifetime': '31d',
    nsec3: { 'opt-out': true },
    'dnskey-ttl': '2h',
    'zone-max-ttl': '2d',
    'publish-safety': '1h30min',
    'retire-safety': '2h',
    'signatures-validity': '30d',
    'signatures-validity-dnskey': '21d',
    'signatures-refresh': '7d',
    'signatures-jitter': '6h',
    'zone-propagation-delay': '10min',
    'parent-ds-ttl': '1h',
    'parent-propagation-delay': '2h',
    'cds-digest-types': [2, 4],
    'cds-cdnskey-publish': 'always',
  });
  // Without `keys` BIND signs with a CSK.
  expect(members(result, 'bare')).toMatchObject({ keys: 'csk', 'cds-cdnskey-publish': 'always' });
  expect(members(result, 'one-key-quoted')).toMatchObject({ keys: 'csk', 'ksk-lifetime': 'unlimited', algorithm: 13 });
  expect(result.report.dropped.find(({ value }) => value === 'default')?.reason).toContain("BIND's own policy: a CSK of algorithm 13");
});

test('each option of a dnssec-policy is in exactly one list of the report', () => {
  const text = sample('named.conf');
  const { report } = importBind(text, 'named.conf', 'registry');
  const written = parseNamedConf(text, 'f').find(({ words }) => words[1] === 'registry')!.block!;
  const items = all(report).filter(({ element, line }) => element.startsWith('registry ') && line > 0);
  for (const { words } of written) {
    const own = items.filter(({ element }) => element === `registry ${words[0]}`);
    expect(own.length, words[0]).toBe(words[0] === 'cds-digest-types' ? 3 : 1);
  }
  const keyParts = items.filter(({ element }) => /^registry keys [kz]sk /.test(element)).map(({ element }) => element);
  expect(keyParts.sort()).toEqual(
    [
      'ksk algorithm',
      'ksk bits',
      'ksk key-directory',
      'ksk lifetime',
      'zsk algorithm',
      'zsk bits',
      'zsk key-store',
      'zsk lifetime',
      'zsk tag-range',
    ].map((part) => `registry keys ${part}`),
  );
  for (const item of [...report.changed, ...report.dropped]) expect(item.reason, item.element).toBeTruthy();
  expect(new Set(items.map(({ element, value }) => `${element} ${value}`)).size).toBe(items.length);
});

const policy = (options: string) => importBind(`dnssec-policy p { ${options} };`, 'f');
const keysOf = (keys: string) => policy(`keys { ${keys} };`);

test('BIND: keys that a policy here cannot have, options that are new, values that are none', () => {
  const many = keysOf('ksk lifetime 30d algorithm 13; zsk lifetime 0 algorithm 13; zsk lifetime 60d algorithm 8 2048;');
  expect(members(many, 'p')).toMatchObject({ keys: 'ksk-zsk', algorithm: 13, 'ksk-lifetime': '30d', 'zsk-lifetime': 'unlimited' });
  expect(many.report.dropped.filter(({ reason }) => reason?.includes('one key of a role')).map(({ value }) => value)).toEqual([
    '60d',
    '8',
    '2048',
  ]);
  const mixed = keysOf('ksk lifetime 30d algorithm 13; zsk lifetime 30d algorithm 15;');
  expect(mixed.report.changed.find(({ value }) => value === '15')?.reason).toContain('one algorithm');
  const old = keysOf('csk lifetime unlimited algorithm nsec3rsasha1 2048;');
  expect(members(old, 'p')).toMatchObject({ keys: 'csk', algorithm: 13 });
  expect(old.report.dropped.find(({ value }) => value === '2048')?.reason).toContain('one size');
  // named-checkconf accepts these too.
  expect(members(keysOf('csk lifetime 0 algorithm ecdsa256;'), 'p')).toMatchObject({ algorithm: 13 });
  expect(members(keysOf('csk lifetime 0 algorithm ECDSA384;'), 'p')).toMatchObject({ algorithm: 14 });
  const single = keysOf('zsk lifetime 30d algorithm 13;');
  expect(single.report.changed.find(({ value }) => value === 'zsk')?.reason).toContain('the other one is added');
  expect(policy('max-zone-ttl unlimited;').report.dropped[0]?.reason).toContain('there must be a bound');
  expect(policy('shiny-new 7;').report.dropped[0]).toMatchObject({ element: 'p shiny-new', value: '7', line: 1 });
  for (const bad of [
    'dnskey-ttl 1y;',
    'cdnskey maybe;',
    'keys { dsk lifetime 1d algorithm 13; };',
    'keys { ksk lifetime 1d algorithm rot13; };',
    'cds-digest-types { md5; };',
    'nsec3param iterations many;',
  ])
    expect(() => policy(bad), bad).toThrow(expect.objectContaining({ code: 'policy/bad-import' }));
});

test('a policy of OpenDNSSEC: what it becomes', () => {
  const result = importKasp(sample('kasp.xml'), 'kasp.xml');
  expect(members(result, 'registry')).toEqual({
    keys: 'ksk-zsk',
    algorithm: 8,
    bits: 2048,
    'ksk-lifetime': '365d',
    'zsk-lifetime': '90d',
    nsec3: { 'opt-out': true },
    'signatures-refresh': '3d',
    'signatures-validity': '31d',
    'signatures-validity-dnskey': '21d',
    'signatures-jitter': '12h',
    'inception-offset': '1h',
    'zone-max-ttl': '1d',
    'dnskey-ttl': '1h',
    'retire-safety': '2h',
    'publish-safety': '3h',
    'zone-propagation-delay': '12h',
    'parent-propagation-delay': '2h46min39s',
    'parent-ds-ttl': '1h',
    'serial-policy': 'date',
  });
  expect(members(result, 'plain')).toEqual({
    keys: 'csk',
    algorithm: 13,
    'ksk-lifetime': '730d',
    nsec3: false,
    'signatures-validity': '14d',
    'signatures-validity-dnskey': '14d',
    'dnskey-ttl': '5min',
    'serial-policy': 'increment',
  });
});

function leaves(element: XmlElement, path: string): string[] {
  if (element.children.length === 0) return [path];
  return element.children.flatMap((child) => leaves(child, path === '' ? child.name : `${path}/${child.name}`));
}

test('each element of a policy of OpenDNSSEC is in exactly one list of the report', () => {
  const text = sample('kasp.xml');
  const { report } = importKasp(text, 'kasp.xml', 'registry');
  const written = leaves(parseXml(text, 'f').children[0]!, '').sort();
  const told = all(report).map(({ element }) => element.replace('registry ', ''));
  expect(written.length).toBeGreaterThan(35);
  expect(told.filter((element) => !/^@name$|^Keys$|@length$/.test(element)).sort()).toEqual(written);
  for (const item of [...report.changed, ...report.dropped]) expect(item.reason, item.element).toBeTruthy();
});

test('OpenDNSSEC: what is no kasp.xml, and values that are none', () => {
  const wrap = (content: string) => `<KASP>\n<Policy name="p">${content}</Policy></KASP>`;
  const refused: Readonly<Record<string, string>> = {
    '': 'f:1: ',
    '<KASP>': 'f:1: not well-formed XML',
    '<Zones/>': 'f:1: found the element Zones, expected KASP',
    '<!DOCTYPE k [<!ENTITY a "x">]><KASP>&a;</KASP>': 'f:1: not well-formed XML',
    [wrap('<Signatures><Refresh>3d</Refresh></Signatures>')]: 'f:2: p Signatures/Refresh: found "3d"',
    [wrap('<Zone><SOA><Serial>random</Serial></SOA></Zone>')]: 'f:2: p Zone/SOA/Serial: found "random"',
    [wrap('<Keys><KSK><Algorithm>13</Algorithm></KSK></Keys>')]: 'f:2: p Keys/KSK has no Algorithm, or no Lifetime',
    [wrap('<Keys><KSK><Algorithm>ECDSA</Algorithm><Lifetime>P1Y</Lifetime></KSK></Keys>')]: 'f:2: found "ECDSA"',
    [`${'<KASP>'.repeat(40)}${'</KASP>'.repeat(40)}`]: 'f:1: elements are nested deeper than 32',
  };
  for (const [text, message] of Object.entries(refused))
    expect(() => importKasp(text, 'f'), text).toThrow(
      expect.objectContaining({ code: 'policy/bad-import', message: expect.stringContaining(message) }),
    );
  const unwritten = importKasp(wrap('<Signatures><Validity><Default>P20D</Default></Validity></Signatures>'), 'f');
  expect(members(unwritten, 'p')).toEqual({ 'signatures-validity': '20d', 'signatures-validity-dnskey': '20d' });
  expect(unwritten.report.changed).toEqual([expect.objectContaining({ element: 'p Signatures/Validity/Keyset', line: 0 })]);
  expect(importKasp(wrap('<New/>'), 'f').report.dropped).toEqual([
    { element: 'p New', line: 2, value: '', reason: 'not known in kasp.xml' },
  ]);
});
