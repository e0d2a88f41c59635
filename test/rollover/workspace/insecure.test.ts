import { expect, test } from 'vitest';
import { REASON, secureWorkspace, seen, tagOf } from './settled.ts';
import { ZONE } from './stage.ts';

// RFC 8078 4: the delete form is `CDS 0 0 0 00` and `CDNSKEY 0 3 0 AA==`, one record each; RFC 6781 4.2.1.2: the zone stays signed meanwhile.
test('going insecure asks for no DS in the delete form, and goes back to the DS of before', async () => {
  using stage = await secureWorkspace();
  await stage.must('roll', 'start', '--zone', ZONE, '--insecure', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.zoneFile().match(/\sIN\s+CDS\s+\d.*/g)).toEqual([expect.stringMatching(/CDS\s+0 0 0 00/)]);
  expect(stage.zoneFile().match(/\sIN\s+CDNSKEY\s+\d.*/g)).toEqual([expect.stringMatching(/CDNSKEY\s+0 3 0 AA==/)]);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  await seen(stage, 0);
  const { serial } = stage;
  // DprpP + TTLds after the DS was last seen: until then the zone is signed as it was.
  expect((await stage.must('roll', 'status', '--zone', ZONE)).out).toMatch(/waits: DS of KSK \d+ hidden: until \d{4}-/);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  expect(stage.serial).toBe(serial);
  await stage.must('roll', 'cancel', '--zone', ZONE, ...REASON);
  expect(stage.vectors).toEqual(['ksk OOR', 'zsk OO']);
  expect(stage.zoneFile()).toMatch(new RegExp(`\\sCDS\\s+${tagOf(stage, 'ksk')} 13 2 `));
});
