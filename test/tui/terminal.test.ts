import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NODE, quote } from '../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { Terminal } from './support/tmux.ts';

/** The program as it is, in a real terminal: keys are typed, and the screen is read back. */
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const SECRET_PROMPT = fileURLToPath(new URL('support/secret-prompt.ts', import.meta.url));
const TUI = `${quote(NODE)} ${quote(CLI)} tui`;

let workspace: TestWorkspace;
let terminal: Terminal;

beforeAll(async () => {
  workspace = await makeTestWorkspace({
    practice: true,
    zones: { 'example.': EXAMPLE_ZONE, 'two.example.': EXAMPLE_ZONE.replaceAll('example.', 'two.example.') },
  });
});
beforeEach(() => {
  terminal = new Terminal({ cwd: workspace.dir });
});
afterEach(() => {
  captures.push(...terminal.captures);
  terminal[Symbol.dispose]();
});
afterAll(() => workspace[Symbol.dispose]());

/** Of all tests. */
const captures: string[] = [];

async function begin(args = '', wanted = /\d+ zones: /): Promise<void> {
  terminal.run(`clear; ${TUI} ${args}`);
  await terminal.until(wanted);
}

const NORMAL = 'icanon echo, 0 1 0';

describe('in a terminal of 80x24', () => {
  test('every screen comes by its key, and q leaves a terminal as it was, with a summary', async () => {
    await begin();
    await terminal.until(/^> \[DUE\] +(?:two\.)?example\. +never released/m);
    for (const [key, wanted] of [
      ['2', /KSK \d+ +13 +generated/],
      ['3', /4 keys, 3 tokens/],
      ['4', /G=?e?n?.* A/],
      ['5', /coldsign roll advance --zone/],
      ['6', /session\.close/],
      ['7', /was never released/],
      ['?', /this help; again: back/],
      ['1', /2 zones: 2 due/],
    ] as const) {
      terminal.press(key);
      const screen = await terminal.until(wanted);
      expect(screen).toContain('PRACTICE');
      // "Every act exists as a command": which one, stands on every screen.
      expect(screen).toMatch(/coldsign \S+/);
    }
    terminal.press('q');
    await terminal.until(/2 zones, 2 due\n/);
    expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
  });

  test('an act is shown as a command, runs on the plain terminal, and the screens follow', async () => {
    await begin('--zone two.example.', /two\.example\. \[DUE\]/);
    terminal.press('!');
    await terminal.until('to run it type two.example.');
    terminal.type('y');
    terminal.press('Enter');
    await terminal.until('not run: two.example. was asked for, and "y" was typed');
    terminal.press('!');
    await terminal.until('to run it type two.example.');
    terminal.type('two.example.');
    await terminal.until('two.example._');
    terminal.press('Enter');
    await terminal.until('exit 0. Enter goes back to the screens.');
    terminal.press('Enter');
    await terminal.until('done: coldsign zone sign two.example.');
    terminal.press('7');
    await terminal.until('[ok] verifier: ');
    terminal.press('q');
    await terminal.until('ran coldsign zone sign two.example.: exit 0');
    expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
    const shown = await inProcess('release', 'show', workspace.path('releases', 'two.example', 'current'), '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ manifest: { zone: 'two.example.' } });
  });

  test('sizes: 40x12 is reduced, smaller says so, and what was looked at is there again', async () => {
    await begin();
    terminal.press('6');
    await terminal.until('session.close');
    terminal.press('Down', 'Down', 'Down');
    const before = (await terminal.until(/ {2}4\/\d+/)).match(/^> \d+/m)![0];
    terminal.resize(40, 12);
    await terminal.until(/PRACTICE {2}log +\d\d:\d\d:\d\dZ$/m);
    terminal.resize(15, 3);
    await terminal.until(/terminal too\nsmall \(15x3\)/);
    terminal.resize(80, 24);
    expect((await terminal.until(/ {2}4\/\d+/)).match(/^> \d+/m)![0]).toBe(before);
    terminal.press('q');
    await terminal.until('2 zones, ');
  });

  test.each([
    ['Ctrl-C', 'INT', 0],
    ['SIGTERM', 'TERM', 143],
    ['SIGHUP', 'HUP', 129],
  ] as const)('%s leaves the terminal as it was', async (name, signal, status) => {
    await begin();
    if (name === 'Ctrl-C') terminal.press('C-c');
    else process.kill(terminal.child, `SIG${signal}`);
    await terminal.until(/log audit\.example\/test with \d+ entries/);
    expect(await terminal.untilRestored()).toBe(`status-${status}-${NORMAL}`);
  });

  test('killed, it leaves no lock behind, and the log as it was', async () => {
    const before = workspace.read('audit', 'entries.jsonl');
    await begin();
    process.kill(terminal.child, 'SIGKILL');
    await terminal.until('Killed');
    // The other screen is what a killed program cannot leave.
    await terminal.until(/^shell> *$/m);
    terminal.run('stty sane; tput rmcup; clear');
    await terminal.until(/^shell> *\n\n/);
    expect(readdirSync(workspace.dir)).not.toContain('lock');
    expect(workspace.read('audit', 'entries.jsonl')).toBe(before);
    expect((await workspace.run('status')).status).toBe(0);
  });
});

test('--watch follows the log, and runs nothing', async () => {
  await begin('--watch');
  const before = Number((await terminal.until(/log: \d+ entries/)).match(/log: (\d+) entries/)![1]);
  expect(terminal.screen()).toContain('WATCHING');
  terminal.press('!');
  await workspace.must('zone', 'sign', 'example.');
  const after = await terminal.until(new RegExp(`log: (?!${before} )\\d+ entries`));
  expect(after).not.toContain('to run it type');
  await terminal.until(/\[wait\] +example\. /);
  terminal.press('q');
  await terminal.until(/2 zones, \d due/);
});

/** ESC [ numbers m */
const STYLE = new RegExp(`${String.fromCodePoint(27)}\\[([\\d;]*)m`, 'g');

test('NO_COLOR, TERM=linux and a screen reader', async () => {
  using plain = new Terminal({ cwd: workspace.dir, env: { NO_COLOR: '1', TERM: 'linux' } });
  plain.run(`clear; ${TUI}`);
  await plain.until(/\[wait\] +example\. /);
  plain.press('4');
  await plain.until(/A=+\|?=*/);
  const drawn = plain.screen(true);
  expect(stripVTControlCharacters(drawn)).toMatch(/^[ -~\n]*$/);
  // SGR 30 to 38 and 90 to 97 are colours (ECMA-48 8.3.117).
  const styles = [...drawn.matchAll(STYLE)].flatMap(([, numbers = '']) => numbers.split(';').map(Number));
  expect(styles.filter((number) => (number >= 30 && number <= 38) || (number >= 90 && number <= 97))).toEqual([]);
  plain.press('q');
  await plain.untilRestored();
  plain.run(`clear; INK_SCREEN_READER=true ${TUI}`);
  await plain.until(/selected: \[wait\]/);
  plain.press('q');
  await plain.until('2 zones, ');
});

/** The screens, with a command that waits for a secret. */
async function secretAsked(): Promise<void> {
  terminal.run(`clear; ${quote(NODE)} ${quote(SECRET_PROMPT)} ${quote('qx?7Kw')}`);
  await terminal.until(/^> \[BOGUS\]/m);
  terminal.press('!');
  await terminal.until('to run it type late.example.');
  terminal.type('late.example.');
  await terminal.until('late.example._');
  terminal.press('Enter');
  await terminal.until('secret:');
}

test('what is typed into a command comes to the command alone, every letter of it', async () => {
  const secret = 'qx?7Kw/!'.repeat(12);
  await secretAsked();
  for (const letter of secret) terminal.type(letter);
  terminal.press('Enter');
  await terminal.until(`got ${secret.length} letters`);
  await terminal.until('Enter goes back');
  terminal.press('Enter');
  await terminal.until('done: coldsign zone sign late.example.');
  // And the screens have their keys again.
  terminal.press('6', 'Down', 'Down');
  await terminal.until(/ {2}3\/1000000/);
  terminal.press('q');
  await terminal.until('the model does not hold it, search ""');
});

test('Ctrl-C in a command is for the command; the screens are there again after it', async () => {
  await secretAsked();
  terminal.press('C-c');
  await terminal.until('exit 130: interrupted. Enter goes back');
  terminal.press('Enter');
  await terminal.until('exit 130: coldsign zone sign late.example.');
  terminal.press('q');
  await terminal.until('the model does not hold it');
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
});

test('SIGTERM while a command has the terminal ends both, and leaves the terminal as it was', async () => {
  await secretAsked();
  process.kill(terminal.child, 'SIGTERM');
  await terminal.until('the model does not hold it');
  expect(await terminal.untilRestored()).toBe(`status-0-${NORMAL}`);
});

test('without a terminal it is refused, with the commands that tell the same', async () => {
  const refused = await inProcess('tui', '--dir', workspace.dir);
  expect(refused.status).toBe(2);
  expect(refused.err).toMatch(/usage\/no-terminal: the screens need a terminal, and .* none\n {2}next: coldsign status, /);
});

test('no PIN was on any screen, in the log, or among the arguments of a process', () => {
  const pin = workspace.read('token', 'pin').trim();
  expect(pin.length).toBeGreaterThan(5);
  expect(captures.length).toBeGreaterThan(20);
  expect(captures.filter((screen) => screen.includes(pin))).toEqual([]);
  expect(workspace.read('audit', 'entries.jsonl')).not.toContain(pin);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) expect(commandLine(pid)).not.toContain(pin);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
