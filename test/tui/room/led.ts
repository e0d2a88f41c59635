import { once } from 'node:events';
import process from 'node:process';
import { promptSecret } from '../../../keystore/pin/prompt.ts';
import { Refusal } from '../../../signer/errors.ts';
import { InkRoom } from '../../../src/ceremony/ink-room.ts';
import { type OpenRoom, openRoom } from '../../../src/ceremony/open-room.ts';
import type { CeremonyView, StepView } from '../../../src/ceremony/view.ts';
import { makeTheme } from '../../../tui/theme.ts';

/**
 * led.ts [early|late|plain]: a made-up ceremony before its pages: each `go` asks for a secret on the terminal, prints, and shows what has come of it. At the end: which words were
 * said, and how long the secrets were. Early: a secret is asked for before the first page, too. Late: each is asked for
 * when SIGUSR2 comes, as by a command that takes its time. Plain: the same as late, line by line.
 */
const STEP: StepView = {
  id: 'sign',
  number: 1,
  act: 'Signing',
  title: 'Sign example.',
  role: 'custodian',
  holders: ['carol'],
  say: 'We sign example. now.',
  do: { kind: 'command', argv: ['zone', 'sign', 'example.'] },
  doing: 'coldsign zone sign example.',
  minutes: 5,
  attempt: 1,
  failure: undefined,
  confirm: undefined,
  missing: [],
  given: [],
};

const VIEW: CeremonyView = {
  id: '20261124T113000Z-3f2a91',
  title: 'A made-up ceremony',
  mode: 'practice',
  now: 0,
  done: 0,
  total: 9,
  stage: 'ready',
  roles: {},
  people: { custodian: ['carol', 'dave'] },
  present: ['carol'],
  step: STEP,
  openExceptions: [],
  paused: undefined,
  ended: undefined,
  shown: [],
};

const words: string[] = [];
const secrets: string[] = [];
const io = { out: process.stdout, err: process.stderr };
{
  const streams = { stdin: process.stdin, stdout: process.stdout };
  const clock = (): number => Math.floor(Date.now() / 1000);
  const isPlain = process.argv[2] === 'plain';
  const options = { streams, theme: makeTheme({ env: process.env }), clock };
  using room: OpenRoom = isPlain ? openRoom({ isPlain, clock }, io) : new InkRoom(options, io);
  if (process.argv[2] === 'early') secrets.push(await promptSecret('secret: '));
  for (let number = 1; await answered(room, { ...VIEW, done: number - 1, step: { ...STEP, number } }); number++);
}
process.stdout.write(`said ${words.join(', ')}; secrets of ${secrets.map(({ length }) => length).join(', ')} letters\n`);

/** @returns whether it goes on */
async function answered(room: OpenRoom, view: CeremonyView): Promise<boolean> {
  let said: string;
  try {
    said = await room.word(view);
  } catch (error) {
    return !(error instanceof Refusal);
  }
  words.push(said);
  try {
    await done(room, said);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    room.tell(`!! ${error.code}: ${error.message}\n`);
  }
  return true;
}

async function done(room: OpenRoom, said: string): Promise<void> {
  if (said === 'pause') words.push(await room.ask('why? '));
  if (said !== 'go') return;
  if (process.argv[2] === 'late' || process.argv[2] === 'plain') await asked();
  secrets.push(await promptSecret('secret: '));
  for (let i = 1; i <= 50; i++) room.io.out.write(`line ${i} of the command\n`);
  room.io.err.write('coldsign: a note\n');
  room.tell('\ndone: it has printed\n');
  await room.read();
}

/** A signal alone keeps no process alive. */
async function asked(): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  await once(process, 'SIGUSR2');
  clearInterval(alive);
}
