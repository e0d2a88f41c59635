import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, createReadStream, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../../signer/errors.ts';

/** Debian package of each foreign program that coldsign may call. */
const PACKAGES = {
  'named-checkzone': 'bind9-utils',
  'dnssec-verify': 'bind9-utils',
  'ldns-verify-zone': 'ldnsutils',
  kzonecheck: 'knot-dnssecutils',
  nsd: 'nsd',
  unbound: 'unbound',
} as const;

export type ToolName = keyof typeof PACKAGES;

/** Servers live in sbin, which the PATH of an ordinary user leaves out on Debian. */
const ALSO_LOOK_IN = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @throws Refusal setup/tool-missing, naming the Debian package and the command that installs it */
export function findTool(name: ToolName, folders: readonly string[] = searchFolders()): string {
  const found = findProgram(name, folders);
  if (found !== undefined) return found;
  throw new Refusal(
    'setup/tool-missing',
    `${name} is not installed: it is in the Debian package ${PACKAGES[name]}; looked in ${folders.join(':')}`,
    `run as root: apt-get install ${PACKAGES[name]}`,
  );
}

/** Path of a program by its name; undefined if it is not installed. */
export function findProgram(name: string, folders: readonly string[] = searchFolders()): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function searchFolders(): readonly string[] {
  const ownPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...new Set([...ownPath, ...ALSO_LOOK_IN])];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export interface ToolRun {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Text, then the content of a file, written to the standard input. Without it standard input is empty. */
  readonly stdin?: { readonly head: string; readonly file: string };
  readonly timeoutSeconds: number;
}

export interface ToolResult {
  /** Undefined: ended by a signal, or never started. */
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly seconds: number;
  /** The end of standard output and standard error together, as they arrived. */
  readonly text: string;
}

const TEXT_LIMIT = 64 * 1024;
/** For what is still in the pipes when the program has ended. */
const GRACE_MS = 1000;

/** The environment of a foreign program: same output in every locale and time zone, nothing of ours. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? ALSO_LOOK_IN.join(delimiter), LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program without a shell and waits for its end; at the time limit it is killed by its process id. */
export async function runTool(run: ToolRun): Promise<ToolResult> {
  const started = process.hrtime.bigint();
  const child = spawn(run.file, run.args, {
    stdio: [run.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: toolEnvironment(),
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
  });
  const tail = collectTail(child);
  let timedOut = false;
  let failure = '';
  let grace: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    timedOut = child.exitCode === null && child.signalCode === null;
    child.kill('SIGKILL');
    // What the program has started itself may hold its streams open, and is not waited for.
    for (const stream of child.stdio) stream?.destroy();
  }, run.timeoutSeconds * 1000);
  const ended = new Promise<{ exit: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    // A program that cannot be started (no memory, no rights) has no exit status, and says why in its text.
    child.on('error', (error) => {
      failure = `${run.file} cannot be started: ${error.message}\n`;
      resolve({ exit: null, signal: null });
    });
    // A daemon that the program has started may keep its streams open for ever: the program has ended all the same.
    child.on('exit', () => {
      grace = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, GRACE_MS);
    });
    child.on('close', (exit, signal) => resolve({ exit, signal }));
  });
  try {
    const [{ exit, signal }] = await Promise.all([ended, feed(child, run)]);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    return { exit: exit ?? undefined, signal: signal ?? undefined, timedOut, seconds, text: `${tail()}${failure}` };
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
  }
}

/** A program that stops reading early (EPIPE) has said what it has to say in its exit status. */
async function feed(child: ChildProcess, run: ToolRun): Promise<void> {
  if (run.stdin === undefined || !child.stdin) return;
  const { head, file } = run.stdin;
  async function* content(): AsyncGenerator<string | Uint8Array> {
    yield head;
    yield* createReadStream(file);
  }
  try {
    await pipeline(content, child.stdin);
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

function isBrokenPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function collectTail(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString('latin1')).slice(-TEXT_LIMIT);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}
