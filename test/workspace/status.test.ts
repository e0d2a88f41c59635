import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryData, EntryType } from '../../src/audit/entry.ts';
import { printEntry } from '../../src/audit/entry-line.ts';
import type { AnyEntry } from '../../src/state/state.ts';
import type { Status } from '../../src/state/status.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { entriesOf, expectRefused, gateWith, logged, Stage, stateOf } from './stage.ts';

let stage: Stage;
/** a. is released; b. has keys only; c. has nothing. */
beforeAll(async () => {
  const zones = { 'a.': EXAMPLE_ZONE.replaceAll('example.', 'a.'), 'b.': EXAMPLE_ZONE.replaceAll('example.', 'b.') };
  const original = await makeTestWorkspace({ practice: true, zones, config: gateWith('limits: { added: 0 }, overridable: [limit-added]') });
  original.write('c.zone', EXAMPLE_ZONE.replaceAll('example.', 'c.'));
  await original.must('zone', 'add', 'c.', '--source', original.path('c.zone'), '--owner', 'Team C', '--risk-class', 'A', '--apply');
  await original.must('zone', 'sign', 'a.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

async function statusOf(
  workspace: TestWorkspace,
  ...args: readonly string[]
): Promise<{ code: number | undefined; model: Status; text: string }> {
  const json = await workspace.run('status', '--format', 'json', ...args);
  const text = await workspace.run('status', ...args);
  expect(text.status).toBe(json.status);
  return { code: json.status, model: JSON.parse(json.out) as Status, text: text.out };
}

test('what is signed until when, what is due and why, what comes next', async () => {
  const workspace = stage.copy();
  const { code, model, text } = await statusOf(workspace);
  expect(code).toBe(0);
  const [release] = stateOf(workspace).zones['a.']!.releases;
  expect(model).toMatchObject({
    workspace: workspace.dir,
    origin: 'audit.example/test',
    mode: 'practice',
    log: { entries: entriesOf(workspace).length, head: 'token', anomalies: 0, exceptions: 0 },
    config: { isPending: false },
    open: [],
    zones: [
      { zone: 'a.', keys: 2, serial: 2, validUntil: release!.validUntil, refreshAt: release!.refreshAt, due: [] },
      { zone: 'b.', keys: 2, due: [{ kind: 'never-released' }] },
      { zone: 'c.', keys: 0, owner: 'Team C', riskClass: 'A', due: [{ kind: 'never-released' }] },
    ],
    next: [
      'c. has no keys: coldsign key generate --zone c.',
      '1 zone is due: coldsign zone sign --all --due',
      expect.stringMatching(/^a\. is in rollover 1 \(first-signing\) since .*: coldsign roll status tells/),
    ],
  });
  expect(model).not.toHaveProperty('interrupted');
  expect(text).toMatch(/^a\. +B +- +2 +\S+Z +1[34]\.\d d +no$/m);
  expect(text).toMatch(/^c\. +A +Team C +- +- +- +never released$/m);
  expect(text).toContain('head kept in the token, 0 exceptions, 0 anomalies');
  expect(text).toContain('(practice)');
  for (const step of model.next) expect(text).toContain(`next: ${step}`);
});

test('in time to refresh; when a signature has ended the zone is bogus, that comes first, and the exit status says it', async () => {
  const workspace = stage.copy();
  const later = await statusOf(workspace, '--now', '+6d');
  expect(later.code).toBe(0);
  expect(later.model.zones[0]!.due).toMatchObject([{ kind: 'refresh' }]);
  const late = await statusOf(workspace, '--now', '+15d');
  expect(late.code).toBe(1);
  expect(late.model.zones[0]!).toMatchObject({ due: [{ kind: 'expired' }] });
  expect(late.model.zones[0]!.secondsLeft).toBeLessThan(0);
  expect(late.model.next[0]).toMatch(/^a\. is BOGUS since .*Z: coldsign zone sign a\.$/);
  expect(late.text).toMatch(/^a\. .* -\d\.\d d +EXPIRED /m);
  // To look ahead is no rehearsal: a production workspace lets one.
  using production = await makeTestWorkspace();
  expect((await production.run('status', '--now', '+90d')).status).toBe(0);
});

test('exceptions and changes that are not applied are counted and named', async () => {
  const workspace = stage.copy();
  workspace.write('a.zone', `${EXAMPLE_ZONE.replaceAll('example.', 'a.')}new.a. IN A 192.0.2.9\n`);
  expect((await statusOf(workspace)).model.zones[0]!.due).toEqual([{ kind: 'source-changed', file: 'a.zone' }]);
  await workspace.must('zone', 'sign', 'a.', '--override', 'limit-added', '--reason', 'a host that was wanted');
  workspace.edit((text) => `${text}# later\n`);
  const { model, text } = await statusOf(workspace);
  expect(model).toMatchObject({ log: { exceptions: 1 }, config: { isPending: true } });
  expect(text).toContain('1 exceptions');
  expect(text).toContain('coldsign.yaml has changes that are not applied');
});

test('an interrupted command is told with what it left open, until the next one that writes has found out', async () => {
  const workspace = stage.copy();
  interrupt(workspace, 'zone sign', [
    ['sign.intent', { zone: 'b.', serial: 2, signatures: 13, plan: '00'.repeat(32), keyTags: [1] }],
    ['release.intent', { release: { ...stateOf(workspace).zones['a.']!.releases[0]!, zone: 'b.' }, folder: 'b. 2' }],
  ]);
  const { code, model, text } = await statusOf(workspace);
  expect(code).toBe(0);
  expect(model).toMatchObject({ interrupted: { command: 'zone sign' }, open: [{ what: 'sign' }, { what: 'release' }] });
  expect(model.next[0]).toContain('coldsign zone sign was interrupted');
  expect(text).toMatch(/^open: sign of \S+Z has no result$/m);
  expect(text).toMatch(/^open: release of \S+Z has no result$/m);

  const { err } = await workspace.must('zone', 'sign', 'b.');
  expect(err).toContain('the session of coldsign zone sign');
  expect(err).toMatch(/sign of \S+ is abandoned: no release of b\. 2 was made/);
  expect(err).toMatch(/release of \S+ is abandoned: .* does not exist/);
  expect(logged(workspace, 'intent.resolved').map(({ outcome }) => outcome)).toEqual(['abandoned', 'abandoned']);
  const after = (await statusOf(workspace)).model;
  expect(after).not.toHaveProperty('interrupted');
  expect(after.open).toEqual([]);
});

test('a format that there is not', async () => {
  expectRefused(await stage.original.run('status', '--format', 'yaml'), 'usage/format', 'yaml');
});

/** What a command leaves that was killed: a session without its end, behind the last signed head. */
function interrupt(
  workspace: TestWorkspace,
  command: string,
  entries: readonly { [T in EntryType]: readonly [T, EntryData[T]] }[EntryType][],
): void {
  const last = entriesOf(workspace).at(-1)!;
  const opened = entriesOf(workspace).findLast(({ type }) => type === 'session.open')!;
  const session = `${last.session.slice(0, -6)}abcdef`;
  const lines = [['session.open', { ...opened.data, command }] as const, ...entries].map(([type, data], i) =>
    printEntry({ ...last, seq: last.seq + 1 + i, session, type, data, cat: type === 'session.open' ? 'access' : 'signing' } as AnyEntry),
  );
  workspace.write('audit/entries.jsonl', `${workspace.read('audit', 'entries.jsonl')}${lines.map((line) => `${line}\n`).join('')}`);
}
