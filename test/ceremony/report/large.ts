import { hashWords } from '../../../src/audit/words.ts';
import type { CeremonyReport, Hash } from '../../../src/ceremony/report/collect.ts';

/** Somebody who means no good has typed it: markup, a terminal that is moved, a text that is turned around, a line that looks like another one. */
export const EVIL = `<img src="http://127.0.0.1:9/x.png"> \u001b[2J\u202e\u2066 & "x"\n     agreed: carol (custodian), by key, 2026`;
/** Without a place to break it. */
const LONG = 'x'.repeat(300);
const PEOPLE = 50;
const STEPS = 200;

const hash = (digit: string): Hash => ({ hex: digit.repeat(64), words: hashWords(Buffer.from(digit.repeat(64), 'hex')) });
const time = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 9, minute)).toISOString().replace('.000', '');
const people = Array.from({ length: PEOPLE }, (_, i) => `person-${i}-${'n'.repeat(i)}`);

/** As large as a report gets, with every field as long and as bad as it can be. Aborted at its last step but one. */
export const largeReport: CeremonyReport = {
  id: '20261124T090000Z-3f2a91',
  title: `Large ${LONG}`,
  purpose: `All that there can be.\nIn two lines. ${LONG}`,
  origin: `audit.example/${'o'.repeat(180)}`,
  mode: 'practice',
  opened: time(0),
  ended: time(STEPS * 3),
  outcome: 'aborted',
  reason: `${EVIL} ${LONG}`,
  script: hash('a'),
  plan: hash('b'),
  environment: hash('c'),
  names: Object.fromEntries(people.map((person, i) => [person, `Dr. ${'Name '.repeat(i % 9)}${i} ${EVIL.slice(0, 12)}`])),
  roles: [
    { role: 'administrator', title: 'Administrator', duty: 'Leads.', people: people.slice(0, 1) },
    { role: 'witness', title: `Witness ${LONG}`, duty: 'Watches.', people: people.slice(1, 2) },
    { role: 'custodian', title: 'Custodian', duty: `Agrees. ${LONG}`, people: people.slice(2) },
  ],
  attendance: people.map((person, i) => ({ time: time(i), person, role: i === 0 ? 'administrator' : 'custodian', act: 'came' })),
  steps: Array.from({ length: STEPS }, (_, i) => ({
    number: i + 1,
    id: `step-${i}:${'zone.'.repeat(i % 30)}example.`,
    act: `Act ${Math.floor(i / 20)} ${i === 40 ? LONG : ''}`,
    title: i % 50 === 7 ? EVIL : `Step ${i} of many ${'words '.repeat(i % 12)}`,
    role: 'administrator',
    begun: i < STEPS - 1 ? time(3 * i) : undefined,
    ended: i < STEPS - 2 ? time(3 * i + 2) : undefined,
    outcome: i < STEPS - 2 ? 'done' : i === STEPS - 2 ? 'begun, not ended' : 'not reached',
    text: i % 60 === 9 ? `${EVIL} ${LONG.repeat(3)}` : 'as the script says',
    attempts: i % 20 === 3 ? 3 : 1,
    evidence: i % 40 === 5 ? { name: `${'photo '.repeat(20)}.jpg`, sha256: 'd'.repeat(64) } : undefined,
    approvals: i % 10 === 0 ? people.slice(0, 5).map((person) => ({ person, role: 'custodian', by: 'key', time: time(3 * i + 1) })) : [],
    entries: i === 20 ? Array.from({ length: 90 }, (__, seq) => ({ seq, text: `log.entry ${LONG.slice(0, seq * 3)}` })) : [],
  })),
  events: [{ time: time(5), text: `${EVIL} pauses` }],
  exceptions: [
    { number: 1, step: `step ${LONG}`, time: time(9), what: EVIL, why: LONG, agreed: people, followUp: EVIL, closed: undefined },
    {
      number: 2,
      step: 'end',
      time: time(STEPS * 3),
      what: 'w',
      why: 'y',
      agreed: ['a'],
      followUp: 'f',
      closed: { time: time(STEPS * 3), text: LONG },
    },
  ],
  keys: [
    {
      zone: `${'a'.repeat(60)}.${'b'.repeat(60)}.example.`,
      became: 'made',
      role: 'ksk',
      keyTag: 65535,
      algorithm: 13,
      fingerprint: hash('e'),
      ds: `${'a'.repeat(60)}.${'b'.repeat(60)}.example. IN DS 65535 13 2 ${'E'.repeat(64)}`,
    },
    { became: 'destroyed', zone: 'example.', role: 'zsk', keyTag: 1, algorithm: 13, fingerprint: hash('f'), ds: undefined },
  ],
  releases: [`release of ${LONG}`],
  checkpoint: {
    size: 123456,
    root: hash('9'),
    note: 'audit.example/test\n123456\nmZmZmQ==\n\n\u2014 audit.example/test Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  },
};
