import { appendFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectSealed, expectUnchanged, gateWith, logged, Stage, stateOf } from './stage.ts';

const GOOD = `${EXAMPLE_ZONE}${Array.from({ length: 20 }, (_, i) => `h${i}.example. IN A 198.51.100.${i + 1}\n`).join('')}`;
/** A mistake: half of the hosts are gone, and www is elsewhere. */
const BAD = GOOD.replace(/^h1?[0-4]\..*\n/gm, '').replace('192.0.2.80', '203.0.113.80');
const REASON = ['--reason', 'the release of today lost half of the hosts'];

let stage: Stage;
/** Release 2 is good, release 3 is the mistake. */
beforeAll(async () => {
  const original = await makeTestWorkspace({
    practice: true,
    zones: { 'example.': GOOD },
    config: gateWith('limits: { removed: none, added: 2, changed: 10% }'),
  });
  await original.must('zone', 'sign', 'example.');
  original.write('example.zone', BAD);
  await original.must('zone', 'sign', 'example.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

const signedZone = (workspace: TestWorkspace, serial: number): string => workspace.read('releases', 'example', `${serial}`, 'zone.signed');
const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

describe('"release rollback to the previous one (with a raised serial …)"', () => {
  test('the data goes back, the serial goes on, and the signatures are those of then', async () => {
    const workspace = stage.copy();
    const { out, err } = await workspace.must('release', 'rollback', 'example.', ...REASON);
    expect(readlinkSync(workspace.path('releases', 'example', 'current'))).toBe('4');
    const [then, now] = [linesOf(signedZone(workspace, 2)), linesOf(signedZone(workspace, 4))];
    const fresh = now.filter((line) => !then.includes(line));
    expect(fresh.filter((line) => !/\sSOA\s/.test(line) && !/\sRRSIG\s/.test(line))).toEqual([]);
    expect(now).toHaveLength(then.length);
    expect(signedZone(workspace, 4)).not.toContain('203.0.113.80');
    // Signatures over what the release before has too are kept; nothing is signed that need not be.
    const kept = linesOf(signedZone(workspace, 3)).filter((line) => /\sRRSIG\s/.test(line) && now.includes(line));
    expect(kept.length).toBeGreaterThan(10);
    expect(out).toMatch(/OVERRIDDEN\] limit-added/);
    expect(err).toContain('the source');
    expect(logged(workspace, 'exception.opened')).toContainEqual({
      rule: 'rollback',
      zone: 'example.',
      serial: 4,
      reason: REASON[1],
      text: 'data of release 2 released again as 4',
    });
    expectSealed(workspace);
  });

  test('"zone sign --all --due" leaves it in place until the source was mended', async () => {
    const workspace = stage.copy();
    await workspace.must('release', 'rollback', 'example.', ...REASON);
    expect((await workspace.must('zone', 'sign', '--all', '--due')).out).toMatch(/^0 zones/);
    workspace.write('example.zone', `${GOOD}new.example. IN A 192.0.2.9\n`);
    expect((await workspace.must('zone', 'sign', '--all', '--due')).out).toMatch(/^example\. serial 5 released/);
    expect(signedZone(workspace, 5)).toContain('new.example.');
  });

  test('to a named one, and forward again', async () => {
    const workspace = stage.copy();
    await workspace.must('release', 'rollback', 'example.', '--to', '2', ...REASON);
    await workspace.must('release', 'rollback', 'example.', '--to', '3', ...REASON, '--json');
    expect(signedZone(workspace, 5)).toContain('203.0.113.80');
    expect(stateOf(workspace).zones['example.']!.releases.map(({ serial }) => serial)).toEqual([2, 3, 4, 5]);
  });
});

describe('refused, and everything stays', () => {
  test.each([
    ['the current one is no earlier one', ['--to', '3'], 'release/none-before', /no release 3 .* earlier ones are 2/],
    ['one that never was', ['--to', '7'], 'release/none-before', /no release 7/],
  ])('%s', async (_, args, code, text) => {
    const workspace = stage.copy();
    await expectUnchanged(workspace, async () => {
      expectRefused(await workspace.run('release', 'rollback', 'example.', ...args, ...REASON), code, text);
    });
  });

  test('without a reason', async () => {
    const workspace = stage.copy();
    await expectUnchanged(workspace, async () => {
      expectRefused(await workspace.run('release', 'rollback', 'example.', '--reason', '        '), 'gate/no-reason');
    });
  });

  test('the release was changed on the disk', async () => {
    const workspace = stage.copy();
    appendFileSync(workspace.path('releases', 'example', '2', 'zone.signed'), 'evil.example. 1 IN A 192.0.2.66\n');
    await expectUnchanged(workspace, async () => {
      expectRefused(await workspace.run('release', 'rollback', 'example.', ...REASON), 'release/changed', 'the log says');
    });
  });

  test('there is none before the first', async () => {
    using workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: gateWith('limits: {}') });
    expectRefused(await workspace.run('release', 'rollback', 'example.', ...REASON), 'release/none-before', 'earlier ones are none');
    await workspace.must('zone', 'sign', 'example.');
    expectRefused(await workspace.run('release', 'rollback', 'example.', ...REASON), 'release/none-before');
  });

  test('a limit that the policy does not let be overridden', async () => {
    const workspace = stage.copy();
    workspace.edit((text) => text.replace('agree: 0,', 'agree: 0, overridable: [margin],'));
    await workspace.must('policy', 'apply');
    await expectUnchanged(workspace, async () => {
      expectRefused(await workspace.run('release', 'rollback', 'example.', ...REASON), 'gate/refused', /limit-added/);
    });
  });
});
