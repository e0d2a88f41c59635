import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../signer/errors.ts';
import { ProcessTree } from './process-tree.ts';

/** A command line with what it needs around it. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Where its standard output and error go, and the place to look when it fails. */
  readonly log: string;
  /** Seconds until it is killed. */
  readonly timeout: number;
}

export interface Measurement {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of user and system time of all its processes. */
  readonly cpu: number;
  /** Largest memory of all its processes at one moment, MB (10^6 octets). */
  readonly peak: number;
  /** Cores that were busy with anything else meanwhile (this bench's own sampling included), on average: near 0 on a quiet machine. */
  readonly others: number;
}

const SAMPLE_MS = 50;
const FIRST_SAMPLE_MS = 5;
/** USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** bash as a stop watch: prints wall, user and system seconds (getrusage of all reaped descendants) to file descriptor 3. */
const STOP_WATCH = 'exec 4>&2 2>&3; TIMEFORMAT="%3R %3U %3S"; time "$@" 2>&4 3>&- 4>&-';

/**
 * Runs a command to its end as a whole process tree.
 * @throws Fault setup/bench-command if it fails, outlives its time, or leaves processes behind (their CPU time would be missing)
 */
export async function measure(command: Command): Promise<Measurement> {
  const { PATH = '/usr/bin:/bin' } = process.env;
  mkdirSync(dirname(command.log), { recursive: true });
  const log = openSync(command.log, 'w');
  const busyBefore = busySeconds();
  const child = spawn('/bin/bash', ['-c', STOP_WATCH, 'bash', ...command.argv], {
    env: { PATH, LC_ALL: 'C', TZ: 'UTC', ...command.env },
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);
  let times = '';
  child.stdio[3]?.on('data', (data) => {
    times += String(data);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const root = child.pid;
  if (root === undefined) throw failed(command, 'it did not start', await ended.catch(String));
  const tree = new ProcessTree(root);
  const timers = [setTimeout(() => tree.sample(), FIRST_SAMPLE_MS), setInterval(() => tree.sample(), SAMPLE_MS)];
  const interrupted = () => {
    kill(tree.members());
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  let late = false;
  timers.push(
    setTimeout(() => {
      late = true;
      kill(tree.members());
    }, command.timeout * 1000),
  );
  const status = await ended;
  const busy = busySeconds() - busyBefore;
  for (const timer of timers) clearTimeout(timer);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupted);
  const left = tree.members();
  kill(left);
  if (late) throw failed(command, `it did not end within ${command.timeout} s`, status);
  if (status !== 0) throw failed(command, `its exit status is ${status}`, status);
  if (left.length > 0) throw failed(command, `it left processes running: ${left.join(', ')}`, status);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = times.trim().split(' ').map(Number);
  const cpu = user + system;
  return { wall, cpu, peak: (tree.peak * 1024) / 1e6, others: Math.max(0, busy - cpu) / Math.max(wall, 0.01) };
}

/** Seconds that all processors together have been busy since the machine started, stolen time of a virtual machine included: proc(5), /proc/stat. */
function busySeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended on its own.
    }
  }
}

function failed(command: Command, what: string, cause: unknown): Fault {
  const said = readFileSync(command.log, 'utf8').trim().split('\n').slice(-5).join('\n');
  return new Fault('setup/bench-command', `${what}; it said: ${said}`, `the command was: ${command.argv.join(' ')}`, { cause });
}
