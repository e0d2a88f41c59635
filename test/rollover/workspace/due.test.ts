import { expect, test } from 'vitest';
import { secureWorkspace } from './settled.ts';
import { type RollStage, ZONE } from './stage.ts';

const dueOf = async (stage: RollStage): Promise<readonly string[]> =>
  (JSON.parse((await stage.must('status', '--format', 'json')).out) as { zones: { due: { kind: string }[] }[] }).zones[0]!.due.map(
    ({ kind }) => kind,
  );

// RFC 7344 4.1: CDS and CDNSKEY may go once the parent has what they ask for; until then their set is the one that is wanted.
test('a zone is due when its CDS are not those that the states want, until it is signed again', async () => {
  using stage = await secureWorkspace((text) => text.replace(/policies:\n {2}default:\n/, '$&    cds-cdnskey-publish: rollover\n'));
  expect(stage.zoneFile()).toMatch(/\sCDS\s/);
  expect(await dueOf(stage)).toEqual(['cds-changed']);
  await stage.must('zone', 'sign', '--all', '--due');
  expect(stage.zoneFile()).not.toMatch(/\sCDS\s/);
  expect(await dueOf(stage)).toEqual([]);
  expect((await stage.must('zone', 'list')).out).toContain(ZONE);
});
