import process from 'node:process';
import type { RollKey, RollRules, ZoneRoll } from '../keystore/rollover/model.ts';
import { RECORDS } from '../keystore/rollover/model.ts';
import { newMemo } from '../keystore/rollover/plan/tracks.ts';
import { planRoll } from '../keystore/rollover/plan.ts';
import { simulatePlan } from '../src/plan/simulate-plan.ts';

/**
 * `npm run bench:rollover -- [ZONES]`: five years of rollovers planned for so many zones, each with keys that came into use at a time of its own,
 * and the two-year plan of one zone held against all caches.
 */
const DAY = 86_400;
const HOUR = 3600;
const START = 1_798_761_600;
const ZONES = 10_000;

function main(zones = ZONES): void {
  const steps = planAll(zones);
  const seconds = cpuOf(() => planAll(zones));
  print(
    `five years of ${zones} zones: ${seconds.toFixed(2)} s CPU, ${steps} steps; target 10 s for 10000: ${((seconds * ZONES) / zones / 10).toFixed(2)}\n`,
  );
  const one = cpuOf(simulateOne);
  print(
    `plan and simulation of two years of one zone, with a change of algorithm: ${one.toFixed(3)} s CPU; target 1 s: ${one.toFixed(2)}\n`,
  );
}

function planAll(zones: number): number {
  let steps = 0;
  const memo = newMemo();
  for (let i = 0; i < zones; i++) {
    const now = START + 90 * DAY;
    const zone = zoneOf(START + (i % 8_009) * 947);
    const input = { zoneName: `zone${i}.example.`, zone, rules: rulesOf(i), now, until: now + 5 * 365 * DAY, validUntil: now + 30 * DAY };
    steps += planRoll(input, memo).steps.length;
  }
  return steps;
}

function simulateOne(): void {
  const now = START + 30 * DAY;
  const rules = { ...rulesOf(0), algorithm: 8, zskLifetime: 60 * DAY };
  const zone = zoneOf(START);
  const plan = planRoll({ zoneName: 'example.', zone, rules, now, until: now + 2 * 365 * DAY });
  const signing = { validity: 60 * DAY, inceptionOffset: HOUR, refresh: 40 * DAY, skew: 300, validUntil: now + 59 * DAY };
  const { counterexample } = simulatePlan({ plan, zone, rules }, signing);
  if (counterexample !== undefined) throw new Error(counterexample.story);
}

/** Split keys, a ZSK for 90 days and a KSK for a year; a third of the zones with ceremonies each week. */
function rulesOf(i: number): RollRules {
  return {
    methods: { zsk: 'pre-publication', ksk: 'double-ksk', csk: 'pre-publication', algorithm: 'conservative' },
    keys: 'ksk-zsk',
    algorithm: 13,
    propagation: HOUR,
    parentPropagation: HOUR,
    keyTtl: HOUR,
    signatureTtl: DAY,
    negativeTtl: HOUR,
    dsTtl: DAY,
    registration: DAY,
    dsgn: 0,
    publishSafety: HOUR,
    retireSafety: HOUR,
    kskLifetime: 365 * DAY,
    zskLifetime: 90 * DAY,
    rfc5011: 'none',
    standbyZsk: false,
    standbyKsk: 'none',
    cds: 'rollover',
    ceremonyInterval: i % 3 === 0 ? 7 * DAY : 0,
    ceremonySlack: DAY,
  };
}

function zoneOf(since: number): ZoneRoll {
  const keys = [keyInUse('ksk', 1, since), keyInUse('zsk', 2, since)];
  const version = { serial: 1, at: since - DAY, from: since - DAY, keyTtl: HOUR, signatureTtl: DAY, negativeTtl: HOUR, isSigned: true };
  const ds = [keys[0]!.name];
  return {
    keys,
    links: [],
    roll: undefined,
    versions: [version],
    parent: {
      request: { keys: ds, at: since, submittedAt: undefined },
      observed: { kind: 'settled', keys: ds, from: since, at: since, ttl: DAY },
    },
    wantsDs: true,
  };
}

function keyInUse(role: RollKey['role'], keyTag: number, since: number): RollKey {
  const records = RECORDS[role];
  return {
    name: `13-${keyTag}`,
    role,
    algorithm: 13,
    keyTag,
    operator: 'self',
    goals: Object.fromEntries(records.map((record) => [record, 'omnipresent'])),
    records: Object.fromEntries(records.map((record) => [record, { kind: 'omnipresent', since }])),
    revocation: { kind: 'none' },
    activeSince: since,
    trouble: 'none',
  };
}

function cpuOf(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function print(text: string): void {
  process.stdout.write(text);
}

const [argument] = process.argv.slice(2);
main(argument === undefined ? undefined : Number(argument));
