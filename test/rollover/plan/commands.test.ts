import { expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { inProcess } from '../../support/workspace.ts';
import { signedWorkspace, ZONE } from '../workspace/stage.ts';

test('plan show, calendar and simulate read the workspace and write nothing', async () => {
  using stage = await signedWorkspace((text) => text.replace('zsk-lifetime: unlimited', 'zsk-lifetime: 90d'));
  const log = stage.workspace.read('audit', 'entries.jsonl').length;
  const text = await stage.must('plan', 'show', '--zone', ZONE);
  expect(text.out).toMatch(/^example\. {2}plan of /);
  expect(text.out).toMatch(/ask the parent for the DS of KSK \d+ {2}\(first-signing 1\)/);
  expect(text.err).toBe('');
  const { plans } = JSON.parse((await stage.must('plan', 'show', '--all', '--until', '+1y', '--json')).out);
  expect(plans).toHaveLength(1);
  expect(plans[0].hash).toMatch(/^[0-9a-f]{64}$/);
  expect(plans[0].plan.stuck).toEqual([]);
  expect((await stage.must('plan', 'calendar', '--zone', ZONE)).out).toMatch(/^BEGIN:VCALENDAR\r\n[\s\S]*END:VCALENDAR\r\n$/);
  expect(JSON.parse((await inProcess('plan', 'schema')).out).title).toBe('coldsign plan');
  const simulated = await stage.run('plan', 'simulate', '--zone', ZONE);
  expect(simulated.out).toMatch(/no resolver can find it bogus, \d+ instants × 3 profiles \(L, D, S\)\n$/);
  expect(simulated.status).toBe(0);
  expect(JSON.parse((await stage.must('plan', 'simulate', '--all', '--json')).out).zones[0].counterexample).toBeUndefined();
  expect(stage.workspace.read('audit', 'entries.jsonl').length).toBe(log);
});

test('what a plan command cannot do is refused by name', async () => {
  using stage = await signedWorkspace();
  const refused = async (...args: readonly string[]) => (await stage.run('plan', ...args)).err;
  expect(await refused('show')).toContain('plan/which-zone');
  expect(await refused('show', '--all', '--zone', ZONE)).toContain('plan/which-zone');
  expect(await refused('show', '--zone', ZONE, '--until', isoText(stage.now - 5))).toContain('plan/until-past');
  expect(await refused('show', '--zone', 'exampel.')).toContain('workspace/unknown-zone');
  stage.workspace.edit((text) => text.replace(/^( +)source: .*$/m, '$&\n$1mode: offline-ksk'));
  await stage.must('policy', 'apply');
  expect(await refused('show', '--zone', ZONE)).toContain('plan/not-signed-here');
});
