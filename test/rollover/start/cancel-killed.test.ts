import { expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { CrashStage } from '../../crash/harness.ts';
import { signedWorkspace, ZONE } from '../workspace/stage.ts';

/** One in so many of the calls that change the disk. */
const PART = 9;

test('roll cancel, killed: whatever of it is in the log has the reason', { timeout: 120_000 }, async () => {
  const made = await signedWorkspace();
  const reason = 'the keys were made for another zone';
  using stage = new CrashStage(made.workspace, [
    ...['roll', 'cancel', '--zone', ZONE, '--reason', reason],
    ...['--now', isoText(made.now + 60)],
  ]);
  const outcomes = new Set<string>();
  for await (const { workspace, at } of stage.crashes(0, PART)) {
    const lines = workspace.read('audit', 'entries.jsonl').split('\n');
    const begin = lines.findIndex((line) => line.includes('"command":"roll cancel"'));
    const first = begin < 0 ? undefined : lines.slice(begin).find((line) => line.includes('"type":"roll.'));
    if (first !== undefined) expect(first, `killed at call ${at}`).toContain(reason);
    const { roll } = readWorkspace(workspace.dir).state.zones[ZONE]!.roll!;
    if (roll?.isBack === true) expect(roll.backReason, `killed at call ${at}`).toBe(reason);
    outcomes.add(`${first === undefined ? 'nothing' : 'begun'}, ${roll?.isBack === true ? 'back' : 'as it was'}`);
  }
  expect([...outcomes].sort()).toEqual(['begun, as it was', 'begun, back', 'nothing, as it was']);
});
