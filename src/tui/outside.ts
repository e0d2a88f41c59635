import { type ChildProcess, spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { DataSource } from '../../tui/data.ts';
import type { Outside } from '../../tui/desk.ts';
import type { Streams } from '../../tui/main.ts';
import { plain } from '../audit/describe.ts';
import { readClock } from '../config/time-text.ts';
import { type ProgramLine, statusOf } from './child.ts';

/** What the screens need of the machine, and why they have ended. */
export interface Machine extends Outside {
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SECOND = 1000;

/** Clock, signals, and commands on the plain terminal. */
export function makeMachine(data: DataSource & { readonly program: ProgramLine }, { stdin, stdout }: Streams): Machine {
  let signal: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const wait = async (started: ChildProcess): Promise<number> => {
    child = started;
    try {
      return await statusOf(started);
    } finally {
      child = undefined;
    }
  };
  return {
    data,
    now: readClock,
    explain,
    get signal() {
      return signal;
    },
    async run(act) {
      stdout.write(`coldsign ${act.argv.join(' ')}\n`);
      const { command, args, cwd } = data.program;
      await letGo(stdin);
      // PINs are typed into the command: this process never sees them.
      const status = await wait(spawn(command, [...args, ...act.argv], { cwd, stdio: 'inherit' }));
      stdout.write(`\nexit ${status}${status === 0 ? '' : `: ${MEANING[status] ?? 'see above'}`}. Enter goes back to the screens.\n`);
      // A reader of its own in this process would go on to take keys from the screens.
      if (signal === undefined) await wait(spawn('sh', ['-c', 'read -r line'], { stdio: 'inherit' }));
      return status;
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
      return () => {
        for (const name of SIGNALS) process.off(name, stop);
      };
    },
  };
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
