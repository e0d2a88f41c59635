import { afterAll, beforeAll, expect, test } from 'vitest';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { quote } from '../../support/cli.ts';
import { SecretScan } from '../../support/secret-scan.ts';
import { expectNoSecret, expectSound } from './afterwards.ts';
import { paperOf } from './company.ts';
import { lead } from './lead.ts';
import { PAGE_SEAT } from './page-seat.ts';
import { Projector } from './projector.ts';
import { COLDSIGN, World } from './world.ts';

/* A whole first ceremony, as people have it: shares are copied from the screen, keys made, saved and proved, and the zone signed for the first time. */

const NORMAL = 'icanon echo, 0 1 0';
const world = new World();
afterAll(() => world[Symbol.dispose]());
beforeAll(async () => {
  await world.make('production', 'shown');
});

test('shares are shown one by one, and nothing of them can be scrolled back to', () => {
  const [handOut] = world.terminals;
  const scan = new SecretScan(world.secrets());
  expect(scan.octets('', handOut!.sent()).length).toBeGreaterThan(10);
  expect(scan.text('scrolled back', handOut!.history())).toEqual([]);
});

test('first keys in full screen: every step as in the script, the same on the projector, log and release in order', async () => {
  const made = world.path('out', 'made.tar');
  const values = ['zones=example.', `backup=${world.path('out', 'backup')}`, `export=${made}`];
  const file = await world.stage.fill('first-keys', ...values.flatMap((one) => ['--set', one]));
  const steps = expandScript(world.stage.script(file));
  const projector = await Projector.begin(world);
  const terminal = world.open();
  const mode = await world.modeOf(terminal);
  terminal.run(`clear; ${COLDSIGN} ceremony run ${quote(file)} --dir workspace`);
  const visited = await lead({
    terminal,
    seat: PAGE_SEAT,
    company: world.company(paperOf(world.workspace.dir)),
    steps,
    title: 'First keys and first signing of example.',
    mode: 'PRODUCTION',
    onPrompt: (asked) => world.lookAt(terminal, asked),
    onStep: async (step, number) => {
      await projector.shows(step, number, steps.length, '### PRODUCTION ###');
      if (step.id === 'clock') await projector.takesNoKeys();
    },
  });
  expect(visited).toEqual(steps.map(({ id }) => id));
  await terminal.until(/^coldsign: ceremony \S+ done; next: coldsign ceremony report /m);
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
  expect(await world.modeOf(terminal)).toBe(mode);
  expect(await projector.end('The ceremony has ended.')).toBe(`status-0-${NORMAL}`);
  await expectSound(world, steps, made);
}, 400_000);

test('no PIN, share or passphrase is on a screen, in a file, among arguments or in an environment', () => {
  expectNoSecret(world, { terminals: world.terminals.slice(0, 1), files: [] });
});
