import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NODE, quote } from '../../support/cli.ts';
import { Terminal } from '../support/tmux.ts';

/** The pages in a real terminal, between them questions for secrets and what commands print. */
const LED = `clear; ${quote(NODE)} ${quote(fileURLToPath(new URL('led.ts', import.meta.url)))}`;
const NORMAL = 'icanon echo, 0 1 0';
const GO = /^Enter: run coldsign zone sign example\. +word: go/m;

let terminal: Terminal;

beforeEach(() => {
  terminal = new Terminal({ cwd: '/' });
});
afterEach(() => terminal[Symbol.dispose]());

const step = (number: number): RegExp => new RegExp(`STEP ${number} of 9[\\s\\S]*^Enter: run coldsign`, 'm');

test('a step is led: its secret is asked on the plain terminal, what was printed is read, and the next step comes', async () => {
  const secret = 'qx?7Kw/!Ap'.repeat(5);
  terminal.run(LED);
  const first = await terminal.until(GO);
  expect(first).toMatch(/^ \*\*\* PRACTICE \*\*\* {2}A made-up ceremony +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/m);
  terminal.press('Enter');
  // Secrets are asked for on a screen of their own, which says what runs.
  expect(await terminal.until(/^secret:$/m)).toBe(
    `PRACTICE   step 1 of 9   Sign example.\n\ncoldsign zone sign example.\n\nsecret:${'\n'.repeat(20)}`,
  );
  for (const letter of secret) terminal.type(letter);
  terminal.press('Enter');
  const result = await terminal.until(/^Enter: this was read, go on$/m);
  expect(result).toContain('done: it has printed');
  terminal.press('End');
  expect(await terminal.until('coldsign: a note')).toContain('line 50 of the command');
  terminal.press('Enter');
  await terminal.until(step(2));
  terminal.press('C-c');
  expect(await terminal.until(/^said .*$/m)).toContain(`said go; secrets of ${secret.length} letters`);
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
  expect(terminal.captures.filter((screen) => screen.includes(secret.slice(0, 10)))).toEqual([]);
});

test('Enter that is held down, and what is typed ahead, go no further than one page', async () => {
  terminal.run(LED);
  await terminal.until(GO);
  terminal.press('Enter');
  await terminal.until(/^secret:$/m);
  terminal.type('abc');
  // As a keyboard repeats: into the secret, the page of the result, and whatever would come after it.
  for (let i = 0; i < 15; i++) terminal.press('Enter');
  await terminal.until(/^Enter: this was read, go on$/m);
  terminal.press('Enter');
  await terminal.until(step(2));
  terminal.press('C-c');
  await terminal.until(/said go; secrets of 3 letters/);
});

test('a secret that is typed before it is asked for does not show, and Ctrl-C still ends what runs', async () => {
  terminal.run(`${LED} late`);
  await terminal.until(GO);
  terminal.press('Enter');
  await terminal.until(/^coldsign zone sign example\.$/m);
  // They would give a shell to the room, and the memory of the program to a file.
  terminal.press('C-z', 'C-\\');
  terminal.type('qx?7Kw');
  process.kill(terminal.child, 'SIGUSR2');
  await terminal.until(/^secret:$/m);
  terminal.press('Enter');
  await terminal.until(/^Enter: this was read, go on$/m);
  terminal.press('Enter');
  await terminal.until(step(2));
  terminal.press('Enter');
  await terminal.until(/^PRACTICE {3}step 2[\s\S]*^coldsign zone sign example\.$/m);
  terminal.press('C-c');
  expect(await terminal.untilRestored()).toBe(`status-130-${NORMAL}`);
  expect(terminal.sent().toString()).not.toContain('qx?7Kw');
});

test('line by line a secret that is typed too early does not show either, and signals leave the terminal as it was', async () => {
  terminal.run(`${LED} plain`);
  await terminal.until(/^go > *$/m);
  terminal.run('go');
  await terminal.until(/^go > go$/m);
  terminal.type('qx?7Kw');
  process.kill(terminal.child, 'SIGUSR2');
  await terminal.until(/^secret:/m);
  terminal.press('Enter');
  await terminal.until(/^done: it has printed[\s\S]*^Enter when it was read/m);
  terminal.press('Enter');
  await terminal.until(/step 2 of 9[\s\S]*^go > *$/m);
  terminal.run('go');
  await terminal.until(/^go > go$/m);
  process.kill(terminal.child, 'SIGTERM');
  expect(await terminal.untilRestored()).toBe(`status-143-${NORMAL}`);
  expect(terminal.sent().toString()).not.toContain('qx?7Kw');
});

test('nobody stops it from outside: the page is there, and takes its keys', async () => {
  terminal.run(LED);
  await terminal.until(GO);
  process.kill(terminal.child, 'SIGTSTP');
  terminal.press('p');
  await terminal.until(/^why\?\n> _$/m);
  terminal.type('lunch');
  await terminal.until('> lunch_');
  terminal.press('Enter');
  await terminal.until(step(2));
  terminal.press('C-c');
  await terminal.until(/said pause, lunch; /);
});

test('what is left behind by kill -9 is put right when coldsign leaves its pages the next time', async () => {
  terminal.run(LED);
  await terminal.until(GO);
  process.kill(terminal.child, 'SIGKILL');
  await terminal.until(/Killed[\s\S]*shell> *$/m);
  // The page that was left there must not be taken for the next one.
  terminal.run('clear');
  await terminal.until(/^\s*shell> *\s*$/);
  terminal.run(LED);
  await terminal.until(GO);
  terminal.press('C-c');
  await terminal.until(/^said /m);
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
});

test('a question can be left, and the step is there again; its answer is shown as typed', async () => {
  terminal.run(LED);
  await terminal.until(GO);
  terminal.press('p');
  await terminal.until(/^why\?\n> _$/m);
  terminal.type('the wit');
  await terminal.until(/^> the wit_$/m);
  terminal.press('Escape');
  await terminal.until(/^!! ceremony\/unanswered: "why\?" was not answered$/m);
  await terminal.until(step(2));
  terminal.press('p');
  await terminal.until(/^why\?\n> _$/m);
  terminal.type('lunch');
  await terminal.until('> lunch_');
  terminal.press('Enter');
  await terminal.until(step(3));
  terminal.press('C-c');
  await terminal.until(/said pause, pause, lunch; /);
});

test('sizes: 40x12 is reduced, smaller says so, and the step is there again', async () => {
  terminal.run(LED);
  await terminal.until(GO);
  terminal.resize(40, 12);
  await terminal.until(/^ \*\*\* PRACTICE \*\*\* {2}A made-up.* +\d\d:\d\d:\d\dZ$/m);
  terminal.resize(15, 3);
  await terminal.until(/terminal too\nsmall \(15x3\)/);
  terminal.resize(80, 24);
  const screen = await terminal.until(GO);
  expect(screen.match(/PRACTICE/g)).toHaveLength(1);
  terminal.press('C-c');
  await terminal.until(/^said /m);
});

test.each([
  ['TERM', 143, 'on a step'],
  ['HUP', 129, 'on a step'],
  ['INT', 130, 'in a command'],
  ['TERM', 143, 'in a command'],
  ['TERM', 143, 'before the first page'],
] as const)('SIG%s (%s) %s leaves the terminal as it was', async (signal, status, where) => {
  terminal.run(`${LED} ${where === 'before the first page' ? 'early' : ''}`);
  if (where !== 'before the first page') await terminal.until(GO);
  if (where === 'in a command') terminal.press('Enter');
  if (where !== 'on a step') await terminal.until(/^secret:$/m);
  process.kill(terminal.child, `SIG${signal}`);
  expect(await terminal.untilRestored()).toBe(`status-${status}-${NORMAL}`);
});
