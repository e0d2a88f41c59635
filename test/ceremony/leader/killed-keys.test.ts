import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryType } from '../../../src/audit/entry.ts';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { NODE } from '../../support/cli.ts';
import { Stage } from './stage.ts';

/* What is done to a key is done once: a step that is tried again after a power cut makes no second key, and does not fail because its key is gone. */

const DRIVE = fileURLToPath(new URL('drive.ts', import.meta.url));
const HEAD = `title: Keys
purpose: What is done to keys.
mode: any
roles:
  administrator: { title: Administrator, duty: Leads., count: 1 }
  witness: { title: Witness, duty: Watches., count: 1 }
  custodian: { title: Custodian, duty: Agrees., count: 3, need: 2 }
steps:
  - { id: attendance, act: Opening, role: witness, title: Who is here, do: { attendance: true } }
  - { id: continuity, act: Opening, role: witness, title: The log, do: { check: continuity } }
  - id: approve
    act: Work
    role: administrator
    title: Approve
    do: { approve: script }
    confirm: { roles: { custodian: 1 }, by: key }
`;
const BEFORE = 3;

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await Stage.make('without-keys');
  folder = mkdtempSync(join(tmpdir(), 'coldsign-killed-keys-'));
  for (const [name, file] of stage.files) writeFileSync(join(folder, `${name}.pem`), file);
});
afterAll(() => {
  stage?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A ceremony of these commands, killed at the calls that are named, each in the step with its number (from 0), and then led to its end. */
async function hold(name: string, commands: readonly string[], kills: readonly (readonly [step: number, at: number])[]): Promise<void> {
  const steps = commands.map((command, i) => `  - { id: work-${i}, act: Work, role: administrator, title: Work, ${command} }\n`).join('');
  const paper = stage.paper();
  const file = await stage.fill(stage.workspace.write(name, `format: coldsign-ceremony/1\nname: ${name}\n${HEAD}${steps}`));
  for (const [step, at] of kills) expect(await lead(file, paper, BEFORE + step, at), `${name} ${step} ${at}`).toBe('SIGKILL');
  expect(await lead(file, paper, BEFORE + commands.length, 0)).toBe('0 ');
}

/** @returns the signal that has ended it, or its exit status and what it said */
async function lead(file: string, paper: string, step: number, at: number): Promise<string> {
  const child = spawn(NODE, [DRIVE, stage.workspace.dir, file, paper, folder, `${step}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, COLDSIGN_CRASH_AT: `${at}` },
  });
  let err = '';
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? `${status} ${err}`;
}

const count = (type: EntryType): number =>
  [...entriesFrom(readWorkspace(stage.workspace.dir).content, 0)].filter((entry) => entry.type === type).length;
const keys = () => readWorkspace(stage.workspace.dir).state.zones['example.']?.keys ?? [];

test('keys are made once: killed between intent and result, and between one key and the other', async () => {
  await hold(
    'make',
    ['do: { command: [key, generate, --zone, example.] }'],
    [
      [0, 74],
      [0, 82],
    ],
  );
  expect(keys().map(({ role }) => role)).toEqual(['ksk', 'zsk']);
  expect(count('key.generate.intent')).toBeGreaterThan(2);
}, 120_000);

test('rules take effect once, and a key is destroyed once: killed when it is gone from the token, before the log says so', async () => {
  const tag = keys()[1]!.keyTag;
  const destroy = `do: { command: [key, destroy, --zone, example., --key, '${tag}', --reason, no longer needed, --confirm, '${tag}'] }`;
  const loaded = count('policy.loaded');
  stage.workspace.edit((text) => text.replace('frank: { name: frank }', 'frank: { name: Frank F. }'));
  const confirm = `confirm: { roles: { custodian: 1 }, by: screen, type: '${tag}' }`;
  await hold(
    'take',
    ['do: { command: [policy, apply] }', `${destroy}, ${confirm}`],
    [
      [0, 76],
      [1, 114],
    ],
  );
  expect(count('policy.loaded')).toBe(loaded + 1);
  expect(keys().map(({ role }) => role)).toEqual(['ksk']);
  expect(count('key.destroy.result')).toBe(0);
  const ended = [...entriesFrom(readWorkspace(stage.workspace.dir).content, 0)].flatMap(({ type, data }) =>
    type === 'ceremony.step.ended' && data.step.startsWith('work-') ? [data.text] : [],
  );
  expect(ended.slice(-2)).toEqual(Array(2).fill('its command had done its work before the program ended'));
  const out = stage.workspace.path('out.tar');
  await stage.workspace.must('audit', 'export', out);
  expect(verifyExport(out).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
}, 120_000);
