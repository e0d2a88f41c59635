import type { Act, Answer, LogRow, Request, Summary, ZoneRow } from '../../../tui/data.ts';

import { CEREMONY_ANSWER } from './ceremony-sample.ts';

/** A made-up workspace, the same at every run: 2026-11-24T12:00:00Z. */
export const NOW = 1_795_521_600;
const DAY = 86_400;

export const SUMMARY: Summary = {
  workspace: '/srv/coldsign',
  origin: 'audit.example/site-a',
  mode: 'production',
  entries: 1_000_000,
  anomalies: 0,
  exceptions: 2,
  isConfigPending: false,
  open: [],
};

const act = (zone: string): Act => ({ argv: ['zone', 'sign', zone], text: 'sign the zone and make a release', confirm: zone });

const row = (zone: string, rest: Partial<ZoneRow>): ZoneRow => ({
  zone,
  owner: 'registry',
  riskClass: 'A',
  policy: 'default',
  urgency: 'ok',
  what: 'in order',
  who: '-',
  ...rest,
});

export const ZONES: readonly ZoneRow[] = [
  row('late.example.', {
    urgency: 'bogus',
    what: 'EXPIRED 2026-11-23T12:00:00Z',
    who: 'custodians',
    lastSafe: NOW - DAY,
    next: NOW,
    serial: 2026112001,
    act: act('late.example.'),
  }),
  row('due.example.', {
    urgency: 'due',
    what: 'due.example.zone changed',
    who: 'custodians',
    lastSafe: NOW + 12 * DAY,
    next: NOW,
    serial: 7,
    act: act('due.example.'),
  }),
  row('soon.example.', {
    urgency: 'soon',
    what: 'a visit before the last safe moment',
    who: 'custodians',
    lastSafe: NOW + 3 * DAY,
    serial: 12,
  }),
  row('rolling.example.', {
    urgency: 'waits',
    what: 'DS of KSK 4711 omnipresent: evidence: all servers of the parent seen with it',
    who: 'parent',
    lastSafe: NOW + 20 * DAY,
    next: NOW + 7 * DAY,
    serial: 3,
    roll: '4 (ksk) since 2026-11-10T12:00:00Z',
  }),
  row('a-very-long-name-of-a-zone-that-does-not-fit-in-its-column.example.', {
    lastSafe: NOW + 30 * DAY,
    serial: 4_294_967_295,
    owner: '研究所 (Tokyo)',
  }),
  ...Array.from({ length: 40 }, (_, i) =>
    row(`zone-${String(i).padStart(2, '0')}.example.`, {
      lastSafe: NOW + (30 + i) * DAY,
      serial: i + 1,
      owner: i % 2 === 0 ? 'registry' : '',
    }),
  ),
];

export const logRow = (seq: number): LogRow => ({
  seq,
  time: '2026-11-24T11:59:58Z',
  actor: seq % 3 === 0 ? 'alice' : 'bob',
  type: seq % 2 === 0 ? 'sign.result' : 'key.generate.intent',
  text: `due.example. serial ${seq}: 11 made (1 by 4711, 10 by 815), 40 kept, signed zone 0123456789ab (intent: entry ${seq - 1})`,
});

/** What a workspace would answer. */
export function sampleAnswer(request: Request): Answer {
  switch (request.of) {
    case 'zones-quick':
    case 'zones':
      return { of: request.of, zones: ZONES };
    case 'zone':
      return zoneAnswer(request.zone);
    case 'ceremony':
      return CEREMONY_ANSWER;
    case 'contents':
      return {
        of: 'contents',
        zone: request.zone,
        contents: {
          serial: 7,
          classes: [
            { name: 'apex', records: 3 },
            { name: 'delegations (NS, DS)', records: 120_000 },
            { name: 'data and glue', records: 40_321 },
            { name: 'keys and CDS', records: 2 },
            { name: 'proofs (NSEC, NSEC3)', records: 60_001 },
            { name: 'signatures', records: 90_004 },
          ],
          types: [
            { type: 'NS', records: 100_002 },
            { type: 'RRSIG', records: 90_004 },
            { type: 'NSEC3', records: 60_000 },
          ],
          expiries: Array.from({ length: 6 }, (_, i) => ({
            day: NOW - (NOW % DAY) + (13 + i) * DAY,
            signatures: [4000, 21_000, 30_000, 25_000, 10_000, 4][i]!,
          })),
        },
      };
    case 'keys':
      return {
        of: 'keys',
        keys: Array.from({ length: 30 }, (_, i) => ({
          zone: `zone-${String(i >> 1).padStart(2, '0')}.example.`,
          label: `${i % 2 === 0 ? 'KSK' : 'ZSK'} ${1000 + i * 37}`,
          algorithm: '13 (ECDSAP256SHA256)',
          state: i === 5 ? 'standby' : 'published',
          origin: 'generated',
          token: `${i % 2 === 0 ? 'ksk' : 'zsk'} 527c105f28986b71`,
          id: '0ad1240f07c56d790cbcf0dc5273fe31',
          proved: '2026-11-20',
          backup: i === 0 ? '-' : '2026-10-01',
          drilled: i < 2 ? '-' : '2026-10-02',
        })),
        tokens: [
          { role: 'ksk', uri: 'pkcs11:token=site-a;serial=527c105f28986b71', keys: 15 },
          { role: 'zsk', uri: 'pkcs11:token=site-a;serial=527c105f28986b71', keys: 15 },
        ],
      };
    case 'timeline':
      return timelineAnswer(request.zone);
    case 'plan':
      return planAnswer(request.zone);
    case 'log-rows':
      return { of: 'log-rows', rows: request.numbers.map(logRow) };
    case 'log-search':
      return { of: 'log-search', query: request.query, found: Array.from({ length: 1234 }, (_, i) => i * 800 + 5) };
    case 'log-entry':
      return {
        of: 'log-entry',
        seq: request.seq,
        lines: [
          logRow(request.seq).text,
          '',
          '{',
          '  "actor": {',
          '    "name": "alice",',
          '    "role": "operator"',
          '  },',
          `  "seq": ${request.seq}`,
          '}',
          '',
          `438 octets, leaf hash ${'ab'.repeat(32)}`,
        ],
      };
    case 'log-verify':
      return { of: 'log-verify', isGood: true, text: '1000000 entries fit the signed checkpoint' };
    case 'release':
      return {
        of: 'release',
        zone: request.zone,
        release: {
          serial: request.serial ?? 7,
          serials: [5, 6, 7],
          lines: [
            'due.example. serial 7',
            '  made          2026-11-20T12:00:00Z, production, log size 999000',
            `  manifest      ${'cd'.repeat(32)}`,
          ],
          verdicts: [
            { rule: 'verifier', verdict: 'pass', text: '90004 of 90004 signatures verify over 90004 RRsets; no findings' },
            {
              rule: 'limit-removed',
              verdict: 'overridden',
              text: '1200 of 160000 records removed, limit 1 % (the merger of two registrars)',
            },
            {
              rule: 'margin',
              verdict: 'fail',
              text: 'the first signature ends 2026-12-07T00:00:00Z, before the latest next visit 2026-12-09T00:00:00Z',
            },
          ],
        },
      };
    case 'diff':
      return {
        of: 'diff',
        zone: request.zone,
        serial: request.serial,
        diff: {
          before: 6,
          added: 3,
          removed: 9000,
          lines: ['- old.due.example. 3600 IN A 192.0.2.1', '+ new.due.example. 3600 IN A 192.0.2.2'],
        },
      };
    default:
      return request satisfies never;
  }
}

function zoneAnswer(zone: string): Answer {
  const found = ZONES.find((one) => one.zone === zone) ?? ZONES[1]!;
  return {
    of: 'zone',
    zone,
    view: {
      row: found,
      source: `/srv/zones/${zone}zone`,
      mode: 'full',
      keys: [
        { label: 'KSK 4711', algorithm: 13, state: 'active', dnskey: 'omnipresent', krrsig: 'omnipresent', zrrsig: '-', ds: 'omnipresent' },
        { label: 'ZSK 815', algorithm: 13, state: 'published', dnskey: 'rumoured', krrsig: '-', zrrsig: 'hidden', ds: '-' },
      ],
      ready: [],
      waits: [
        'DNSKEY of ZSK 815 omnipresent: evidence: all servers of the zone seen with it; Ipub = Dprp + TTLkey + publish-safety = 5min + 1h + 1h = 2h5min (RFC 7583 3.2)',
      ],
      releases: [7, 6, 5].map((serial) => ({
        serial,
        from: NOW - (8 - serial) * DAY,
        until: NOW + (serial + 6) * DAY,
        records: 310_331,
        isCurrent: serial === 7,
      })),
    },
  };
}

function timelineAnswer(zone: string): Answer {
  return {
    of: 'timeline',
    zone,
    timeline: {
      zone,
      from: NOW - 400 * DAY,
      to: NOW + 730 * DAY,
      keys: [
        {
          label: 'KSK 4711',
          segments: [
            { from: NOW - 400 * DAY, to: NOW - 395 * DAY, state: 'published' },
            { from: NOW - 395 * DAY, to: NOW + 30 * DAY, state: 'active' },
            { from: NOW + 30 * DAY, to: NOW + 35 * DAY, state: 'retired' },
          ],
        },
        {
          label: 'ZSK 815',
          segments: [
            { from: NOW - 60 * DAY, to: NOW + 10 * DAY, state: 'active' },
            { from: NOW + 10 * DAY, to: NOW + 17 * DAY, state: 'retired' },
          ],
        },
        {
          label: 'ZSK 1907',
          segments: [
            { from: NOW - 2 * DAY, to: NOW + 3 * DAY, state: 'published' },
            { from: NOW + 3 * DAY, to: NOW + 10 * DAY, state: 'ready' },
            { from: NOW + 10 * DAY, to: NOW + 730 * DAY, state: 'active' },
          ],
        },
        {
          label: 'new KSK 1',
          segments: [
            { from: NOW + 20 * DAY, to: NOW + 30 * DAY, state: 'published' },
            { from: NOW + 30 * DAY, to: NOW + 730 * DAY, state: 'active' },
          ],
        },
      ],
      marks: [
        { at: NOW - 400 * DAY, kind: 'event', text: `${zone}: rollover 1 (first-signing) begins` },
        { at: NOW - 2 * DAY, kind: 'release', text: 'release 7' },
        { at: NOW + 3 * DAY, kind: 'visit', text: 'nothing may be done before ZSK 1907 is ready (zsk 5)' },
        { at: NOW + 10 * DAY, kind: 'visit', text: 'ZSK 1907 signs in place of ZSK 815 (zsk 5)' },
        { at: NOW + 12 * DAY, kind: 'deadline', text: 'last safe moment: signatures end while caches hold them' },
        { at: NOW + 20 * DAY, kind: 'visit', text: 'publish new KSK 1 (ksk 6)' },
      ],
    },
  };
}

function planAnswer(zone: string): Answer {
  const argv = ['roll', 'advance', '--zone', zone];
  const step = { roll: 'zsk 5', act: { argv, text: 'do what the rollover may do now', confirm: zone } };
  return {
    of: 'plan',
    zone,
    plan: {
      zone,
      hash: '92ff47930feac41b3132914fc6400e8e025ab27f976524edb7cc7ca87180ff02',
      head: [
        { name: 'next visit', text: '2026-11-24T12:00:00Z' },
        {
          name: 'then breaks',
          text: 'signatures end while caches hold them: the first of them ends Dprp 5min + largest TTL 1h after that',
        },
        { name: 'one missed', text: 'harmless: what was planned for it is done at the visit after it' },
      ],
      steps: [
        {
          ...step,
          number: 1,
          at: NOW,
          earliest: NOW - 3600,
          latest: NOW + 12 * DAY,
          title: 'publish ZSK 1907',
          facts: [
            { name: 'not sooner', text: 'Tpub(N+1) = Tact(N) + Lzsk - Ipub = 90d - 2h5min = 89d21h55min (RFC 7583 3.2.1)' },
            { name: 'DNSKEY', text: 'KSK 4711, ZSK 815 becomes KSK 4711, ZSK 815, ZSK 1907' },
            { name: 'back', text: 'roll cancel: the data is signed as before' },
          ],
        },
        {
          ...step,
          number: 2,
          at: NOW + 10 * DAY,
          earliest: NOW + 9 * DAY,
          title: 'ZSK 1907 signs in place of ZSK 815',
          facts: [{ name: 'back', text: 'roll cancel' }],
        },
        {
          ...step,
          number: 3,
          at: NOW + 20 * DAY,
          earliest: NOW + 18 * DAY,
          title: 'ZSK 815 leaves the zone; the rollover ends',
          facts: [{ name: 'back', text: 'the rollover is over' }],
        },
      ],
    },
  };
}
