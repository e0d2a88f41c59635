import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { DAY, StageTemplate, signedWorkspace, ZONE } from './stage.ts';

const REASON = ['--reason', 'the key is three years old'];

let signed: StageTemplate;
beforeAll(async () => {
  signed = new StageTemplate(await signedWorkspace());
});
afterAll(() => signed?.[Symbol.dispose]());

// RFC 7583 3.2.1: Ipub = Dprp + TTLkey before the new key signs; Iret = Dsgn + Dprp + TTLsig before the old one goes.
test('a ZSK rollover by Pre-Publication goes through the workspace, and each step is carried out by one release', async () => {
  using stage = signed.begin();
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOR', 'zsk OO']);
  const [ksk] = stage.roll.keys;
  stage.now += 60;
  await stage.dsSeen([ksk!.name]);
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO']);
  expect(stage.roll.roll).toBeUndefined();

  await stage.must('roll', 'start', '--zone', ZONE, '--role', 'zsk', ...REASON);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk HH']);
  const before = stage.serial;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk RH']);
  expect(stage.serial).not.toBe(before);
  expect(stage.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(3);

  // Signing again advances nothing, however late it is.
  stage.now += 30 * DAY;
  await stage.must('zone', 'sign', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk RH']);
  // Absence of evidence never counts as time passed.
  const waiting = await stage.must('roll', 'advance', '--zone', ZONE);
  expect(waiting.out).toMatch(/no new version/);
  expect(waiting.out).toMatch(/waits: DNSKEY of ZSK \d+ omnipresent: evidence/);

  await stage.published();
  stage.now += 3 * 3600;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OU', 'zsk OR']);
  const [, old, fresh] = stage.roll.keys;
  const signers = new Set([...stage.zoneFile().matchAll(/\sRRSIG\s+NS \d+ \d+ \d+ \d+ \d+ (\d+) /g)].map(([, tag]) => Number(tag)));
  expect([...signers]).toEqual([fresh!.keyTag]);
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk UH', 'zsk OO']);
  expect(stage.zoneFile()).not.toMatch(new RegExp(`RRSIG.* ${old!.keyTag} example`));
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk HH', 'zsk OO']);
  expect(stage.roll.roll).toBeUndefined();
  expect(Object.keys(readWorkspace(stage.workspace.dir).state.intents)).toEqual([]);
});

test('a key that is only published is taken back by roll cancel, with a release', async () => {
  using stage = signed.begin();
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  stage.now += 60;
  await stage.dsSeen([stage.roll.keys[0]!.name]);
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  await stage.must('roll', 'start', '--zone', ZONE, '--role', 'zsk', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  await stage.must('roll', 'cancel', '--zone', ZONE, '--reason', 'the wrong key was chosen');
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk UH']);
  expect(stage.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(2);
  const status = await stage.must('roll', 'status');
  expect(status.out).toContain('rollover 2 (zsk)');
});
