import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../support/workspace.ts';
import { expectRefused, listing, logged, Stage, stateOf, WITHOUT_JUDGES } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  const people = (text: string): string =>
    `${WITHOUT_JUDGES(text)}\npeople: { alice: { name: Alice, roles: [custodian] }, bob: { name: Bob }, eve: { name: Eve } }\n`;
  stage = new Stage(await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE }, config: people }));
});
afterAll(() => stage[Symbol.dispose]());

test('"edits take effect only by policy apply, which logs the diff": in the output and in the log, both values', async () => {
  const workspace = stage.copy();
  workspace.edit((text) =>
    text
      .replace('    signatures-validity: auto\n', '    signatures-validity: 20d\n    zonemd: true\n')
      .replace('source: example.zone', 'source: ./example.zone\n    owner: Team DNS'),
  );
  const { out } = await workspace.must('policy', 'apply');
  expect(out).toMatch(/^~ policies\.default\.signatures-validity: auto -> 20d$/m);
  expect(out).toMatch(/policies\.default\.zonemd/);
  expect(out).toMatch(/zones\.example\.\.?owner: .*Team DNS/);
  const { diff, config } = logged(workspace, 'policy.loaded').at(-1)!;
  expect(diff).toContainEqual({ path: 'policies.default.signatures-validity', before: 'auto', after: '20d' });
  expect(out).toContain(`${diff.length} changes are in force now`);
  expect(workspace.read('artifacts', config.sha256)).toBe(workspace.read('coldsign.yaml'));
  const signed = await workspace.must('zone', 'sign', 'example.', '--json');
  expect(JSON.parse(signed.out)).toMatchObject({ report: { policy: { signaturesValidity: 20 * 86_400 } } });
});

test('twice is once: nothing has changed, and the log has no second entry; a comment is a new text and no change', async () => {
  const workspace = stage.copy();
  const count = (): number => logged(workspace, 'policy.loaded').length;
  const before = count();
  expect((await workspace.must('policy', 'apply')).out).toContain('nothing has changed');
  expect(count()).toBe(before);
  workspace.edit((text) => `${text}# a comment\n`);
  expect((await workspace.must('status')).out).toContain('not applied');
  expect(JSON.parse((await workspace.must('policy', 'apply', '--json')).out)).toEqual({ changes: [] });
  expect(count()).toBe(before + 1);
  expect((await workspace.must('status')).out).not.toContain('not applied');
});

test('what cannot work is refused with the inequality and its numbers, and the old configuration stays in force', async () => {
  const workspace = stage.copy();
  const { config } = stateOf(workspace);
  workspace.edit((text) => text.replace('signatures-validity: auto', 'signatures-validity: 2d'));
  expectRefused(await workspace.run('policy', 'apply'), 'policy/unworkable', /2d|172800/);
  expect(stateOf(workspace).config).toEqual(config);
  await workspace.must('zone', 'sign', 'example.');
  workspace.edit((text) => text.replace('signatures-validity: 2d', 'signatures-validty: 20d'));
  expectRefused(await workspace.run('policy', 'apply'), 'policy/bad-config', 'signatures-validity');
  expect(stateOf(workspace).config).toEqual(config);
});

test('the name of the log never changes', async () => {
  const workspace = stage.copy();
  workspace.edit((text) => text.replace('audit.example/test', 'audit.example/other'));
  expectRefused(await workspace.run('policy', 'apply'), 'policy/origin', 'audit.example/other', 'audit.example/test');
  expect(stateOf(workspace).origin).toBe('audit.example/test');
});

test('the quorum in force decides about the next configuration, also about its own end', async () => {
  const workspace = stage.copy();
  workspace.edit((text) => `${text}quorums: { policy-apply: { people: [alice, bob], need: 2 } }\n`);
  // The first one is applied by whoever is there.
  await workspace.must('policy', 'apply');
  const inForce = stateOf(workspace).config;
  workspace.edit((text) => text.replace(/^quorums:.*\n/m, ''));
  for (const approvals of [[], ['alice'], ['alice', 'alice'], ['alice', 'eve'], ['alice', 'bob', 'eve'], ['alice', 'Bob']]) {
    const given = approvals.flatMap((name) => ['--approved-by', name]);
    expectRefused(await workspace.run('policy', 'apply', ...given), 'policy/quorum', 'asks for 2 of alice, bob');
  }
  expect(stateOf(workspace).config).toEqual(inForce);
  // zone add is no way around it.
  const source = workspace.path('example.zone');
  expectRefused(await workspace.run('zone', 'add', 'other.', '--source', source, '--apply'), 'policy/quorum');
  expect(stateOf(workspace).config).toEqual(inForce);
  await workspace.must('policy', 'apply', '--approved-by', 'alice', '--approved-by', 'bob');
  expect(logged(workspace, 'policy.loaded').at(-1)!.approvals).toEqual(['alice', 'bob']);
  await workspace.must('policy', 'apply');
});

test('a token that cannot be opened is not put in force', async () => {
  const workspace = stage.copy();
  const { config } = stateOf(workspace);
  workspace.edit((text) => text.replaceAll('token=coldsign', 'token=elsewhere').replaceAll(/;serial=[0-9a-f]+/g, ''));
  const { status, err } = await workspace.run('policy', 'apply');
  expect(err).toMatch(/coldsign: error token\//);
  expect([1, 3]).toContain(status);
  expect(stateOf(workspace).config).toEqual(config);
  await workspace.must('zone', 'sign', 'example.');
});

test('who acts is in the log; one whom the configuration does not name cannot', async () => {
  const workspace = stage.copy();
  const before = listing(workspace.dir, []);
  expectRefused(await workspace.run('zone', 'sign', 'example.', '--as', 'mallory'), 'policy/unknown-person', 'mallory', 'alice');
  expect(workspace.read('audit', 'entries.jsonl')).not.toContain('mallory');
  expect(Object.keys(listing(workspace.dir, []))).toEqual(Object.keys(before));
  await workspace.must('zone', 'sign', 'example.', '--as', 'alice');
  expect(workspace.read('audit', 'entries.jsonl')).toMatch(/"actor":\{"name":"alice","role":"custodian"\}/);
});
