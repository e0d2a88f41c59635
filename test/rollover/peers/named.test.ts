import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { findProgram, toolEnvironment } from '../../../src/release/tool.ts';
import {
  ALGORITHM_A,
  CSK_PREPUB_A,
  DAY,
  FIRST_A,
  HOUR,
  INSECURE_A,
  KSK_DKSK_A,
  KSK_DKSK_B,
  KSK_DKSK_MARGIN,
  NAMED_CASES,
  ZSK_PREPUB_A,
  ZSK_PREPUB_B,
} from './cases.ts';
import { differences, listed } from './differences.ts';
import { namedSchedule } from './named.ts';
import { NAMED_ACTS } from './named-state.ts';
import { productSchedule } from './product.ts';
import { type PeerAct, type PeerEvent, type PeerPolicy, when } from './schedule.ts';

/** RFC 7583 from its text, not from the product. */
const zskIpub = ({ parameters: p }: PeerPolicy): number => p.DprpC + p.TTLkey;
const zskIret = ({ parameters: p }: PeerPolicy): number => p.Dsgn + p.DprpC + p.TTLsig;
const kskIret = ({ parameters: p }: PeerPolicy): number => p.DprpP + p.TTLds;

const schedules = new Map<PeerPolicy, readonly PeerEvent[]>();
const at = (policy: PeerPolicy, key: string, act: PeerAct): number => when(schedules.get(policy)!, key, act);

beforeAll(async () => {
  for (const policy of NAMED_CASES) schedules.set(policy, await namedSchedule(policy));
}, 120_000);

describe('named and our engine, event by event: equal, or listed with a reason', () => {
  test.each(NAMED_CASES)('$id', (policy) => {
    expect(differences(policy, productSchedule(policy), schedules.get(policy)!, NAMED_ACTS)).toEqual(listed('named', policy));
  });

  test('the liberal algorithm rollover is the same', () => {
    expect(differences(ALGORITHM_A, productSchedule(ALGORITHM_A, 'liberal'), schedules.get(ALGORITHM_A)!, NAMED_ACTS)).toEqual([]);
  });
});

describe('named 9.18 under a shifted clock', () => {
  test('RFC 7583 3.2.1: Tpub(N+1) = Tact(N) + Lzsk - Ipub, Tret(N) = Tact(N+1) = Tact(N) + Lzsk, Tdea(N) = Tret(N) + Iret', () => {
    const policy = ZSK_PREPUB_A;
    expect(at(policy, 'zsk2', 'publish')).toBe(30 * DAY - zskIpub(policy));
    expect(at(policy, 'zsk2', 'sign')).toBe(30 * DAY);
    expect(at(policy, 'zsk1', 'retire')).toBe(30 * DAY);
    expect(at(policy, 'zsk1', 'remove')).toBe(30 * DAY + zskIret(policy));
  });

  test('Dsgn is validity less refresh, and refresh cannot be as long as validity: with Dsgn = 0 asked for, 2d is the least that was tried', () => {
    expect(at(ZSK_PREPUB_B, 'zsk1', 'remove')).toBe(30 * DAY + zskIret(ZSK_PREPUB_B) + 2 * DAY);
  });

  test('RFC 7583 3.3.1: Tpub(N+1) = Tact(N) + Lksk - IpubC, and Dreg 0; no event is announced for it, and a second earlier nothing happens', () => {
    const policy = KSK_DKSK_A;
    expect(policy.looks).toEqual([60 * DAY - zskIpub(policy) - 1, 60 * DAY - zskIpub(policy)]);
    expect(at(policy, 'ksk2', 'publish')).toBe(60 * DAY - zskIpub(policy));
    expect(at(policy, 'ksk2', 'ds-submit')).toBe(60 * DAY);
    expect(at(policy, 'ksk1', 'remove')).toBe(60 * DAY + kskIret(policy));
  });

  test('RFC 7583 3.3.1 would have Tpub(N+1) = Tact(N) + Lksk - Dreg - IpubC: named has no Dreg, the lifetime is overrun by it', () => {
    const policy = KSK_DKSK_B;
    expect(at(policy, 'ksk2', 'publish')).toBe(60 * DAY - zskIpub(policy));
    expect(at(policy, 'ksk1', 'remove')).toBe(60 * DAY + policy.parameters.Dreg! + kskIret(policy));
  });

  test('retire-safety is added to the wait for the DS', () => {
    const policy = KSK_DKSK_MARGIN;
    expect(at(policy, 'ksk1', 'remove')).toBe(60 * DAY + kskIret(policy) + policy.parameters.retireSafety!);
  });

  test('a CSK leaves when both of its roles are over, the longer interval counts', () => {
    const policy = CSK_PREPUB_A;
    expect(at(policy, 'csk2', 'publish')).toBe(50 * DAY - zskIpub(policy));
    expect([at(policy, 'csk2', 'sign'), at(policy, 'csk2', 'ds-submit')]).toEqual([50 * DAY, 50 * DAY]);
    expect(at(policy, 'csk1', 'ds-gone')).toBe(50 * DAY + kskIret(policy));
    expect(at(policy, 'csk1', 'remove')).toBe(50 * DAY + zskIret(policy));
  });

  test('RFC 7583 3.3.5: the first DS after the signatures are in all caches', () => {
    const { DprpC, TTLkey, TTLsig } = FIRST_A.parameters;
    expect(at(FIRST_A, 'ksk1', 'ready')).toBe(DprpC + TTLkey);
    expect(at(FIRST_A, 'ksk1', 'ds-submit')).toBe(DprpC + TTLsig);
  });

  test('the liberal algorithm rollover: keys and signatures come together and go together, RFC 6781 4.1.4 would have five steps', () => {
    const { DprpC, TTLsig } = ALGORITHM_A.parameters;
    expect([at(ALGORITHM_A, 'zsk2', 'publish'), at(ALGORITHM_A, 'zsk2', 'sign')]).toEqual([0, 0]);
    expect(at(ALGORITHM_A, 'ksk2', 'ds-submit')).toBe(DprpC + TTLsig);
    const gone = DprpC + TTLsig + kskIret(ALGORITHM_A);
    expect([at(ALGORITHM_A, 'zsk1', 'remove'), at(ALGORITHM_A, 'zsk1', 'retire'), at(ALGORITHM_A, 'ksk1', 'remove')]).toEqual([
      gone,
      gone,
      gone,
    ]);
  });

  test('going insecure goes by the built-in policy, whose margins are those of `default`: DprpP + TTLds + retire-safety', () => {
    // named ends itself on a policy of ours that has no keys, so the margins are read from what it says of its own.
    const built = execFileSync(findProgram('named')!, ['-C'], { encoding: 'utf8', env: toolEnvironment() });
    const seconds = (name: string): number => Number(new RegExp(`dnssec-policy "default" \\{[\\s\\S]*?\\s${name} (\\d+);`).exec(built)![1]);
    expect(/dnssec-policy "insecure" \{([\s\S]*?)\n\};/.exec(built)![1]).not.toContain('retire-safety');
    expect(at(INSECURE_A, 'ksk1', 'ds-withdraw')).toBe(0);
    expect(seconds('retire-safety')).toBe(HOUR);
    expect(at(INSECURE_A, 'ksk1', 'remove')).toBe(
      seconds('parent-propagation-delay') + seconds('parent-ds-ttl') + seconds('retire-safety'),
    );
    expect(at(INSECURE_A, 'ksk1', 'gone') - at(INSECURE_A, 'ksk1', 'remove')).toBe(
      seconds('zone-propagation-delay') + INSECURE_A.parameters.TTLkey,
    );
  });

  test('a schedule is the same after JSON', () => {
    for (const events of schedules.values()) expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });
});
