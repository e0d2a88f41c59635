import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import { progressOf } from '../../../src/ceremony/progress.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { openCeremony } from '../../../src/state/ceremonies.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { NODE } from '../../support/cli.ts';
import { Stage } from './stage.ts';

const DRIVE = fileURLToPath(new URL('drive.ts', import.meta.url));

const KILLED: Led = { isKilled: true, err: '' };

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await Stage.make();
  folder = mkdtempSync(join(tmpdir(), 'coldsign-killed-ceremony-'));
  for (const [name, file] of stage.files) writeFileSync(join(folder, `${name}.pem`), file);
});
afterAll(() => {
  stage[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** What became of the process that leads it. */
interface Led {
  readonly isKilled: boolean;
  readonly err: string;
}

/** A step has a session for its beginning, one for each who agrees, that of its command, one for its end; each makes about 43 calls. */
const BEFORE_ITS_END = 58;
/** In the midst of a command. */
const LATER: Readonly<Record<string, number>> = { 'checkpoint-before': 70, advance: 66, 'sign:example.': 150 };

/** The ceremony, begun or gone on with, and killed: see drive.ts. @param step number of a step, or a path @param at number of the call */
async function lead(file: string, paper: string, step: number | string, at: number): Promise<Led> {
  const child = spawn(NODE, [DRIVE, stage.workspace.dir, file, paper, folder, `${step}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, COLDSIGN_CRASH_AT: `${at}` },
  });
  let err = '';
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { isKilled: signal === 'SIGKILL', err: signal === 'SIGKILL' ? '' : `${status} ${err}` };
}

test('killed in every step, a ceremony goes on where it was: each step is done once, and the log is whole', async () => {
  const paper = stage.paper();
  const out = stage.workspace.path('out.tar');
  const file = await stage.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', `export=${out}`);
  const steps = expandScript(stage.script(file));
  const next = () => progressOf(steps, openCeremony(readWorkspace(stage.workspace.dir).state.ceremonies)!).current?.id;
  expect(await lead(file, paper, -1, 7)).toEqual(KILLED);
  for (const [i, { id }] of steps.entries()) {
    if (id === 'export') {
      expect(await lead(file, paper, out, 0)).toEqual(KILLED);
      expect(next()).toBe(id);
    }
    // In another place of each step: its beginning, what was agreed, its command, its end; before an entry, between an entry and its seal, after it.
    expect(await lead(file, paper, i, LATER[id] ?? 1 + ((i * 37) % BEFORE_ITS_END)), id).toEqual(KILLED);
    expect(next()).toBe(id);
  }
  expect(await lead(file, paper, steps.length, 0)).toEqual({ isKilled: false, err: '0 ' });
  const { state, content } = readWorkspace(stage.workspace.dir);
  const [ceremony] = Object.values(state.ceremonies);
  expect(ceremony!.ended?.outcome).toBe('done');
  expect(state.zones['example.']!.releases).toHaveLength(1);
  const done = [...entriesFrom(content, 0)].flatMap((entry) =>
    entry.type === 'ceremony.step.ended' && entry.data.outcome === 'done' ? [entry.data.step] : [],
  );
  expect(done).toEqual(steps.map(({ id }) => id));
  const exported = stage.workspace.path('after.tar');
  await stage.workspace.must('audit', 'export', exported);
  expect(verifyExport(exported).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
}, 600_000);
