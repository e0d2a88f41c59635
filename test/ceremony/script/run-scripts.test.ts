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
async function runCommands(steps: readonly ConcreteStep[]): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const { id, do: act } of steps) {
    if (act.kind !== 'command') continue;
    const { out, err } = await withSecrets(act.argv, (argv) => workspace.must(...argv));
    told[id] = out + err;
  }
  return told;
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
