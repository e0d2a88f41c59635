import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { quote } from '../../support/cli.ts';
import type { Terminal } from '../support/tmux.ts';
import { expectNoSecret, expectSound } from './afterwards.ts';
import { Answers, paperOf } from './company.ts';
import { lead } from './lead.ts';
import { PLAIN_SEAT } from './plain-seat.ts';
import { Projector } from './projector.ts';
import { secretAsked } from './seat.ts';
import { COLDSIGN, World } from './world.ts';

/* The only token is lost, with the key of the log: it comes back from the backup in front of everybody, and the ceremony tells it, line by line. */

const NORMAL = 'icanon echo, 0 1 0';
const REASON = 'the token failed today';
const world = new World();
let paper: string;
afterAll(() => world[Symbol.dispose]());
beforeAll(async () => {
  await world.make('production', 'written');
  const { workspace } = world;
  await world.withShares('key', 'generate', '--zone', 'example.', '--dir', workspace.dir);
  await world.withShares('zone', 'sign', 'example.', '--dir', workspace.dir);
  const terminal = world.open();
  // The passphrase is typed twice.
  await answered(`key backup --output ${quote(world.path('out', 'backup'))} --dir workspace`, terminal);
  paper = paperOf(workspace.dir);
  rmSync(world.path('token'), { recursive: true });
});

/** A command on the terminal, whose secrets people type. */
async function answered(command: string, terminal = world.open()): Promise<void> {
  const answers = new Answers(world.company(''));
  terminal.run(`clear; ${COLDSIGN} ${command}; echo "ended-$?"`);
  for (let from = 0; ; ) {
    const question = await terminal.untilSome(
      (screen) => (/^ended-/m.test(screen) ? '' : secretAsked(terminal.sent(from).toString())),
      'a question',
    );
    if (question === '') break;
    world.lookAt(terminal, { kind: 'secret', question });
    from = terminal.sentCount;
    terminal.run(answers.secret(question)!);
  }
  await terminal.until(/^ended-0$/m);
}

/** Where the second line of a share is typed. */
async function killedAtShare(terminal: Terminal, run: string): Promise<void> {
  const from = terminal.sentCount;
  const until = (wanted: RegExp) =>
    terminal.untilSome(() => wanted.exec(secretAsked(terminal.sent(from).toString()) ?? '') ?? undefined, `${wanted}`);
  terminal.run(`clear; ${run}`);
  await until(/^Name of the custodian/);
  terminal.run('erin');
  await until(/^line 1$/);
  terminal.run(world.shares['erin']![0]!);
  await until(/^line 2$/);
  await world.typeUntilRead(terminal, world.shares['erin']![1]!);
  process.kill(terminal.child, 'SIGKILL');
  // The shell takes its echo back.
  expect(await terminal.untilRestored()).toBe(`status-137-${NORMAL}`);
}

test('disaster recovery line by line: the keys are back, people sign for it, the zone is signed again, log and release in order', async () => {
  const { workspace } = world;
  const made = world.path('out', 'made.tar');
  const values = {
    backup: world.path('out', 'backup'),
    place: world.path('token'),
    zones: 'example.',
    reason: REASON,
    fresh: world.path('out', 'fresh'),
    export: made,
  };
  const file = await world.stage.fill(
    'disaster-recovery',
    ...Object.entries(values).flatMap(([name, text]) => ['--set', `${name}=${text}`]),
  );
  const steps = expandScript(world.stage.script(file));
  const terminal = world.open();
  const run = `${COLDSIGN} ceremony run --plain ${quote(file)} --dir workspace`;
  terminal.run(`clear; ${run}`);
  await terminal.until(/error ceremony\/log-closed[\s\S]*coldsign key restore FILE/);
  await terminal.untilRestored();
  await answered(`key restore ${quote(world.path('out', 'backup'))} --to token --reason ${quote(REASON)} --dir workspace`, terminal);

  const projector = await Projector.begin(world);
  const mode = await world.modeOf(terminal);
  await killedAtShare(terminal, run);
  expect(await world.modeOf(terminal)).toBe(mode);
  terminal.run(`clear; ${run}`);
  const before = ['the keys were restored before the ceremony was opened', 'the key of the log was on the lost token', 'alice bob carol'];
  const visited = await lead({
    terminal,
    seat: PLAIN_SEAT,
    company: world.company(paper, ['erin', 'carol']),
    steps,
    title: 'Bringing lost keys back from a backup',
    mode: 'PRODUCTION',
    detours: new Map([
      ['restore', [{ word: 'skip', answers: [...before, 'bob compares the digest with the list of the safe'] }]],
      ['exceptions', [{ word: 'close 1', answers: ['it is the same', 'bob carol'] }]],
    ]),
    onPrompt: (asked) => world.lookAt(terminal, asked),
    onStep: (step, number) => projector.shows(step, number, steps.length, '### PRODUCTION ###'),
  });
  expect(visited).toEqual(steps.map(({ id }) => id));
  await terminal.until(/^coldsign: ceremony \S+ done; next: coldsign ceremony report /m);
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
  expect(await world.modeOf(terminal)).toBe(mode);
  expect(await projector.end('The ceremony has ended.')).toBe(`status-0-${NORMAL}`);
  await expectSound(world, steps, made);
  const entries = [...entriesFrom(readWorkspace(workspace.dir).content, 0)];
  const at = (wanted: string): number => entries.findIndex(({ type }) => type === wanted);
  expect(at('key.restored')).toBeGreaterThan(0);
  expect(at('key.restored')).toBeLessThan(at('ceremony.opened'));
  expect(readdirSync(world.path('out'))).toContain('fresh');
}, 400_000);

test('no PIN, share or passphrase is on a screen, in a file, among arguments or in an environment', () => {
  expectNoSecret(world, { terminals: [], files: world.shareFiles() });
});
