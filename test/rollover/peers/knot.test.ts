import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHM_A, CSK_PREPUB_A, DAY, FIRST_A, HOUR, KNOT_CASES, KSK_DKSK_A, NAMED_CASES, ZSK_PREPUB_B } from './cases.ts';
import { differences, LISTED, listed, REASONS } from './differences.ts';
import { knotPregenerated, knotSchedule } from './knot.ts';
import { KNOT_ACTS } from './knot-state.ts';
import { productSchedule } from './product.ts';
import { type PeerAct, type PeerEvent, type PeerPolicy, when } from './schedule.ts';

/** RFC 7583 from its text, not from the product. */
const ipub = ({ parameters: p }: PeerPolicy): number => p.DprpC + p.TTLkey;
const signaturesOut = ({ parameters: p }: PeerPolicy): number => p.DprpC + p.TTLsig;

const schedules = new Map<PeerPolicy, readonly PeerEvent[]>();
const at = (policy: PeerPolicy, key: string, act: PeerAct): number => when(schedules.get(policy)!, key, act);

beforeAll(async () => {
  for (const policy of KNOT_CASES) schedules.set(policy, await knotSchedule(policy));
}, 120_000);

describe('knotd and our engine, event by event: equal, or listed with a reason', () => {
  test.each(KNOT_CASES)('$id', (policy) => {
    expect(differences(policy, productSchedule(policy), schedules.get(policy)!, KNOT_ACTS)).toEqual(listed('knot', policy));
  });

  test('a program that does something at another second than before makes a difference that is not listed', () => {
    const theirs = schedules.get(FIRST_A)!.map((event) => ({ ...event, at: event.at + 1 }));
    expect(differences(FIRST_A, productSchedule(FIRST_A), theirs, KNOT_ACTS)).not.toEqual(listed('knot', FIRST_A));
  });
});

describe('the list of differences', () => {
  test('every case is one that is measured, every reason is told and used, and the document tells it', () => {
    const cases: Readonly<Record<string, readonly PeerPolicy[]>> = { named: NAMED_CASES, knot: KNOT_CASES };
    for (const { program, case: id } of LISTED) expect(cases[program]!.map((policy) => policy.id)).toContain(id);
    expect([...new Set(LISTED.flatMap(({ because }) => because))].toSorted()).toEqual(Object.keys(REASONS).toSorted());
    const document = readFileSync(new URL('../../../docs/rollover-peers.md', import.meta.url), 'utf8');
    for (const text of Object.values(REASONS)) expect(document).toContain(text);
  });
});

describe('knotd 3.2 under a shifted clock', () => {
  test('RFC 7583 3.2.1 would have Tpub(N+1) = Tact(N) + Lzsk - Ipub: knotd publishes when the lifetime is over; Ipub and Iret are the same', () => {
    const policy = ZSK_PREPUB_B;
    expect(at(policy, 'zsk2', 'publish')).toBe(30 * DAY);
    expect(at(policy, 'zsk2', 'sign')).toBe(30 * DAY + ipub(policy));
    expect(at(policy, 'zsk1', 'retire')).toBe(30 * DAY + ipub(policy));
    expect(at(policy, 'zsk1', 'remove')).toBe(at(policy, 'zsk1', 'retire') + signaturesOut(policy));
  });

  test('RFC 7583 3.3.1 would have Iret = DprpP + TTLds: zone-ksk-submitted ends the old KSK in the same second', () => {
    const policy = KSK_DKSK_A;
    expect(at(policy, 'ksk2', 'publish')).toBe(60 * DAY);
    expect(at(policy, 'ksk2', 'ds-submit')).toBe(60 * DAY + ipub(policy));
    expect(at(policy, 'ksk1', 'remove')).toBe(at(policy, 'ksk2', 'ds-submit'));
  });

  test('RFC 7583 3.2.1 has Dsgn in Iret: Knot has none, whatever the policy says of validity and refresh', () => {
    const policy = CSK_PREPUB_A;
    expect(policy.parameters.Dsgn).toBe(7 * DAY);
    expect(at(policy, 'csk1', 'remove') - at(policy, 'csk1', 'retire')).toBe(signaturesOut(policy));
  });

  test('RFC 6781 4.1.4, conservative: signatures, keys after 25h, DS after 2h more; signatures go 2h after their keys', () => {
    const policy = ALGORITHM_A;
    const published = signaturesOut(policy);
    expect(at(policy, 'zsk2', 'sign')).toBe(0);
    expect([at(policy, 'zsk2', 'publish'), at(policy, 'ksk2', 'publish')]).toEqual([published, published]);
    const submitted = published + ipub(policy);
    expect(at(policy, 'ksk2', 'ds-submit')).toBe(submitted);
    expect([at(policy, 'ksk1', 'remove'), at(policy, 'zsk1', 'remove')]).toEqual([submitted, submitted]);
    expect(at(policy, 'zsk1', 'retire')).toBe(submitted + ipub(policy));
  });

  test('RFC 7583 3.3.5: no DS while caches may hold the zone without signatures; knotd asks for it at once', () => {
    expect(at(FIRST_A, 'ksk1', 'ds-submit')).toBe(0);
  });
});

describe('keymgr pregenerate, for an offline KSK', () => {
  const policy = ZSK_PREPUB_B;
  const between = (events: readonly PeerEvent[]): Record<'publish-sign' | 'retire-remove', number> => ({
    'publish-sign': when(events, 'zsk2', 'sign') - when(events, 'zsk2', 'publish'),
    'retire-remove': when(events, 'zsk1', 'remove') - when(events, 'zsk1', 'retire'),
  });

  test('the first run on a fresh database takes both TTLs for 0: 1h and 1h', async () => {
    const events = await knotPregenerated(policy, [90 * DAY]);
    expect(between(events)).toEqual({ 'publish-sign': policy.parameters.DprpC, 'retire-remove': policy.parameters.DprpC });
  });

  test('a second run has them: Ipub = DprpC + TTLkey, Iret = DprpC + TTLsig, Dsgn = 0, and each start at the end of the lifetime', async () => {
    const events = await knotPregenerated(policy, [10 * DAY, 90 * DAY]);
    expect(between(events)).toEqual({ 'publish-sign': ipub(policy), 'retire-remove': signaturesOut(policy) });
    expect(when(events, 'zsk2', 'publish')).toBe(30 * DAY);
    expect(when(events, 'zsk3', 'publish')).toBe(60 * DAY + 2 * HOUR);
    expect(when(events, 'zsk2', 'remove')).toBe(when(events, 'zsk3', 'sign') + signaturesOut(policy));
  });
});
