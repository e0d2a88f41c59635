import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewOf } from '../../src/ceremony/view.ts';
import { makeProgram } from '../../src/program.ts';
import { WorkspaceData } from '../../src/tui/workspace-data.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import type { CeremonyPicture } from '../../tui/ceremony-picture.ts';
import { Stage, silent } from '../ceremony/leader/stage.ts';
import { NODE, quote } from '../support/cli.ts';
import { Terminal } from './support/tmux.ts';

/** A routine ceremony from its beginning to its end, and a projector in the room. */
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const TUI = `${quote(NODE)} ${quote(CLI)} tui`;
const NORMAL = 'icanon echo, 0 1 0';

let stage: Stage;
/** Nothing was held in it. */
let fresh: Stage;
let file: string;
beforeAll(async () => {
  stage = await Stage.make();
  fresh = stage.copy();
  const values = ['zones=example.', 'evidence=', `export=${stage.workspace.path('out.tar')}`];
  file = await stage.fill('routine-signing', ...values.flatMap((one) => ['--set', one]));
});
afterAll(() => {
  stage[Symbol.dispose]();
  fresh[Symbol.dispose]();
});

function dataOf(): WorkspaceData {
  return new WorkspaceData(stage.workspace.dir, { command: NODE, args: [CLI] }, { commands: makeProgram(silent(), () => {}), file });
}

async function look(data: WorkspaceData): Promise<CeremonyPicture | undefined> {
  data.refresh();
  const answer = await data.load({ of: 'ceremony' }, 0, { progress: () => {}, signal: new AbortController().signal });
  return answer.of === 'ceremony' ? answer.ceremony : undefined;
}

test('the projector shows every step that the leader is at, from the log alone, until the end', async () => {
  const { dir } = stage.workspace;
  const paper = stage.paper();
  using projector = new Terminal({ cwd: dir });
  projector.run(`clear; ${TUI} --watch`);
  await projector.until(/WATCHING[\s\S]*\d+ zones?: /);
  using data = dataOf();
  expect(await look(data)).toBeUndefined();
  await using leader = await stage.open(file);
  await projector.until(/\*\*\* PRACTICE \*\*\*[\s\S]*STEP 1 of/);
  while (leader.progress().current !== undefined) {
    const { step, done, total } = viewOf(leader);
    expect(await look(data)).toMatchObject({ done, total, is: 'under way', step: { number: step!.number, title: step!.title } });
    await stage.step(leader, paper);
  }
  await leader.end();
  expect(await look(data)).toMatchObject({ is: 'done' });
  await projector.until('The ceremony has ended.');
  // "A second terminal that shows the same ceremony read-only": nothing can be run from it.
  projector.press('!');
  expect(projector.screen()).not.toContain('to run it type');
  projector.press('q');
  expect(await projector.untilRestored()).toBe(`status-0-${NORMAL}`);
  expect(readWorkspace(dir).state.zones['example.']!.releases).toHaveLength(1);
  expect((await stage.verify(stage.workspace.path('out.tar'))).status).toBe(0);
});

test('led from the screens: the command is shown, has the terminal, and the screen goes on where it was left', async () => {
  const other = await fresh.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', 'export=again.tar');
  using terminal = new Terminal({ cwd: fresh.workspace.dir });
  terminal.run(`clear; ${TUI} --ceremony ${quote(other)}`);
  await terminal.until('no ceremony is open');
  terminal.press('!');
  await terminal.until(/coldsign ceremony run\s[\s\S]*type ceremony/);
  terminal.type('ceremony');
  terminal.press('Enter');
  await terminal.until(/^Enter: step 1 begins/m);
  terminal.press('p');
  await terminal.until(/why\?.*\n> _$/m);
  terminal.type('a paper is missing');
  await terminal.until('> a paper is missing_');
  terminal.press('Enter');
  await terminal.until('Enter goes back to the screens');
  terminal.press('Enter');
  await terminal.until(/STEP 1 of \d+, PAUSED[\s\S]*PAUSED: a paper is missing/);
  terminal.press('C-c');
  expect(await terminal.untilRestored()).toMatch(NORMAL);
});
