import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import type { Refusal } from '../../signer/errors.ts';
import { buildZone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import { octetsOpener } from '../../src/apply/octets-opener.ts';
import { makeCatalog, uniqueLabel } from '../../src/catalog/catalog-zone.ts';
import { catalogMembers } from '../../src/catalog/members.ts';
import { type Catalog, readCatalog } from '../../src/catalog/read-catalog.ts';

const CATALOG = 'catalog.invalid.';

function read(text: string, zone = CATALOG): Catalog {
  const apex = parseName(zone);
  const { store, findings } = readZoneFile(octetsOpener('catalog.zone', Buffer.from(text)), 'catalog.zone', apex);
  expect(findings).toEqual([]);
  return readCatalog(buildZone(store, apex));
}

const catalogOf = (...members: Parameters<typeof makeCatalog>[0]['members']): string => makeCatalog({ zone: CATALOG, serial: 7, members });

describe('RFC 9432 4: structure of a catalog zone', () => {
  test('a regular zone: SOA, a single NS invalid., version "2", one PTR a member, group as TXT below the member node', () => {
    const text = catalogOf({ zone: 'example.org.', group: 'risk A' }, { zone: 'Example.COM.' });
    expect(text).toBe(`$ORIGIN catalog.invalid.
@ 0 IN SOA invalid. invalid. 7 3600 600 2147483646 0
@ 0 IN NS invalid.
version 0 IN TXT "2"
${uniqueLabel(parseName('example.com.'))}.zones 0 IN PTR example.com.
${uniqueLabel(parseName('example.org.'))}.zones 0 IN PTR example.org.
group.${uniqueLabel(parseName('example.org.'))}.zones 0 IN TXT "risk A"
`);
  });

  test('the label is base32hex of the first 20 octets of SHA-256 over the name in wire form', () => {
    // printf '\007example\003org\000' | sha256sum, the first 40 digits, through base32hex.
    expect(uniqueLabel(parseName('example.org.'))).toBe('cg6f4tbbgh0asaj8mkord4intj50u24v');
    expect(uniqueLabel(parseName('EXAMPLE.org.'))).toBe(uniqueLabel(parseName('example.org.')));
  });

  test('RFC 9432 5.6: another label resets the zone; the epoch makes one, for this member alone', () => {
    const before = read(catalogOf({ zone: 'a.example.' }, { zone: 'b.example.' }));
    const after = read(catalogOf({ zone: 'a.example.', epoch: 1 }, { zone: 'b.example.' }));
    const labels = (catalog: Catalog, zone: string): readonly string[] =>
      catalog.members.filter((m) => m.zone === zone).map((m) => m.label);
    expect(labels(after, 'a.example.')).not.toEqual(labels(before, 'a.example.'));
    expect(labels(after, 'b.example.')).toEqual(labels(before, 'b.example.'));
  });

  test('any names and groups: what is made can be read, and the order of the members does not matter', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    const member = fc.record({
      zone: fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.`),
      group: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(member, { selector: ({ zone }) => zone, maxLength: 12 }), (drawn) => {
        const members = drawn.map(({ zone, group }) => (group === undefined ? { zone } : { zone, group }));
        const text = catalogOf(...members);
        expect(catalogOf(...members.toReversed())).toBe(text);
        const found = read(text).members.map(({ zone, groups }) => ({ zone, group: groups[0] }));
        const wanted = drawn.map(({ zone, group }) => ({ zone, group }));
        const byZone = (a: { zone: string }, b: { zone: string }): number => (a.zone < b.zone ? -1 : 1);
        expect(found.toSorted(byZone)).toEqual(wanted.toSorted(byZone));
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a consumer takes for a broken catalog is refused', () => {
  const good = catalogOf({ zone: 'example.org.', group: 'a' });
  const node = `${uniqueLabel(parseName('example.org.'))}.zones`;
  const cases: readonly (readonly [sentence: string, text: string, said: string])[] = [
    ['RFC 9432 4.2.1: exactly one version record', `${good}version 0 IN TXT "1"\n`, 'version.catalog.invalid. TXT is "1" and "2"'],
    ['RFC 9432 4.2.1: the version is 2', good.replace('"2"', '"1"'), 'TXT is "1"; it has to be "2" alone'],
    ['RFC 9432 4.2.1: a catalog zone has a version', good.replace('version 0 IN TXT "2"\n', ''), 'TXT is not there'],
    ['RFC 9432 4.1: one PTR record at a member node', `${good}${node} 0 IN PTR example.net.\n`, 'has 2 PTR records; a member node has one'],
    ['RFC 9432 4.1: each member once', `${good}other.zones 0 IN PTR EXAMPLE.org.\n`, 'example.org. is the member of'],
    ['RFC 9432 4: at least one NS', good.replace('@ 0 IN NS invalid.\n', ''), 'has SOA; a zone has SOA and NS at its apex'],
    ['a property belongs to a member node', `${good}group.x.zones 0 IN TXT "a"\n`, 'which is no member node'],
    ['a property is one of the RFC', `${good}colour.${node} 0 IN TXT "a"\n`, 'colour is no property of RFC 9432'],
    [
      'RFC 9432 4.3.1: one coo',
      `${good}coo.${node} 0 IN PTR a.\ncoo.${node} 0 IN PTR b.\n`,
      'has 2 PTR records; a change of ownership has one',
    ],
    ['nothing beside zones, version and ext', `${good}www 0 IN A 192.0.2.1\n`, 'www.catalog.invalid. is neither version'],
    ['nothing but a PTR at a member node', `${good}${node} 0 IN A 192.0.2.1\n`, 'has A; only PTR has a meaning there'],
    ['nothing at zones itself', `${good}zones 0 IN TXT "a"\n`, 'only the names below it have a meaning'],
    ['nothing else at the apex', `${good}@ 0 IN TXT "a"\n`, 'has TXT; only SOA and NS have a meaning there'],
    ['one character-string a group', good.replace('"a"', '"a" "b"'), 'has more than one character-string'],
    ['nothing below a property', `${good}x.group.${node} 0 IN TXT "a"\n`, 'is below a property'],
  ];
  test.each(cases)('%s', (_sentence, text, said) => {
    expect(() => read(text)).toThrow(said);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'release/bad-catalog' }) as Refusal);
  });

  test('RFC 9432 4.3.2, 4.4: several groups, a change of ownership and custom properties are fine', () => {
    const text = `${good}group.${node} 0 IN TXT "b"\ncoo.${node} 0 IN PTR new.invalid.\nx.ext.${node} 0 IN A 192.0.2.1\ny.ext 0 IN TXT "z"\n`;
    expect(read(text).members).toEqual([{ zone: 'example.org.', label: uniqueLabel(parseName('example.org.')), groups: ['a', 'b'] }]);
  });
});

describe('what cannot be made', () => {
  test.each([
    ['a member twice', [{ zone: 'a.example.' }, { zone: 'A.example.' }], 'a.example. is named as a member twice'],
    ['itself', [{ zone: CATALOG }], 'named as a member of itself'],
    [
      'a group that is too long',
      [{ zone: 'a.example.', group: 'ü'.repeat(128) }],
      'the group of a.example. has 256 octets; 255 is the limit',
    ],
  ] as const)('%s', (_what, members, said) => {
    expect(() => catalogOf(...members)).toThrow(said);
  });

  test('a name that leaves no room for the labels', () => {
    const zone = `${`${'a'.repeat(52)}.`.repeat(4)}`;
    expect(() => makeCatalog({ zone, serial: 1, members: [] })).toThrow('leave room for 210');
    expect(
      read(makeCatalog({ zone: zone.slice(3), serial: 1, members: [{ zone: 'a.', group: 'g' }] }), zone.slice(3)).members,
    ).toHaveLength(1);
  });
});

describe('members', () => {
  const zone = (name: string, group?: string) =>
    ({ name, source: '/z', owner: 'Team DNS', riskClass: 'A', policy: 'p', mode: 'full', registry: undefined, group }) as const;
  const zones = { 'a.example.': zone('a.example.', 'one'), 'b.example.': zone('b.example.'), 'c.example.': zone('c.example.', 'two') };

  test.each([
    ['none', [{ zone: 'a.example.' }, { zone: 'b.example.' }]],
    ['group', [{ zone: 'a.example.', group: 'one' }, { zone: 'b.example.' }]],
    [
      'owner',
      [
        { zone: 'a.example.', group: 'Team DNS' },
        { zone: 'b.example.', group: 'Team DNS' },
      ],
    ],
    [
      'risk-class',
      [
        { zone: 'a.example.', group: 'A' },
        { zone: 'b.example.', group: 'A' },
      ],
    ],
    [
      'policy',
      [
        { zone: 'a.example.', group: 'p' },
        { zone: 'b.example.', group: 'p' },
      ],
    ],
  ] as const)('grouped by %s: only zones with a release', (groupBy, members) => {
    const config = { catalog: { zone: CATALOG, groupBy }, zones };
    expect(catalogMembers(config, ['b.example.', 'a.example.', 'gone.example.'])).toEqual(members);
  });

  test('no catalog in the configuration: no members', () => {
    expect(catalogMembers({ catalog: undefined, zones }, ['a.example.'])).toEqual([]);
  });
});
