import { expect, test } from 'vitest';
import { DAY, signedWorkspace, ZONE } from './stage.ts';

// RFC 7583 3.2.1: a key must be in the DNSKEY RRset for Ipub before it signs, so keys of an earlier release do not come back at once.
test('a way back has the data of then and the keys of now; keys of then are refused where they differ', async () => {
  using stage = await signedWorkspace();
  await stage.published();
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  await stage.published();
  await stage.dsSeen([stage.roll.keys[0]!.name]);
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  const first = stage.serial;
  await stage.must('roll', 'start', '--zone', ZONE, '--role', 'zsk', '--reason', 'the key is old');
  await stage.must('roll', 'advance', '--zone', ZONE);
  const back = ['release', 'rollback', ZONE, '--to', `${first}`, '--reason', 'the data of today is wrong'];
  const refused = await stage.run(...back, '--its-keys');
  expect(refused.status).toBe(1);
  expect(refused.err).toContain('release/rollback-keys');
  await stage.must(...back);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk RH']);
  expect(stage.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(3);
});
