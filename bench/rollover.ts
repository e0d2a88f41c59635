import process from 'node:process';
import type { RollRules, ZoneRoll } from '../keystore/rollover/model.ts';
import { newMemo } from '../keystore/rollover/plan/tracks.ts';
import { planRoll } from '../keystore/rollover/plan.ts';
import { simulatePlan } from '../src/plan/simulate-plan.ts';
import { DAY, HOUR, keyInUse, rulesOf, T0, zoneOf } from '../test/rollover/plan/support.ts';

/**
 * `npm run bench:rollover -- [ZONES]`: five years of rollovers planned for so many zones, each with keys that came into use at a time of its own,
 * and the two-year plan of one zone held against all caches.
 */
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
    const now = T0 + 90 * DAY;
    const zone = zoneSince(T0 + (i % 8_009) * 947);
    const input = {
      zoneName: `zone${i}.example.`,
      zone,
      rules: benchRules(i),
      now,
      until: now + 5 * 365 * DAY,
      validUntil: now + 30 * DAY,
    };
    steps += planRoll(input, memo).steps.length;
  }
  return steps;
}

function simulateOne(): void {
  const now = T0 + 30 * DAY;
  const rules = { ...benchRules(0), algorithm: 8, zskLifetime: 60 * DAY };
  const zone = zoneSince(T0);
  const plan = planRoll({ zoneName: 'example.', zone, rules, now, until: now + 2 * 365 * DAY });
  const signing = { validity: 60 * DAY, inceptionOffset: HOUR, refresh: 40 * DAY, skew: 300, validUntil: now + 59 * DAY };
  const { counterexample } = simulatePlan({ plan, zone, rules }, signing);
  if (counterexample !== undefined) throw new Error(counterexample.story);
}

/** Split keys, a ZSK for 90 days and a KSK for a year; a third of the zones with ceremonies each week. */
function benchRules(i: number): RollRules {
  return rulesOf({
    registration: DAY,
    publishSafety: HOUR,
    retireSafety: HOUR,
    kskLifetime: 365 * DAY,
    zskLifetime: 90 * DAY,
    ceremonyInterval: i % 3 === 0 ? 7 * DAY : 0,
    ceremonySlack: DAY,
  });
}

function zoneSince(activeSince: number): ZoneRoll {
  const keys = [keyInUse('ksk', 1), keyInUse('zsk', 2)];
  return zoneOf(keys.map((key) => ({ ...key, activeSince })));
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
