import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClock } from '../../src/config/time-text.ts';
import { WorkspaceData } from '../../src/tui/workspace-data.ts';
import type { Answer, Job, Request } from '../../tui/data.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';

/** What the screens are told of a real workspace, held against what the commands say of it. */
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const program = { command: NODE, args: [CLI] };
const NOW = readClock() + 1;

let workspace: TestWorkspace;
let data: WorkspaceData;

beforeAll(async () => {
  workspace = await makeTestWorkspace({
    practice: true,
    zones: { 'example.': EXAMPLE_ZONE, 'two.example.': EXAMPLE_ZONE.replaceAll('example.', 'two.example.') },
  });
  await workspace.must('zone', 'sign', 'example.');
  workspace.write('example.zone', EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81'));
  data = new WorkspaceData(workspace.dir, program);
});
afterAll(() => {
  data[Symbol.dispose]();
  workspace[Symbol.dispose]();
});

const quiet = (): Job => ({ progress: () => {}, signal: new AbortController().signal });

async function ask<T extends Request['of']>(request: Extract<Request, { of: T }>): Promise<Extract<Answer, { of: T }>> {
  return (await data.load(request, NOW, quiet())) as Extract<Answer, { of: T }>;
}

describe('zones', () => {
  test('the most urgent first, each with what is due, who acts, and the command for it', async () => {
    const { zones } = await ask({ of: 'zones' });
    expect(zones.map(({ zone, urgency, who, act }) => [zone, urgency, who, act?.argv.join(' ')])).toEqual([
      ['example.', 'due', 'custodians', 'zone sign example.'],
      ['two.example.', 'due', 'custodians', 'zone sign two.example.'],
    ]);
    expect(zones[0]?.what).toBe('example.zone changed');
    const status = JSON.parse((await workspace.must('status', '--format', 'json')).out);
    // The last safe moment is before the first signature ends: caches still hold it for a while.
    expect(zones[0]!.lastSafe).toBeLessThan(Date.parse(status.zones[0].validUntil) / 1000);
    const quick = await ask({ of: 'zones-quick' });
    expect(quick.zones.map(({ zone }) => zone).sort()).toEqual(['example.', 'two.example.']);
  });

  test('records by class and the days on which signatures end are those of the release', async () => {
    const { contents } = await ask({ of: 'contents', zone: 'example.' });
    const report = JSON.parse(workspace.read('releases', 'example', `${contents.serial}`, 'verify-report.json'));
    const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
    expect(sum(contents.classes.map(({ records }) => records))).toBe(report.counts.records);
    expect(sum(contents.types.map(({ records }) => records))).toBe(report.counts.records);
    expect(sum(contents.expiries.map(({ signatures }) => signatures))).toBe(report.counts.signatures);
    const signing = JSON.parse(workspace.read('releases', 'example', `${contents.serial}`, 'sign-report.json'));
    expect(contents.expiries[0]?.day).toBe(Math.floor(Date.parse(signing.signatures.earliestExpiration) / 86_400_000) * 86_400);
  });

  test('keys, states and waits are those of roll status', async () => {
    const { view } = await ask({ of: 'zone', zone: 'example.' });
    const rolls = JSON.parse((await workspace.must('roll', 'status', '--zone', 'example.', '--json')).out).zones[0];
    expect(view.keys.map(({ state }) => state)).toEqual(rolls.keys.map(({ state }: { state: { kind: string } }) => state.kind));
    expect(view.waits).toHaveLength(rolls.waits.length);
    const { keys, tokens } = await ask({ of: 'keys' });
    expect(keys).toHaveLength(4);
    expect(tokens.map(({ role }) => role)).toEqual(['ksk', 'zsk', 'audit']);
  });
});

test('a timeline has the states that were, by the log, and those to come, by the plan', async () => {
  const { timeline } = await ask({ of: 'timeline', zone: 'example.' });
  const zsk = timeline.keys.find(({ label }) => label.startsWith('ZSK'))!;
  expect(zsk.segments.at(-1)?.to).toBeGreaterThan(NOW);
  for (const { segments } of timeline.keys) {
    for (const [i, { from, to }] of segments.entries()) {
      expect(from).toBeLessThan(to);
      if (i > 0) expect(from).toBeGreaterThanOrEqual(segments[i - 1]!.to);
    }
  }
  // A KSK comes to be active when its DS is known to all caches: later than now, with the evidence that the plan expects.
  const ksk = timeline.keys.find(({ label }) => label.startsWith('KSK'))!;
  const active = ksk.segments.find(({ state }) => state === 'active');
  expect(ksk.segments.map(({ state }) => state)).toEqual(expect.arrayContaining(['published', 'active']));
  expect(active!.from).toBeGreaterThan(NOW);
  const { plan } = await ask({ of: 'plan', zone: 'example.' });
  const visits = timeline.marks.filter(({ kind }) => kind === 'visit').map(({ at }) => at);
  expect(visits).toEqual(plan.steps.map(({ at }) => at));
  expect(timeline.marks.some(({ kind, text }) => kind === 'release' && text === 'release 2')).toBe(true);
  const shown = JSON.parse((await workspace.must('plan', 'show', '--zone', 'example.', '--json')).out).plans[0].plan;
  expect(plan.steps.map(({ title }) => title)).toEqual(shown.steps.map(({ title }: { title: string }) => title));
});

describe('the log', () => {
  test('rows and entries are read by their places, and say what audit show says', async () => {
    const { entries } = data.summary();
    const { rows } = await ask({ of: 'log-rows', numbers: [0, entries - 1, entries] });
    expect(rows.map(({ seq }) => seq)).toEqual([0, entries - 1]);
    const shown = (await workspace.must('audit', 'show', '--seq', '0')).out;
    expect(shown).toContain(rows[0]!.text);
    const { lines } = await ask({ of: 'log-entry', seq: 0 });
    expect(JSON.parse(lines.slice(lines.indexOf('{'), lines.indexOf('}') + 1).join('\n'))).toMatchObject({ seq: 0, type: 'log.genesis' });
  });

  test.each([
    ['zone:two.example.', ['--zone', 'two.example.']],
    ['type:key', ['--type', 'key']],
    ['type:sign zone:example.', ['--type', 'sign', '--zone', 'example.']],
  ])('%s finds what audit show finds', async (query, args) => {
    const { found } = await ask({ of: 'log-search', query });
    const shown = (await workspace.must('audit', 'show', ...args, '--json')).out.trim().split('\n');
    expect(found).toEqual(shown.map((line) => JSON.parse(line).seq));
  });

  test('words are looked for in the whole entry, whatever their case', async () => {
    const lines = workspace.read('audit', 'entries.jsonl').trim().split('\n');
    const { found } = await ask({ of: 'log-search', query: 'GATE.passed EXAMPLE' });
    expect(found).toEqual(lines.flatMap((line, i) => (line.includes('gate.passed') ? [i] : [])));
    await expect(ask({ of: 'log-search', query: 'type:nonsense' })).rejects.toMatchObject({ code: 'usage/audit-filter' });
  });

  test('work that was stopped ends, and gives no answer', async () => {
    const stopped = AbortSignal.abort();
    const job: Job = { progress: () => {}, signal: stopped };
    await expect(data.load({ of: 'diff', zone: 'example.', serial: 2 }, NOW, job)).resolves.toMatchObject({ diff: { before: undefined } });
    await expect(data.load({ of: 'contents', zone: 'example.' }, NOW, job)).rejects.toThrow(/abort/i);
  });

  test('verification hashes it again; an entry that was changed does not go through', async () => {
    expect(await ask({ of: 'log-verify' })).toMatchObject({
      isGood: true,
      text: expect.stringMatching(/^\d+ entries fit the signed checkpoint$/),
    });
    using copy = workspace.copyTo(`${workspace.dir}-changed`);
    using open = new WorkspaceData(copy.dir, program);
    copy.write(
      'audit/entries.jsonl',
      copy
        .read('audit', 'entries.jsonl')
        .replace('"name":"', '"name":"x')
        .replace(/"role":"operator"\}/, '"role":"operato"}'),
    );
    await expect(open.load({ of: 'log-verify' }, NOW, quiet())).rejects.toMatchObject({ code: 'audit/forked' });
  });
});

test('what is appended is followed: state, configuration and places of lines', async () => {
  const before = data.summary();
  expect(data.refresh()).toBe(false);
  await workspace.must('zone', 'sign', 'example.');
  expect(data.refresh()).toBe(true);
  const after = data.summary();
  expect(after.entries).toBeGreaterThan(before.entries);
  expect(after.open).toEqual([]);
  const { release } = await ask({ of: 'release', zone: 'example.', serial: undefined });
  expect(release.serials).toEqual([2, 3]);
  expect(release.verdicts.every(({ verdict }) => verdict === 'pass')).toBe(true);
  const { diff } = await ask({ of: 'diff', zone: 'example.', serial: 3 });
  expect(diff.before).toBe(2);
  expect(diff.lines.filter((line) => / A 192/.test(line)).sort()).toEqual([
    '+ www.example. 3600 IN A 192.0.2.81',
    '- www.example. 3600 IN A 192.0.2.80',
  ]);
  expect((await ask({ of: 'zones' })).zones.find(({ zone }) => zone === 'example.')).toMatchObject({ urgency: 'waits', who: 'operator' });
  workspace.edit((text) => `${text}\n# a remark\n`);
  expect(data.summary().isConfigPending).toBe(true);
});

test('half a line is not taken; a log that has become shorter is refused', () => {
  using copy = workspace.copyTo(`${workspace.dir}-torn`);
  using open = new WorkspaceData(copy.dir, program);
  const path = copy.path('audit', 'entries.jsonl');
  const { length } = readFileSync(path);
  appendFileSync(path, '{"actor"');
  expect(open.refresh()).toBe(false);
  truncateSync(path, length - 10);
  expect(() => open.refresh()).toThrow(expect.objectContaining({ code: 'audit/truncated' }));
});
