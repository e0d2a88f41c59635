import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import type { Stage } from '../../ceremony/leader/stage.ts';
import { quote } from '../../support/cli.ts';
import type { Terminal } from '../support/tmux.ts';
import { expectNoSecret, expectSound } from './afterwards.ts';
import { paperOf } from './company.ts';
import { lead } from './lead.ts';
import { ENTER, PAGE_SEAT } from './page-seat.ts';
import { PLAIN_SEAT } from './plain-seat.ts';
import type { Asked } from './seat.ts';
import { COLDSIGN, World } from './world.ts';

/* One ceremony, interrupted again and again: in a question, where a passphrase is typed, and while a command runs. */

const NORMAL = 'icanon echo, 0 1 0';
/**
 * A program that is killed cannot leave the other screen, nor show the cursor where a page has hidden it: the ceremony that goes on does, at its end.
 * Lines and echo the shell takes back by itself.
 */
const KILLED = { onPage: 'icanon echo, 1 0 0', between: 'icanon echo, 1 1 0' };

const world = new World();
let stage: Stage;
let file: string;
let paper: string;
let steps: readonly ConcreteStep[];
let made: string;
afterAll(() => world[Symbol.dispose]());
beforeAll(async () => {
  await world.make('practice', 'no shares');
  stage = await world.leadingStage();
  await world.workspace.must('key', 'generate', '--zone', 'example.');
  made = world.path('out', 'made.tar');
  file = await stage.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', `export=${made}`);
  steps = expandScript(stage.script(file));
  paper = paperOf(world.workspace.dir);
});

/** Steps that nobody interrupts. */
async function leadTo(step: string | undefined): Promise<void> {
  await using leader = await stage.open(file);
  while (leader.progress().current?.id !== step) await stage.step(leader, paper);
  if (step === undefined) await leader.end();
}

interface Room {
  readonly terminal: Terminal;
  readonly isPlain: boolean;
  /** As stty tells it before anything runs. */
  readonly mode: string;
}

async function openRoom(isPlain: boolean): Promise<Room> {
  const terminal = world.open();
  return { terminal, isPlain, mode: await world.modeOf(terminal) };
}

/** Goes on with the ceremony, up to the place. @returns the step at which it went on */
async function goOn({ terminal, isPlain }: Room, isPlace: (asked: Asked, step: string) => boolean): Promise<string | undefined> {
  terminal.run(`clear; ${COLDSIGN} ceremony run ${isPlain ? '--plain ' : ''}${quote(file)} --dir workspace`);
  const visited = await lead({
    terminal,
    seat: isPlain ? PLAIN_SEAT : PAGE_SEAT,
    company: world.company(paper),
    steps,
    title: 'Routine signing of example.',
    mode: 'PRACTICE',
    onPrompt(asked, step) {
      world.lookAt(terminal, asked);
      return isPlace(asked, step?.id ?? '') ? 'stop' : undefined;
    },
  });
  return visited[0];
}

/** Who holds the workspace, or the ceremony: a lock of a process that is gone holds nobody up. */
function holders(): readonly number[] {
  const locks = readdirSync(world.workspace.dir).filter((name) => name.startsWith('lock'));
  return locks
    .map((name) => (JSON.parse(readFileSync(world.workspace.path(name), 'utf8')) as { readonly pid: number }).pid)
    .filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const SIGNALS = [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGKILL', 137],
] as const;
/** Line by line SIGHUP is handled as SIGTERM is; full screen each has a screen to leave. */
const signalsOf = (isPlain: boolean) => (isPlain ? SIGNALS.filter(([signal]) => signal !== 'SIGHUP') : SIGNALS);
const ROOMS = [
  ['full screen', false],
  ['line by line', true],
] as const;

async function interrupted(
  { terminal, isPlain, mode }: Room,
  signal: NodeJS.Signals,
  status: number,
  where: keyof typeof KILLED,
): Promise<void> {
  process.kill(terminal.child, signal);
  const left = signal === 'SIGKILL' && !isPlain ? KILLED[where] : NORMAL;
  expect(await terminal.untilRestored()).toBe(`status-${status}-${left}`);
  expect(await world.modeOf(terminal)).toBe(mode);
  expect(holders()).toEqual([]);
}

/** Ctrl-C at a question. Line by line, what is told of it may be above the screen when the step stands there again. */
async function takenBack({ terminal }: Room, code: string): Promise<void> {
  const from = terminal.sentCount;
  terminal.press('C-c');
  await terminal.untilSome(() => (terminal.sent(from).includes(code) ? code : undefined), code);
}

/** Ctrl-C where a word is asked for. */
async function leave({ terminal, isPlain }: Room): Promise<void> {
  await terminal.until(isPlain ? /> *\n*$/ : ENTER);
  terminal.press('C-c');
  await terminal.until(/left; next: the same command goes on/);
  expect(await terminal.untilRestored()).toBe(`status-1-${NORMAL}`);
  expect(holders()).toEqual([]);
}

describe('in a question', () => {
  beforeAll(() => leadTo('recording'));

  test.each(ROOMS)('%s: the terminal is as it was, and the ceremony goes on at the step', async (_, isPlain) => {
    const room = await openRoom(isPlain);
    const goesOn = () => goOn(room, (asked, step) => asked.kind === 'line' && step === 'recording');
    for (const [signal, status] of signalsOf(isPlain)) {
      expect(await goesOn()).toBe('recording');
      await world.typeUntilRead(room.terminal, 'a camera, and');
      await interrupted(room, signal, status, 'onPage');
    }
    // Ctrl-C takes the question back; on the step it leaves the ceremony as it stands.
    expect(await goesOn()).toBe('recording');
    await takenBack(room, 'ceremony/unanswered');
    await leave(room);
  });
});

describe('where a passphrase is typed', () => {
  beforeAll(() => leadTo('approve'));

  test.each(ROOMS)('%s: nothing of it shows when the shell has the terminal again', async (_, isPlain) => {
    const room = await openRoom(isPlain);
    const goesOn = () => goOn(room, (asked) => asked.kind === 'secret');
    for (const [signal, status] of signalsOf(isPlain)) {
      expect(await goesOn()).toBe('approve');
      await world.typeUntilRead(room.terminal, world.passphrases['carol']!.slice(0, -1));
      await interrupted(room, signal, status, 'between');
    }
    expect(await goesOn()).toBe('approve');
    await takenBack(room, 'pin/cancelled');
    await leave(room);
  });
});

describe('while a command runs', () => {
  beforeAll(() => leadTo('sign:example.'));

  /** From the moment at which the log has its session. */
  async function begunCommand(room: Room): Promise<void> {
    const seat = room.isPlain ? PLAIN_SEAT : PAGE_SEAT;
    await goOn(room, (asked, step) => step === 'sign:example.' && asked.kind === 'word' && asked.usual === 'go');
    const before = attempts();
    await seat.say(room.terminal, 'go');
    while (attempts() === before) await setTimeout(5);
  }

  /** Sessions of the command of the step. */
  const attempts = (): number =>
    [...entriesFrom(readWorkspace(world.workspace.dir).content, 0)].filter(
      ({ type, data }) => type === 'session.open' && 'step' in data && data.step === 'sign:example.' && data.command === 'zone sign',
    ).length;

  test.each(ROOMS)('%s: the step is still there, and begins once more', async (_, isPlain) => {
    const room = await openRoom(isPlain);
    for (const [signal, status] of [...signalsOf(isPlain), ['SIGINT', 130] as const]) {
      await begunCommand(room);
      await interrupted(room, signal, status, 'between');
    }
  });
});

test('the ceremony is led to its end: every step is done once, log and release are in order', async () => {
  await leadTo(undefined);
  await expectSound(world, steps, made);
  expect(readdirSync(world.workspace.dir).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('no PIN and no passphrase is on a screen, in a file, among arguments or in an environment', () => {
  expectNoSecret(world, { terminals: [], files: ['workspace/token/pin'] });
});
