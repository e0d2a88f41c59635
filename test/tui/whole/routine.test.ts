import { afterAll, beforeAll, expect, test } from 'vitest';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { quote } from '../../support/cli.ts';
import { EXAMPLE_ZONE } from '../../support/workspace.ts';
import { expectNoSecret, expectSound } from './afterwards.ts';
import { paperOf } from './company.ts';
import { lead } from './lead.ts';
import { PAGE_SEAT } from './page-seat.ts';
import { Projector } from './projector.ts';
import { COLDSIGN, World } from './world.ts';

/* A routine ceremony, led from the screens: the zone has changed since its last release. */

const NORMAL = 'icanon echo, 0 1 0';
const world = new World();
afterAll(() => world[Symbol.dispose]());
beforeAll(async () => {
  await world.make('practice', 'written');
  const { workspace } = world;
  await world.withShares('key', 'generate', '--zone', 'example.', '--dir', workspace.dir);
  await world.withShares('zone', 'sign', 'example.', '--dir', workspace.dir);
  workspace.write('example.zone', `${EXAMPLE_ZONE.replace(' 1 7200', ' 10 7200')}new.example. IN A 192.0.2.99\n`);
});

test('routine signing from the screens: every step as in the script, the same on the projector, log and release in order', async () => {
  const made = world.path('out', 'made.tar');
  const values = ['zones=example.', 'evidence=', `export=${made}`];
  const file = await world.stage.fill('routine-signing', ...values.flatMap((one) => ['--set', one]));
  const steps = expandScript(world.stage.script(file));
  const paper = paperOf(world.workspace.dir);
  const projector = await Projector.begin(world);
  const terminal = world.open();
  const mode = await world.modeOf(terminal);
  terminal.run(`clear; ${COLDSIGN} tui --ceremony ${quote(file)} --dir workspace`);
  await terminal.until('no ceremony is open');
  terminal.press('!');
  // "Every act exists as a command, and the UI shows that command before running it."
  await terminal.until(/coldsign ceremony run\s[\s\S]*type ceremony/);
  terminal.type('ceremony');
  await terminal.until('ceremony_');
  terminal.press('Enter');
  const visited = await lead({
    terminal,
    seat: PAGE_SEAT,
    company: world.company(paper),
    steps,
    title: 'Routine signing of example.',
    mode: 'PRACTICE',
    onPrompt: (asked) => world.lookAt(terminal, asked),
    onStep: async (step, number) => {
      await projector.shows(step, number, steps.length, '*** PRACTICE ***');
      // What is new in the zone is read aloud: it stands on both screens.
      if (step.id === 'differences:example.') expect(projector.terminal.history()).toContain('new.example.');
    },
  });
  expect(visited).toEqual(steps.map(({ id }) => id));
  await terminal.until('exit 0. Enter goes back to the screens');
  terminal.press('Enter');
  await terminal.until('The ceremony has ended.');
  terminal.press('q');
  await terminal.until(/^ran coldsign ceremony run .*: exit 0$/m);
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
  expect(await world.modeOf(terminal)).toBe(mode);
  expect(await projector.end('The ceremony has ended.')).toBe(`status-0-${NORMAL}`);
  await expectSound(world, steps, made);
  expect(world.workspace.read('releases', 'example', 'current', 'zone.signed')).toContain('192.0.2.99');
}, 400_000);

test('no PIN, share or passphrase is on a screen, in a file, among arguments or in an environment', () => {
  expectNoSecret(world, { terminals: [], files: world.shareFiles() });
});
