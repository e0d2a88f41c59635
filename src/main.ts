import { CommanderError } from 'commander';
import { Fault, Refusal } from '../signer/errors.ts';
import type { Io } from './io.ts';
import { makeProgram } from './program.ts';

/** Exit statuses: 0 done, 1 refused, 2 usage, 3 fault of token or disk, 70 bug. */
export const EXIT = { done: 0, refused: 1, usage: 2, fault: 3, bug: 70 } as const;

/** Arguments → command → exit status. The only place that catches. */
export async function main(args: readonly string[], io: Io = { out: process.stdout, err: process.stderr }): Promise<number> {
  ignoreClosedPipe(io);
  let status: number = EXIT.done;
  try {
    const setStatus = (code: number): void => {
      status = code;
    };
    await makeProgram(io, setStatus, main).parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof Refusal) {
    io.err.write(message(error));
    return error.code.startsWith('usage/') ? EXIT.usage : EXIT.refused;
  }
  if (error instanceof Fault) {
    io.err.write(message(error));
    return EXIT.fault;
  }
  io.err.write(`coldsign: bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.bug;
}

function message({ code, message, hint }: Refusal | Fault): string {
  return `coldsign: error ${code}: ${message}\n  next: ${hint}\n`;
}

/** `coldsign … | head` ends quietly, and with the status of the command: nobody reads on, but a bad zone stays bad. */
function ignoreClosedPipe(io: Io): void {
  // Commands of a ceremony run one after the other in one process: once is enough.
  if (io.out !== process.stdout || process.stdout.listenerCount('error') > 0) return;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    io.err.write(
      `coldsign: error file/not-writable: standard output could not be written (${error.code})\n  next: make room, or send it elsewhere\n`,
    );
    process.exit(EXIT.fault);
  });
  // Nobody reads the notes any more: no reason to stop the work.
  process.stderr.on('error', () => {});
}
