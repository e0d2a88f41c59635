import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Zone } from '../../signer/zone/zone.ts';
import type { Limit, LimitName } from '../../src/config/config.ts';
import type { Changes } from '../../src/release/gate-types.ts';
import { compareZones, judgeLimits } from '../../src/release/limits.ts';
import { arbitraryRecords, zoneText } from '../properties/support/arbitrary-zone.ts';
import { ORIGIN, readZone } from '../properties/support/sign-text.ts';

const HEAD = `${ORIGIN} 3600 IN SOA ns.example.net. host.${ORIGIN} 1 7200 900 604800 300
${ORIGIN} 3600 IN NS ns.example.net.
${ORIGIN} 3600 IN NS ns2.example.net.
`;
const DS = (tag: number): string => `DS ${tag} 13 2 ${'ab'.repeat(32)}`;

function zone(...lines: readonly string[]): Zone {
  return readZone(HEAD + lines.map((line) => `${line}\n`).join(''));
}

/** Changes that are not nothing. */
function changes(before: Zone, after: Zone): Partial<Changes> {
  const { before: _, records: __, ...counts } = compareZones(before, after);
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

describe('changes against the last release', () => {
  const www = `www.${ORIGIN} 60 IN A 192.0.2.1`;
  const mail = `mail.${ORIGIN} 60 IN A 192.0.2.25`;
  const sub = `sub.${ORIGIN} 60 IN NS ns.example.net.`;

  test.each([
    ['nothing', zone(www), zone(www), {}],
    ['a name added', zone(), zone(www), { added: 1 }],
    ['a name removed', zone(www, mail), zone(www), { removed: 1 }],
    ['a record of an RRset', zone(www), zone(www, `www.${ORIGIN} 60 IN A 192.0.2.2`), { added: 1, changed: 1 }],
    ['an address', zone(www), zone(`www.${ORIGIN} 60 IN A 192.0.2.2`), { added: 1, removed: 1, changed: 1 }],
    ['a TTL alone', zone(www), zone(`www.${ORIGIN} 61 IN A 192.0.2.1`), { changed: 1 }],
    ['letter case of a name alone', zone(`m.${ORIGIN} 60 IN MX 1 A.example.`), zone(`m.${ORIGIN} 60 IN MX 1 a.EXAMPLE.`), {}],
    ['another type at the same name', zone(www), zone(`www.${ORIGIN} 60 IN TXT "x"`), { added: 1, removed: 1 }],
    ['a delegation added', zone(), zone(sub), { added: 1, delegations: 1 }],
    ['a delegation removed', zone(sub), zone(), { removed: 1, delegations: 1 }],
    ['another name server', zone(sub), zone(`sub.${ORIGIN} 60 IN NS n.example.net.`), { added: 1, removed: 1, changed: 1, delegations: 1 }],
    ['the TTL of a delegation', zone(sub), zone(`sub.${ORIGIN} 61 IN NS ns.example.net.`), { changed: 1 }],
    ['a DS added', zone(sub), zone(sub, `sub.${ORIGIN} 60 IN ${DS(1)}`), { added: 1, ds: 1 }],
    [
      'a DS changed',
      zone(sub, `sub.${ORIGIN} 60 IN ${DS(1)}`),
      zone(sub, `sub.${ORIGIN} 60 IN ${DS(2)}`),
      { added: 1, removed: 1, changed: 1, ds: 1 },
    ],
    ['a type at the apex', zone(), zone(`${ORIGIN} 60 IN MX 1 a.example.`), { added: 1, apex: 1 }],
    ['the name servers of the zone', zone(), zone(`${ORIGIN} 3600 IN NS ns3.example.net.`), { added: 1, changed: 1, apex: 1 }],
  ])('%s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  test('SOA of the apex and what the signer makes are not data', () => {
    const other = HEAD.replace(' 1 7200', ' 2 7200');
    const nsec3param = `${ORIGIN} 0 IN NSEC3PARAM 1 0 0 -\n`;
    expect(changes(readZone(HEAD), readZone(other + nsec3param))).toEqual({});
  });

  test('what there was before, for percentages', () => {
    const before = zone(www, mail, sub, `sub.${ORIGIN} 60 IN ${DS(1)}`);
    expect(compareZones(before, zone())).toMatchObject({ before: { records: 6, rrsets: 5, delegations: 1, ds: 1, apex: 1 }, records: 2 });
  });

  test('added and removed are differences of sets of records', () => {
    fc.assert(
      fc.property(arbitraryRecords, arbitraryRecords, (a, b) => {
        const records = (list: typeof a): Set<string> => new Set(list.map(({ owner, data }) => `${owner} ${data}`.toLowerCase()));
        const { added, removed } = compareZones(readZone(zoneText(a)), readZone(zoneText(b)));
        expect([added, removed]).toEqual([records(b).difference(records(a)).size, records(a).difference(records(b)).size]);
      }),
      { numRuns: 100 },
    );
  });

  test('back and forth: what was added is removed', () => {
    fc.assert(
      fc.property(arbitraryRecords, arbitraryRecords, (a, b) => {
        const there = compareZones(readZone(zoneText(a)), readZone(zoneText(b)));
        const back = compareZones(readZone(zoneText(b)), readZone(zoneText(a)));
        expect({ ...back, before: 0, records: 0 }).toEqual({ ...there, added: there.removed, removed: there.added, before: 0, records: 0 });
      }),
      { numRuns: 100 },
    );
  });
});

describe('limits', () => {
  const before = { records: 200, rrsets: 100, delegations: 0, ds: 4, apex: 3 };
  const counted: Changes = { added: 50, removed: 51, changed: 10, delegations: 1, ds: 2, apex: 0, before, records: 199 };
  const limitsOf = (limits: Partial<Record<LimitName, Partial<Limit>>>) =>
    Object.fromEntries(
      (['added', 'removed', 'changed', 'delegations', 'ds', 'apex'] as const).map((name) => {
        const limit = limits[name];
        return [name, limit && { count: limit.count, percent: limit.percent }];
      }),
    ) as Record<LimitName, Limit | undefined>;

  test('one verdict each, with its numbers', () => {
    const limits = limitsOf({
      added: { percent: 25 },
      removed: { percent: 25 },
      changed: { count: 9 },
      delegations: { percent: 100 },
      ds: { count: 2, percent: 50 },
    });
    expect(judgeLimits(counted, limits)).toEqual([
      { rule: 'limit-added', verdict: 'pass', text: '50 records added, the last release has 200 records; the limit is 25 %' },
      { rule: 'limit-removed', verdict: 'fail', text: '51 records removed, the last release has 200 records; the limit is 25 %' },
      { rule: 'limit-changed', verdict: 'fail', text: '10 RRsets changed, the last release has 100 RRsets; the limit is 9' },
      { rule: 'limit-delegations', verdict: 'fail', text: '1 delegations touched, the last release has 0 delegations; the limit is 100 %' },
      { rule: 'limit-ds', verdict: 'pass', text: '2 DS RRsets touched, the last release has 4 DS RRsets; the limit is 2 and 50 %' },
      { rule: 'limit-apex', verdict: 'pass', text: '0 RRsets of the apex touched, the last release has 3 RRsets at the apex; no limit' },
    ]);
  });

  test('of number and percentage both must hold', () => {
    const ds = (limit: Partial<Limit>): string => judgeLimits(counted, limitsOf({ ds: limit }))[4]!.verdict;
    expect([ds({ count: 2, percent: 49 }), ds({ count: 1, percent: 50 }), ds({ count: 2, percent: 50 })]).toEqual(['fail', 'fail', 'pass']);
  });

  test('the first release has nothing to be compared with', () => {
    const verdicts = judgeLimits(undefined, limitsOf({ added: { count: 0 } }));
    expect(new Set(verdicts.map(({ verdict, text }) => `${verdict} ${text}`))).toEqual(
      new Set(['pass no earlier release to compare with']),
    );
  });
});
