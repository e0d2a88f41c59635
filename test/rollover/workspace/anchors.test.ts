import { expect, test } from 'vitest';
import { later, REASON, secureWorkspace, seen, signersOf, tagOf, toTheEnd } from './settled.ts';
import { DAY, type RollStage, ZONE } from './stage.ts';

const REVOKE = 128;
const rfc5011 = (how: 'advised' | 'minimum') => (text: string) => text.replace(/policies:\n {2}default:\n/, `$&    rfc5011: ${how}\n`);
const start = (stage: RollStage, ...args: readonly string[]) => stage.must('roll', 'start', '--zone', ZONE, ...args, ...REASON);
const flagsOf = (stage: RollStage): readonly string[] =>
  [...stage.zoneFile().matchAll(/\sIN\s+DNSKEY\s+(\d+) /g)].map(([, flags]) => flags!).sort();

// RFC 5011 2.4.1: the add hold-down is 30 days. 2.1: the REVOKE bit, and the revoked key signs. RFC 7583 3.3.4.1: Irev; RFC 5011 6.2: 30 days.
test.each([
  ['advised', 31],
  ['minimum', 2],
] as const)('a KSK rollover under rfc5011 %s: hold-down, revoked form, removal', async (how, daysRevoked) => {
  using stage = await secureWorkspace(rfc5011(how));
  const old = tagOf(stage, 'ksk');
  await start(stage, '--role', 'ksk');
  await stage.must('roll', 'advance', '--zone', ZONE);
  await seen(stage, 29);
  expect(stage.vectors[2]).toBe('ksk ROH');
  expect((await stage.must('roll', 'status', '--zone', ZONE)).out).toMatch(/AddHoldDownTime/);
  await later(stage, 2);
  expect(stage.vectors[2]).toBe('ksk OOR');
  await seen(stage);
  expect(stage.roll.keys[0]!.revocation.kind).toBe('revoked');
  expect(flagsOf(stage)).toEqual(['256', '257', '385']);
  const fresh = tagOf(stage, 'ksk', -1);
  expect(signersOf(stage, 'DNSKEY')).toEqual([fresh, old + REVOKE].sort((a, b) => a - b));
  expect((await stage.must('roll', 'status', '--zone', ZONE)).out).toMatch(/KSK \d+ +13 +revoked/);
  await stage.published();
  if (daysRevoked > 2) {
    await later(stage, daysRevoked - 3);
    expect(flagsOf(stage)).toEqual(['256', '257', '385']);
    await later(stage, 3);
  } else await later(stage, daysRevoked);
  expect([flagsOf(stage), signersOf(stage, 'DNSKEY')]).toEqual([['256', '257'], [fresh]]);
  await toTheEnd(stage);
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk OO', 'ksk OOO']);
});

test('revocation by hand: of a key that others carry the chain without, and of no other', async () => {
  using stage = await secureWorkspace(rfc5011('minimum'));
  const first = tagOf(stage, 'ksk');
  const revoke = (tag: number) => stage.run('roll', 'start', '--zone', ZONE, '--revoke', `${tag}`, ...REASON);
  expect((await revoke(first)).err).toContain('roll/last-key');
  expect((await revoke(tagOf(stage, 'zsk'))).err).toContain('roll/key-unfit');
  await start(stage, '--standby', 'ksk', '--how', 'dnskey');
  await toTheEnd(stage, 32);
  const standby = tagOf(stage, 'ksk', -1);
  expect(await revoke(standby)).toMatchObject({ status: 0 });
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(flagsOf(stage)).toEqual(['256', '257', '385']);
  expect(signersOf(stage, 'DNSKEY')).toEqual([first, standby + REVOKE].sort((a, b) => a - b));
  await toTheEnd(stage);
  expect(flagsOf(stage)).toEqual(['256', '257']);
  expect((await stage.run('roll', 'start', '--zone', ZONE, '--role', 'ksk', '--new', `${standby}`, ...REASON)).err).toContain(
    'roll/key-unfit',
  );
  // Nothing but the signatures of the stage's time ends here.
  expect(stage.now % DAY).toBeGreaterThanOrEqual(0);
});
