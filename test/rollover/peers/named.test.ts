import { beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHM_A, CASES, CSK_PREPUB_A, DAY, FIRST_A, HOUR, INSECURE_A, KSK_DKSK_A, ZSK_PREPUB_A, ZSK_PREPUB_B } from './cases.ts';
import { namedSchedule } from './named.ts';
import { type PeerAct, type PeerEvent, type PeerPolicy, when } from './schedule.ts';

/** RFC 7583 from its text, not from the product. */
const zskIpub = ({ parameters: p }: PeerPolicy): number => p.DprpC + p.TTLkey;
const zskIret = ({ parameters: p }: PeerPolicy): number => p.Dsgn + p.DprpC + p.TTLsig;
const kskIret = ({ parameters: p }: PeerPolicy): number => p.DprpP + p.TTLds;

const schedules = new Map<PeerPolicy, readonly PeerEvent[]>();
const at = (policy: PeerPolicy, key: string, act: PeerAct): number => when(schedules.get(policy)!, key, act);

beforeAll(async () => {
  for (const policy of CASES) schedules.set(policy, await namedSchedule(policy));
}, 120_000);

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

  test('RFC 7583 3.3.1: IpubC before the DS is asked for, Iret after it is seen; no event is announced for the next KSK, so it starts at a look', () => {
    const policy = KSK_DKSK_A;
    const published = at(policy, 'ksk2', 'publish');
    // The looks come once a day here, the longest that dnssec-loadkeys-interval allows: the first one after Tact(N) + Lksk - IpubC.
    const due = 60 * DAY - zskIpub(policy);
    expect(published).toBeGreaterThanOrEqual(due);
    expect(published).toBeLessThan(due + DAY);
    expect(at(policy, 'ksk2', 'ds-submit')).toBe(published + zskIpub(policy));
    expect(at(policy, 'ksk1', 'remove')).toBe(at(policy, 'ksk2', 'ds-submit') + kskIret(policy));
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

  test('going insecure: the built-in policy has a retire-safety of one hour of its own beside DprpP + TTLds', () => {
    expect(at(INSECURE_A, 'ksk1', 'ds-withdraw')).toBe(0);
    expect(at(INSECURE_A, 'ksk1', 'remove')).toBe(kskIret(INSECURE_A) + HOUR);
  });

  test('a schedule is the same after JSON', () => {
    for (const events of schedules.values()) expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });
});
