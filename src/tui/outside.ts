import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Outside } from '../../tui/desk.ts';
import { plain } from '../audit/describe.ts';
import { readClock } from '../config/time-text.ts';
import { statusOf } from './child.ts';
import type { WorkspaceData } from './workspace-data.ts';

/** What the screens need of the machine, and why they have ended. */
export interface Machine extends Outside {
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SECOND = 1000;

/** Clock, signals, and commands on the plain terminal. */
export function makeMachine(data: WorkspaceData, stdout: NodeJS.WriteStream): Machine {
  let signal: NodeJS.Signals | undefined;
  let child: ReturnType<typeof spawn> | undefined;
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
      // PINs are typed into the command: this process never sees them.
      child = spawn(command, [...args, ...act.argv], { cwd, stdio: 'inherit' });
      const status = await statusOf(child);
      child = undefined;
      stdout.write(`\nexit ${status}${status === 0 ? '' : `: ${MEANING[status] ?? 'see above'}`}. Enter goes back to the screens.\n`);
      if (signal === undefined) await enter();
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

/** Waits for a line on the terminal itself: standard input belongs to the screens. */
async function enter(): Promise<void> {
  const terminal = new ReadStream(openSync('/dev/tty', 'r'));
  try {
    const lines = createInterface({ input: terminal });
    await new Promise<void>((resolve) => lines.once('line', () => resolve()).once('close', resolve));
    lines.close();
  } finally {
    terminal.destroy();
  }
}

function explain(error: unknown): string {
  if (error instanceof Refusal || error instanceof Fault) return plain(`${error.code}: ${error.message}; next: ${error.hint}`);
  return plain(`bug: ${error instanceof Error ? error.message : String(error)}`);
}
