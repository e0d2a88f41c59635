import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { progressOf } from '../../../src/ceremony/progress.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { openCeremony } from '../../../src/state/ceremonies.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { NODE } from '../../support/cli.ts';
import { Stage } from './stage.ts';

const PRELOAD = fileURLToPath(new URL('../../support/crash-at.ts', import.meta.url));
const DRIVE = fileURLToPath(new URL('drive.ts', import.meta.url));

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

/** The ceremony, begun or gone on with, killed at its call number `at` that changes the disk. @returns whether it was killed */
async function lead(
  file: string,
  paper: string,
  at: number,
): Promise<{ readonly isKilled: boolean; readonly status: number | null; readonly err: string }> {
  const child = spawn(NODE, ['--import', PRELOAD, DRIVE, stage.workspace.dir, file, paper, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, COLDSIGN_CRASH_AT: `${at}`, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  let err = '';
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { isKilled: signal === 'SIGKILL', status, err };
}

test('killed in every step, a ceremony goes on where it was: each step is done once, and the log is whole', async () => {
  const paper = stage.paper();
  const out = stage.workspace.path('out.tar');
  const file = await stage.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', `export=${out}`);
  const killedIn = new Set<string>();
  let at = 12;
  let seen = '';
  for (;;) {
    const { isKilled, status, err } = await lead(file, paper, at);
    if (!isKilled) {
      expect(status, err).toBe(0);
      break;
    }
    const workspace = readWorkspace(stage.workspace.dir);
    const ceremony = openCeremony(workspace.state.ceremonies);
    const steps = ceremony === undefined ? [] : expandScript(stage.script(file));
    const progress = ceremony === undefined ? undefined : progressOf(steps, ceremony);
    const where = progress?.current?.id ?? 'opening';
    killedIn.add(where);
    // Killed where it was before: later this time.
    at = where === seen ? at + 17 : 23;
    seen = where;
  }
  const { state, content } = readWorkspace(stage.workspace.dir);
  const [ceremony] = Object.values(state.ceremonies);
  expect(ceremony!.ended?.outcome).toBe('done');
  expect(state.zones['example.']!.releases).toHaveLength(1);
  for (const { id } of expandScript(stage.script(file))) {
    expect(killedIn, id).toContain(id);
    const ended = [...entriesFrom(content, 0)].filter(
      (entry) => entry.type === 'ceremony.step.ended' && entry.data.step === id && entry.data.outcome === 'done',
    );
    expect(ended, id).toHaveLength(1);
  }
  const exported = stage.workspace.path('after.tar');
  await stage.workspace.must('audit', 'export', exported);
  expect((await stage.verify(exported)).status).toBe(0);
}, 600_000);
