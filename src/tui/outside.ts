import { type ChildProcess, spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { DataSource } from '../../tui/data.ts';
import type { Outside } from '../../tui/desk.ts';
import type { Streams } from '../../tui/main.ts';
import { plain } from '../audit/describe.ts';
import { readClock } from '../config/time-text.ts';
import { type Ending, endOf, type ProgramLine } from './child.ts';

/** What the screens need of the machine, and why they have ended. */
export interface Machine extends Outside {
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SECOND = 1000;

/** What commands are run of. */
export interface CommandSource extends DataSource {
  readonly program: ProgramLine;
  /** The words of a command as they are at this moment, unix seconds; absent: as they stand. */
  argvOf?(argv: readonly string[], now: number): readonly string[];
}

/**
 * Clock, signals, and commands on the plain terminal.
 * @param clock unix seconds
 */
export function makeMachine(data: CommandSource, { stdin, stdout }: Streams, clock: () => number = readClock): Machine {
  let signal: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const wait = async (started: ChildProcess): Promise<Ending> => {
    child = started;
    try {
      return await endOf(started);
    } finally {
      child = undefined;
    }
  };
  return {
    data,
    now: clock,
    explain,
    get signal() {
      return signal;
    },
    async run(act) {
      const { command, args, cwd } = data.program;
      const argv = data.argvOf?.(act.argv, clock()) ?? act.argv;
      stdout.write(`coldsign ${argv.join(' ')}\n`);
      await letGo(stdin);
      // PINs are typed into the command: this process never sees them.
      const ending = await wait(spawn(command, [...args, ...argv], { cwd, stdio: 'inherit' }));
      stdout.write(`\n${endText(ending)}. Enter goes back to the screens.\n`);
      // A reader of its own in this process would go on to take keys from the screens.
      if (signal === undefined) await wait(spawn('sh', ['-c', 'read -r line'], { stdio: 'inherit' }));
      return ending.status;
    },
    every(tell) {
      const timer = setInterval(tell, SECOND);
      return () => clearInterval(timer);
    },
    onEnd(end) {
      const stop = (name: NodeJS.Signals): void => {
        // While a command runs, Ctrl-C is meant for it; it has got it from the terminal.
        if (child !== undefined && name === 'SIGINT') return;
        child?.kill(name);
        signal = name;
        end();
      };
      for (const name of SIGNALS) process.on(name, stop);
      const off = (): void => {
        for (const name of SIGNALS) process.off(name, stop);
      };
      // A second signal must not end this process before the command that it has begun.
      return () => {
        if (child === undefined) off();
        else child.once('close', off);
      };
    },
  };
}

/** Of a command, for whoever sits at the terminal. */
export function endText({ status, signal }: Ending): string {
  if (status === 0) return 'exit 0';
  return `exit ${status}: ${MEANING[status] ?? (signal === undefined ? 'see above' : `ended by ${signal}`)}`;
}

const MEANING: Readonly<Record<number, string>> = {
  1: 'refused',
  2: 'usage',
  3: 'a fault of token or disk',
  70: 'a bug',
  130: 'interrupted',
};

/**
 * Standard input is read no more until the screens ask for it again. Without this, what is typed into a command, a PIN among it, would partly come here.
 * Design note: Node stops reading at `pause`, and that is told only of a stream that is not read by `readable`, which takes a turn to be so.
 */
async function letGo(stdin: NodeJS.ReadStream): Promise<void> {
  await setImmediate();
  stdin.pause();
  await setImmediate();
}

function explain(error: unknown): string {
  if (error instanceof Refusal || error instanceof Fault) return plain(`${error.code}: ${error.message}; next: ${error.hint}`);
  return plain(`bug: ${error instanceof Error ? error.message : String(error)}`);
}
