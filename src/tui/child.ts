import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The program itself, as it was started. */
export interface ProgramLine {
  readonly command: string;
  readonly args: readonly string[];
  /** Root of the workspace: commands find it from there. */
  readonly cwd: string;
}

/** @returns exit status; 128 and its number where a signal ended it */
export async function statusOf(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === 'SIGINT' ? 130 : 143);
}

/** A command of the program whose lines are read; it ends when the signal does. */
export async function readLines(
  program: ProgramLine,
  argv: readonly string[],
  signal: AbortSignal,
  use: (line: string) => void,
): Promise<{ readonly status: number; readonly complaint: string }> {
  const child = spawn(program.command, [...program.args, ...argv], {
    cwd: program.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  });
  // An abort is told by the signal; without a listener it would end the program.
  child.on('error', () => {});
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 2000);
  });
  const ended = statusOf(child);
  for await (const line of createInterface({ input: child.stdout })) use(line);
  const status = await ended;
  signal.throwIfAborted();
  return { status, complaint };
}
