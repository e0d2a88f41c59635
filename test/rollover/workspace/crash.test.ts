import { expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { CrashStage, expectWhole } from '../../crash/harness.ts';
import { DAY, RollStage, signedWorkspace, ZONE } from './stage.ts';

/** So many of the calls that change the disk, over the whole of the command: every place has its entry in the log or its rename. */
const POINTS = 7;

// A step has happened when the release that carries it out stands, and not before: there is no third state.
test('roll advance, killed: the step has happened with its release or not at all, and the next command ends it', {
  timeout: 300_000,
}, async () => {
  const made = await signedWorkspace();
  await made.published();
  made.now += 2 * DAY;
  await made.must('roll', 'advance', '--zone', ZONE);
  await made.dsSeen([made.roll.keys[0]!.name]);
  made.now += 2 * DAY;
  await made.must('roll', 'advance', '--zone', ZONE);
  await made.must('roll', 'start', '--zone', ZONE, '--role', 'zsk', '--reason', 'the key is old');
  made.now += DAY;
  const args = ['roll', 'advance', '--zone', ZONE];
  using stage = new CrashStage(made.workspace, [...args, '--now', isoText(made.now)]);
  const calls = await stage.calls();
  const outcomes = new Set<string>();
  for (let i = 0; i < POINTS; i++) {
    const workspace = await stage.crash(1 + Math.floor(((i + 0.5) * calls.length) / POINTS), 'before');
    const next = new RollStage(workspace, made.now + DAY);
    await next.must('roll', 'status');
    await next.must('zone', 'sign', ZONE);
    const [resolved] = next.vectors.slice(2);
    outcomes.add(resolved!);
    expect(['zsk HH', 'zsk RH']).toContain(resolved);
    expect(next.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(resolved === 'zsk RH' ? 3 : 2);
    await next.must(...args);
    expect(next.vectors).toEqual(['ksk OOO', 'zsk OO', 'zsk RH']);
    const { releases, roll } = readWorkspace(workspace.dir).state.zones[ZONE]!;
    expect(roll!.versions.map(({ serial }) => serial)).toEqual(releases.map(({ serial }) => serial));
    await expectWhole(workspace);
  }
  expect([...outcomes].sort()).toEqual(['zsk HH', 'zsk RH']);
});
