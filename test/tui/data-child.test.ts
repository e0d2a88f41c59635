import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/program.ts';
import { asAsked, withAsked } from '../../src/tui/asked.ts';
import { endOf, type ProgramLine, readLines } from '../../src/tui/child.ts';
import { endText, makeMachine } from '../../src/tui/outside.ts';
import type { Answer, Request } from '../../tui/data.ts';
import type { Streams } from '../../tui/main.ts';
import { NODE, quote } from '../support/cli.ts';
import { makeLargeWorkspace } from './support/made-workspace.ts';
import { SUMMARY, sampleAnswer } from './support/sample.ts';
import { Terminal } from './support/tmux.ts';

/** Commands that the screens run: how their end is told, that none is left behind, and what they are given. */
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldsign-child-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const shell = (script: string): ProgramLine => ({ command: 'sh', args: ['-c', script, 'sh'], cwd: dir });
const never = new AbortController().signal;

/** Waits for what a process of its own does. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the end of a command', () => {
  test.each([
    ['exit 0', 0, 'exit 0'],
    ['exit 3', 3, 'exit 3: a fault of token or disk'],
    ['kill -INT $$', 130, 'exit 130: interrupted'],
    ['kill -KILL $$', 137, 'exit 137: ended by SIGKILL'],
    ['kill -SEGV $$', 139, 'exit 139: ended by SIGSEGV'],
    ['kill -TERM $$', 143, 'exit 143: ended by SIGTERM'],
  ])('%s is told as %i: %s', async (script, status, text) => {
    const ending = await endOf(spawn('sh', ['-c', script], { stdio: 'ignore' }));
    expect(ending.status).toBe(status);
    expect(endText(ending)).toBe(text);
  });

  test('a program or a folder that is not there any more is a fault, not a crash', async () => {
    await expect(readLines({ ...shell('true'), cwd: join(dir, 'gone') }, [], never, () => {})).rejects.toMatchObject({
      code: 'setup/not-started',
    });
    await expect(endOf(spawn(join(dir, 'nothing')))).rejects.toMatchObject({ code: 'setup/not-started' });
  });

  test('what is stopped has ended before that is told, however much it still writes', async () => {
    const stop = new AbortController();
    const pid = join(dir, 'pid');
    const lines: string[] = [];
    const read = readLines(shell(`echo $$ > ${quote(pid)}; while :; do echo line; done`), [], stop.signal, (line) => {
      lines.push(line);
      if (lines.length === 10) stop.abort();
    });
    await expect(read).rejects.toThrow(/abort/i);
    expect(lines).toHaveLength(10);
    expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
    await expect(readLines(shell('touch began'), [], AbortSignal.abort(), () => {})).rejects.toThrow(/abort/i);
    expect(existsSync(join(dir, 'began'))).toBe(false);
  });

  test('a process that ends while it waits for a command takes it along', async () => {
    const pid = join(dir, 'orphan');
    const child = fileURLToPath(new URL('../../src/tui/child.ts', import.meta.url));
    const script = join(dir, 'parent.ts');
    writeFileSync(
      script,
      `import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { endOf } from ${JSON.stringify(child)};
endOf(spawn('sh', ['-c', 'echo $$ > ${pid}.part; mv ${pid}.part ${pid}; exec sleep 600'], { stdio: 'ignore' })).catch(() => {});
setInterval(() => { if (existsSync(${JSON.stringify(pid)})) process.exit(7); }, 5);
`,
    );
    expect(await endOf(spawn(NODE, [script], { stdio: 'ignore' }))).toEqual({ status: 7 });
    const orphan = Number(readFileSync(pid, 'utf8'));
    await until(() => !isAlive(orphan));
  });
});

test('signals are handed on to a command, the second one too: this process ends after it, not before', async () => {
  const script = `trap 'echo >> terms; if [ $(wc -l < terms) -eq 2 ]; then exit 5; fi' TERM; touch ready; while :; do sleep 0.02; done`;
  const data = {
    program: shell(script),
    summary: () => SUMMARY,
    refresh: () => false,
    load: async (request: Request) => sampleAnswer(request),
  };
  const streams = { stdin: new PassThrough(), stdout: new PassThrough() } as unknown as Streams;
  const machine = makeMachine(data, streams);
  const before = new Set(process.listeners('SIGTERM'));
  let ends = 0;
  const off = machine.onEnd(() => ends++);
  const mine = process.listeners('SIGTERM').find((one) => !before.has(one))!;
  const run = machine.run({ argv: [], text: '', confirm: '' });
  await until(() => existsSync(join(dir, 'ready')));
  mine('SIGTERM');
  expect(machine.signal).toBe('SIGTERM');
  // The screens are gone by now.
  off();
  await until(() => existsSync(join(dir, 'terms')));
  expect(process.listeners('SIGTERM')).toContain(mine);
  mine('SIGTERM');
  expect(await run).toBe(5);
  expect(process.listeners('SIGTERM')).not.toContain(mine);
  expect(ends).toBe(2);
});

describe('--as, --now and --ascii', () => {
  const io = { out: { write: () => true }, err: process.stderr };
  const commands = makeProgram(io, () => {});
  const asked = { as: 'carol', isTimeGiven: true };
  const NOW = 1_795_521_600;

  test('are handed on to commands that take them, and to no others', () => {
    expect(asAsked(['zone', 'sign', 'example.'], commands, asked, NOW)).toEqual(
      'zone sign example. --as carol --now 2026-11-24T12:00:00Z'.split(' '),
    );
    expect(asAsked(['zone', 'sign', 'example.', '--as', 'dave'], commands, { as: 'carol', isTimeGiven: false }, NOW)).toEqual(
      'zone sign example. --as dave'.split(' '),
    );
    expect(asAsked(['status'], commands, asked, NOW)).toEqual(['status', '--now', '2026-11-24T12:00:00Z']);
    expect(asAsked(['audit', 'export', 'x.tar'], commands, { isTimeGiven: false }, NOW)).toEqual(['audit', 'export', 'x.tar']);
    // Who cannot see more than ASCII cannot see it in the ceremony either.
    const drawn = { isTimeGiven: false, ascii: true };
    expect(asAsked(['ceremony', 'run', 'f.yaml'], commands, drawn, NOW)).toEqual('ceremony run f.yaml --ascii'.split(' '));
    expect(asAsked(['zone', 'sign', 'example.'], commands, drawn, NOW)).toEqual('zone sign example.'.split(' '));
    // The clock has gone on since it was shown.
    const shown = asAsked(['roll', 'advance', '--zone', 'example.'], commands, asked, NOW);
    expect(asAsked(shown, commands, asked, NOW + 90)).toEqual(
      'roll advance --zone example. --as carol --now 2026-11-24T12:01:30Z'.split(' '),
    );
  });

  test('stand in every command that is offered', () => {
    const act = { argv: ['ceremony', 'run', 'a.yaml'], text: '', confirm: 'ceremony' };
    const answer: Answer = withAsked({ of: 'ceremony', act }, commands, asked, NOW);
    expect(answer).toMatchObject({ act: { argv: 'ceremony run a.yaml --as carol --now 2026-11-24T12:00:00Z'.split(' ') } });
    const plain: Answer = { of: 'ceremony', act };
    expect(withAsked(plain, commands, { isTimeGiven: false }, NOW)).toBe(plain);
  });

  test('in a terminal: the clock goes on from the time that was given, the person is in the command; a stranger is refused', async () => {
    const site = await makeLargeWorkspace(join(dir, 'site'), { zones: 2 });
    const tui = `${quote(NODE)} ${quote(fileURLToPath(new URL('../../src/cli.ts', import.meta.url)))} tui`;
    using terminal = new Terminal({ cwd: site.dir });
    terminal.run(`clear; ${tui} --as eve`);
    await terminal.until(/policy\/unknown-person[\s\S]*--as eve: the configuration in force names carol/);
    expect(await terminal.untilRestored()).toMatch(/^status-1-/);
    terminal.run(`clear; ${tui} --as carol --now 2026-12-30T23:59:59Z`);
    await terminal.until(/coldsign zone sign zone-0000\d\.example\. --as carol --now 2026-12-3\dT/);
    await terminal.until(/2026-12-31 00:00:\d\d/);
    terminal.press('q');
    await terminal.untilRestored();
  });
});
