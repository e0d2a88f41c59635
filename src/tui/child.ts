import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Fault } from '../../signer/errors.ts';

/** The program itself, as it was started. */
export interface ProgramLine {
  readonly command: string;
  readonly args: readonly string[];
  /** Root of the workspace: commands find it from there. */
  readonly cwd: string;
}

/** How a command ended. */
export interface Ending {
  /** Exit status; 128 and its number where a signal ended it. */
  readonly status: number;
  readonly signal?: NodeJS.Signals;
}

/**
 * Waits until it has ended, and all that it wrote has come. It does not outlive this process, if that ends in any way that can be seen.
 * @throws Fault setup/not-started
 */
export function endOf(child: ChildProcess): Promise<Ending> {
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  return new Promise<Ending>((resolve, reject) => {
    child.once('close', (code, signal) => {
      resolve(signal === null ? { status: code ?? 70 } : { status: 128 + constants.signals[signal], signal });
    });
    // Told of an abort too; then it ends, and that is waited for.
    child.on('error', (cause) => {
      if (child.pid === undefined) reject(notStarted(child, cause));
    });
  }).finally(() => process.off('exit', kill));
}

function notStarted({ spawnfile }: ChildProcess, cause: Error): Fault {
  const why = (cause as NodeJS.ErrnoException).code ?? cause.message;
  return new Fault(
    'setup/not-started',
    `${spawnfile} could not be started (${why})`,
    'look whether the program and the folder of the workspace are where they were',
    { cause },
  );
}

/**
 * A command of the program whose lines are read; it is ended when the signal comes.
 * @throws Fault setup/not-started; AbortError where the signal came
 */
export async function readLines(
  program: ProgramLine,
  argv: readonly string[],
  signal: AbortSignal,
  use: (line: string) => void,
): Promise<{ readonly status: number; readonly complaint: string }> {
  signal.throwIfAborted();
  const child = spawn(program.command, [...program.args, ...argv], { cwd: program.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = endOf(child);
  // It is waited for below, when all lines have come; until then nobody would hear of it.
  ended.catch(() => {});
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 2000);
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!signal.aborted) use(line);
    }
    const { status } = await ended;
    signal.throwIfAborted();
    return { status, complaint };
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
