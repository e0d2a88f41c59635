import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConcreteStep, expandScript } from '../../../src/ceremony/script/expand.ts';
import { type Filling, fillScript } from '../../../src/ceremony/script/fill-script.ts';
import { printScript } from '../../../src/ceremony/script/print-script.ts';
import { shippedScript } from '../../../src/ceremony/script/shipped.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../../support/workspace.ts';
import { parse, silentProgram } from './sample.ts';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await makeTestWorkspace({ practice: true });
  const source = workspace.write('example.zone', EXAMPLE_ZONE);
  workspace.write('passphrase', 'a passphrase of several words');
  await workspace.must('zone', 'add', 'example', '--source', source, '--apply');
});
afterAll(() => workspace[Symbol.dispose]());

const text = (value: string) => ({ kind: 'text', text: value }) as const;
const list = (...items: readonly string[]) => ({ kind: 'list', items: items.map(text) }) as const;

/** As a ceremony has it: filled, written to a file, read again. */
function stepsOf(name: string, values: Filling['values']): readonly ConcreteStep[] {
  const filled = fillScript(shippedScript(name, silentProgram()), {
    origin: 'audit.example/test',
    prepared: { at: 1_795_521_600, plan: 'ab'.repeat(32), log: { size: 9, words: 'music customer' } },
    people: { administrator: ['ada'], witness: ['wim'], custodian: ['ben', 'cyd', 'dan'] },
    values,
  });
  return expandScript(parse(printScript(filled)));
}

/** All commands of a script, in order; each must work. @returns what each printed, by the id of its step */
async function runCommands(steps: readonly ConcreteStep[], now?: string): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const { id, do: act } of steps) {
    if (act.kind !== 'command') continue;
    const { out, err } = await withSecrets(act.argv, (argv) => workspace.must(...argv, ...timeOf(argv, now)));
    told[id] = out + err;
  }
  return told;
}

const program = silentProgram();

/** Practice lets a command do as if it were another time, if it asks for the time at all. */
function timeOf(argv: readonly string[], now: string | undefined): readonly string[] {
  const command = program.commands.find((noun) => noun.name() === argv[0])?.commands.find((verb) => verb.name() === argv[1]);
  return now !== undefined && command?.options.some(({ long }) => long === '--now') ? ['--now', now] : [];
}

/** People type the passphrase; here it comes from a file. */
async function withSecrets<T>(argv: readonly string[], run: (argv: readonly string[]) => Promise<T>): Promise<T> {
  if (argv[0] !== 'key' || !['backup', 'drill', 'restore'].includes(argv[1] ?? '') || argv.includes('--show')) return run(argv);
  const fd = openSync(workspace.path('passphrase'), 'r');
  try {
    return await run([...argv, '--passphrase-fd', String(fd)]);
  } finally {
    closeSync(fd);
  }
}

test('the script of the first ceremony makes keys, proves their backup and signs, command by command', async () => {
  const steps = stepsOf('first-keys', {
    zones: list('example'),
    backup: text(workspace.path('token-backup')),
    export: text(workspace.path('first.tar')),
  });
  const told = await runCommands(steps);
  expect(told['generate:example']).toMatch(/example\. KSK \d+/);
  expect(told['fingerprint:example']).toMatch(/example\. IN DS \d+ 13 2 [0-9A-F]{64}/);
  expect(told['drill']).toContain('proved; 3 keys, 2 of them of this workspace');
  expect(told['sign:example']).toContain('example. serial 2 released');
  expect(told['export']).toContain('entries');
  const types = workspace.read('audit/entries.jsonl');
  for (const type of steps.flatMap(({ id, record, do: { kind } }) => (kind === 'command' && id !== 'parent' ? record : [])))
    expect(types, type).toContain(`"type":"${type}"`);
});

test('the script of the routine ceremony signs a zone that has changed, and tells what is waited for', async () => {
  writeFileSync(
    workspace.path('example.zone'),
    `${EXAMPLE_ZONE.replace('hostmaster.example. 1 ', 'hostmaster.example. 5 ')}new.example. IN A 192.0.2.9\n`,
  );
  const values = { zones: list('example'), evidence: list(), export: text(workspace.path('second.tar')) };
  const told = await runCommands(stepsOf('routine-signing', values));
  expect(told['advance']).toContain('example. no new version');
  expect(told['sign:example']).toMatch(/example\. serial \d+ released/);
  expect(told['parent']).toContain('waits: DNSKEY of KSK');
});

test('the script of a drill works on the keys that the first ceremony has made', async () => {
  const values = {
    backup: text(workspace.path('backup-2')),
    older: list(workspace.path('token-backup')),
    export: text(workspace.path('third.tar')),
  };
  const told = await runCommands(stepsOf('token-backup-and-drill', values));
  expect(told[`older:${workspace.path('token-backup')}`]).toContain('proved; 3 keys');
  expect(told['list']).toMatch(/example\..*ksk/);
});

test('the script of a recovery brings the keys back that a lost token had, and signs with them', async () => {
  rmSync(workspace.path('token', 'tokens'), { recursive: true });
  const values = {
    backup: text(workspace.path('backup-2')),
    place: text(workspace.path('token')),
    zones: list('example'),
    reason: text('the token has failed today'),
    fresh: text(workspace.path('backup-3')),
    export: text(workspace.path('fourth.tar')),
  };
  const told = await runCommands(stepsOf('disaster-recovery', values));
  expect(told['restore']).toContain('restored: 3 keys, a challenge signed by each');
  expect(told['prove']).toMatch(/example\. {2}KSK .* proved/);
  expect(told['sign:example']).toContain('example. serial');
});

test('the script of a KSK rollover begins one at its first visit, and leaves out what later visits do', async () => {
  const [, ksk = ''] = /KSK (\d+)/.exec((await workspace.must('zone', 'show', 'example')).out) ?? [];
  const [, serial = ''] = /release +(\d+),.*\(current\)/.exec((await workspace.must('zone', 'show', 'example')).out) ?? [];
  const attest = ['--attest', '--reason', 'looked at all servers'];
  await workspace.must('release', 'published', 'example', serial, ...attest, '--now', '+1h');
  await workspace.must('roll', 'advance', '--all', '--now', '+1d');
  await workspace.must('ds', 'seen', 'example', '--key', ksk, ...attest, '--now', '+1d');
  await workspace.must('roll', 'advance', '--all', '--now', '+3d');
  const values = {
    zone: text('example'),
    evidence: list(),
    begin: list('example'),
    backup: list(),
    submitted: list(),
    retracted: list(),
    parent: list(),
    destroy: list(),
    fresh: list(),
    gone: text('none is destroyed at this visit'),
    reason: text('replaced as planned'),
    export: text(workspace.path('fifth.tar')),
  };
  const steps = stepsOf('ksk-rollover', values);
  expect(steps.map(({ id }) => id)).not.toContain('destroy');
  const told = await runCommands(steps, '+4d');
  expect(told['begin:example']).toMatch(/example\. rollover \d+ \(ksk\) has begun, made for it: KSK \d+/);
  expect(told['advance']).toMatch(/done: DNSKEY of KSK \d+ rumoured/);
  expect(told['next']).toMatch(new RegExp(`in place of KSK ${ksk}`));
});
