import type { Denial } from './contender.ts';
import type { Group } from './options.ts';
import { changedZone, enterpriseZone, portfolio, tldZone, type ZoneText } from './zones.ts';

/** What every contender is given to do. */
export interface Case {
  readonly name: string;
  readonly group: Group;
  readonly title: string;
  /** More than one: one process a zone, one after the other, measured as a whole. */
  readonly zones: readonly ZoneText[];
  readonly denial: Denial;
  /** How many times as many zones there are as are measured: all figures but memory are multiplied by it. */
  readonly times: number;
  /** What the zones have become since they were signed: only the difference needs new signatures. */
  readonly changed?: readonly ZoneText[];
  /** Seconds a single run may last. */
  readonly timeout: number;
}

const HOSTS = 10_000;
const DELEGATIONS = 200_000;
const LARGE_DELEGATIONS = 2_040_000;
const TINY_ZONES = 1_000;
const TINY_SAMPLE = 0.1;
const CHANGED = 0.01;
const TIMEOUT = 900;
const LARGE_TIMEOUT = 7200;

/** @param scale share of the full size, above 0 */
export function planCases(groups: readonly Group[], scale: number): Case[] {
  const size = (full: number) => Math.max(1, Math.round(full * scale));
  const count = (full: number) => size(full).toLocaleString('en');
  const enterprise = enterpriseZone(size(HOSTS));
  const tld = tldZone(size(DELEGATIONS));
  const tiny = portfolio(size(TINY_ZONES));
  const sample = tiny.slice(0, Math.ceil(tiny.length * TINY_SAMPLE));
  const whole = { times: 1, timeout: TIMEOUT };
  const cases: Case[] = [
    { ...whole, group: 'enterprise', name: 'enterprise', title: `${count(HOSTS)} hosts, NSEC`, zones: [enterprise], denial: 'nsec' },
    {
      ...whole,
      group: 'tld-optout',
      name: 'tld-optout',
      title: `${count(DELEGATIONS)} delegations, NSEC3 opt-out`,
      zones: [tld],
      denial: 'nsec3-opt-out',
    },
    { ...whole, group: 'tld-nsec', name: 'tld-nsec', title: `${count(DELEGATIONS)} delegations, NSEC`, zones: [tld], denial: 'nsec' },
    {
      ...whole,
      group: 'resign',
      name: 'resign-enterprise',
      title: `${count(HOSTS)} hosts, NSEC, signed again after 1 % of the records changed`,
      zones: [enterprise],
      denial: 'nsec',
      changed: [changedZone(enterprise, CHANGED)],
    },
    {
      ...whole,
      group: 'resign',
      name: 'resign-tld',
      title: `${count(DELEGATIONS)} delegations, NSEC3 opt-out, signed again after 1 % of the records changed`,
      zones: [tld],
      denial: 'nsec3-opt-out',
      changed: [changedZone(tld, CHANGED)],
    },
    {
      group: 'portfolio',
      name: 'portfolio',
      title: `${count(TINY_ZONES)} zones of 10 records, NSEC, one process a zone (${sample.length} measured, scaled up)`,
      zones: sample,
      denial: 'nsec',
      times: tiny.length / sample.length,
      timeout: TIMEOUT,
    },
    {
      group: 'large',
      name: 'large',
      title: `${count(LARGE_DELEGATIONS)} delegations (5 million records at full size), NSEC3 opt-out`,
      zones: [tldZone(size(LARGE_DELEGATIONS))],
      denial: 'nsec3-opt-out',
      times: 1,
      timeout: LARGE_TIMEOUT,
    },
  ];
  return cases.filter(({ group }) => groups.includes(group));
}
