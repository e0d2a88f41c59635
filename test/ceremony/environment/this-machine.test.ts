import { expect, test } from 'vitest';
import { machineCheck } from '../../../src/ceremony/environment/this-machine.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { makeTestWorkspace } from '../../support/workspace.ts';
import { PREPARED, withMachine } from './tree.ts';

test('a workspace says what its machine is to be: checks that are off are not looked at, and the program is the one of its log', async () => {
  using workspace = await makeTestWorkspace({
    config: (text) => `${text}\nceremony: { checks: { ENV-SWAP: off }, program: ${'ab'.repeat(32)} }\n`,
  });
  const { state, config } = readWorkspace(workspace.dir);
  expect(config.ceremony.checks).toMatchObject({ 'ENV-SWAP': 'off', 'ENV-ROUTE': 'block' });
  const last = Date.parse(state.clock!.time) / 1000;
  const findings = withMachine(PREPARED, (machine) => machineCheck(workspace.dir, () => last - 1, machine)());
  const told = new Map(findings.map((finding) => [finding.id, finding]));
  expect(told.has('ENV-SWAP')).toBe(false);
  expect(told.get('ENV-CLOCK-EARLY')?.severity).toBe('block');
  const running = /"program":"([0-9a-f]{64})"/.exec(workspace.read('audit/entries.jsonl'))?.[1];
  expect(told.get('ENV-PROGRAM')?.text).toBe(`the program is ${running}; expected ${'ab'.repeat(32)}`);
  // The module of the token is looked for on the machine that is shown, and is not there.
  expect(told.get('ENV-MODULE')?.text).toMatch(/cannot be read/);
  const shown = await workspace.must('audit', 'show', '--type', 'policy');
  expect(shown.out + workspace.read('audit/entries.jsonl')).toContain('"path":"ceremony.checks.ENV-SWAP"');
});

test('this machine itself can be looked at', async () => {
  using workspace = await makeTestWorkspace({ practice: true });
  const findings = machineCheck(workspace.dir, () => Date.parse('2100-01-01T00:00:00Z') / 1000)();
  expect(new Set(findings.map(({ id }) => id)).size).toBeGreaterThan(10);
  expect(findings.filter(({ severity }) => severity === 'block')).toEqual([]);
  expect(findings.find(({ id }) => id === 'ENV-MODULE')?.text).toContain('it is ');
});
