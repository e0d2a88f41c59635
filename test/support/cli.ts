import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The Node that the lock file pins, whatever runs the tests. */
export const NODE = `${ROOT}node_modules/.bin/node`;
const SOURCE_CLI = `${ROOT}src/cli.ts`;
/** No command of a test takes as long; one that hangs is killed and shows a signal. */
const LIMIT_MS = 90_000;

export interface CliResult {
  /** Exit status; undefined if a signal ended it. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Put before the command line, like `prlimit --fsize=4096`. */
  readonly launcher?: readonly string[];
  /** Node and script; default: the pinned Node on the sources. */
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `coldsign` as a child process, without terminal and standard input. */
export async function coldsign(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const [command, ...rest] = [...(options.launcher ?? []), ...(options.program ?? [NODE, SOURCE_CLI]), ...args];
  return await run(command!, rest, options);
}

/** Runs a shell line in which `"$COLDSIGN"…` is written as `coldsign`. */
export async function shell(line: string, options: CliOptions = {}): Promise<CliResult> {
  const prelude = `coldsign() { ${quote(NODE)} ${quote(SOURCE_CLI)} "$@"; }`;
  return await run('bash', ['-c', `set -o pipefail\n${prelude}\n${line}`], options);
}

export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

async function run(command: string, args: readonly string[], { cwd, env }: CliOptions): Promise<CliResult> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    // A session of its own has no terminal, wherever the tests run.
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => err.push(piece));
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return {
    status: status ?? undefined,
    signal: signal ?? undefined,
    out: Buffer.concat(out).toString(),
    err: Buffer.concat(err).toString(),
  };
}
