import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { WorkspaceData } from '../src/tui/workspace-data.ts';
import { MADE_AT, makeLargeWorkspace } from '../test/tui/support/made-workspace.ts';
import type { Answer, DataSource, Job, Request, Summary } from '../tui/data.ts';
import { makeTheme } from '../tui/theme.ts';
import { BenchTerminal } from './tui-terminal.ts';

/**
 * `npm run bench:tui -- [ENTRIES] [ZONES]`: the screens at 80x24 over a workspace with so many entries in the log and so many zones, as years of work
 * would have left it: from the start to the first screen, from a key to the screen (CPU at rest, wall time while much is worked out), what an entry more
 * costs, a search of the whole log, and memory all along. Frames are what Ink writes to a terminal that is made up; all else is the program's own.
 * @returns exit status 1 where a key takes more than its budget
 */
const ENTRIES = 1_000_000;
const ZONES = 10_000;
const KEYS = 60;
const BUDGET_MS = 50;
const OUT = join(import.meta.dirname, 'out', 'tui');
const NOW = MADE_AT + 60;

process.env['NODE_ENV'] = 'production';

async function main([first, second]: readonly string[]): Promise<number> {
  if (first === '--screens') return await screens(second!);
  const [entries, zones] = [Number(first ?? ENTRIES), Number(second ?? ZONES)];
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await makeLargeWorkspace(OUT, { entries, zones });
  print(`${entries} entries, ${zones} zones\n`);
  // A process of its own: what made the workspace is no part of what its screens need.
  return spawnSync(process.execPath, [...process.execArgv, import.meta.filename, '--screens', OUT], { stdio: 'inherit' }).status ?? 70;
}

async function screens(dir: string): Promise<number> {
  const begun = performance.now();
  using opened = new WorkspaceData(dir, { command: process.execPath, args: [] });
  const data = new Watched(opened);
  row('opened', `${seconds(begun)} s`);
  const { showScreens } = await import('../tui/main.ts');
  const terminal = new BenchTerminal();
  let tick = (): void => {};
  let end = (): void => {};
  const shown = showScreens(
    {
      data,
      now: () => NOW,
      run: async () => 0,
      explain: String,
      every(tell) {
        tick = tell;
        return () => {};
      },
      onEnd(stop) {
        end = stop;
        return () => {};
      },
    },
    { isWatching: false, theme: makeTheme({ env: { LANG: 'C.UTF-8' } }) },
    terminal.streams,
  );
  await terminal.until('zone-0');
  row('first screen', `${seconds(begun)} s`);
  const loading = await waits(terminal, data, 'j');
  row('all zones worked out', `${seconds(begun)} s; key to screen meanwhile ${loading}`);
  const worst = await keys(terminal);
  await growth(terminal, opened, () => tick());
  await search(terminal, data);
  end();
  await shown;
  return worst > BUDGET_MS ? 1 : 0;
}

/** The key that leads there, then those that are pressed by turns. */
const SCREENS: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['overview, cursor', ['1', 'j']],
  ['overview, pages', ['1', ' ', ' ', ' ', 'b']],
  ['log, cursor', ['6', 'j']],
  ['log, pages', ['6', ' ', ' ', ' ', 'b']],
  ['log, ends', ['6', 'G', 'g']],
  ['keys, pages', ['3', ' ', ' ', ' ', 'b']],
  ['between screens', ['7', '6', '?', '6']],
];

/** @returns the largest of the values within which 95 of 100 keys are, milliseconds of CPU */
async function keys(terminal: BenchTerminal): Promise<number> {
  let worst = 0;
  for (const [name, [first, ...others]] of SCREENS) {
    await terminal.press(first!);
    await terminal.settled();
    const times: number[] = [];
    for (let i = 0; i < KEYS; i++) times.push(await terminal.press(others[i % others.length]!));
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    const high = highOf(times);
    worst = Math.max(worst, high);
    row(
      name,
      `${mean.toFixed(1)} ms CPU a key, 95 of 100 within ${high.toFixed(1)} ms; target ${BUDGET_MS} ms: ${(high / BUDGET_MS).toFixed(2)}`,
    );
  }
  return worst;
}

/** Keys as long as something is worked out. @returns in words, how long they waited for a frame; Ink draws 30 of them a second */
async function waits(terminal: BenchTerminal, data: Watched, key: string): Promise<string> {
  const times: number[] = [];
  while (data.running > 0 && times.length < 500) times.push(await terminal.wait(key));
  return `${times.length} keys, 95 of 100 within ${highOf(times).toFixed(0)} ms wall, the slowest ${Math.max(0, ...times).toFixed(0)} ms`;
}

/** One entry more, as another program would write it. */
async function growth(terminal: BenchTerminal, { log, paths }: WorkspaceData, look: () => void): Promise<void> {
  await terminal.press('6');
  await terminal.settled();
  const last = log.size - 1;
  const line = log
    .leafAt(last)
    .toString('latin1')
    .replace(`"seq":${last},`, `"seq":${last + 1},`);
  appendFileSync(paths.entries, `${line}\n`);
  const before = process.cpuUsage();
  const begun = performance.now();
  look();
  const wall = performance.now() - begun;
  await terminal.settled();
  row('an entry more', `${wall.toFixed(1)} ms until it is known, ${cpuSince(before).toFixed(0)} ms CPU with all that is shown anew`);
}

async function search(terminal: BenchTerminal, data: Watched): Promise<void> {
  const before = process.cpuUsage();
  const begun = performance.now();
  for (const key of ['/', 't', 'y', 'p', 'e', ':', 'g', 'a', 't', 'e', '\r']) await terminal.press(key);
  const told = await waits(terminal, data, 'j');
  row('search of the whole log', `${seconds(begun)} s, ${(cpuSince(before) / 1000).toFixed(2)} s CPU; key to screen meanwhile ${told}`);
}

/** The workspace, and how much of it is being worked out. */
class Watched implements DataSource {
  readonly #data: WorkspaceData;
  running = 0;

  constructor(data: WorkspaceData) {
    this.#data = data;
  }

  summary(): Summary {
    return this.#data.summary();
  }

  refresh(): boolean {
    return this.#data.refresh();
  }

  async load(request: Request, now: number, job: Job): Promise<Answer> {
    this.running++;
    try {
      return await this.#data.load(request, now, job);
    } finally {
      this.running--;
    }
  }
}

const highOf = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
const seconds = (begun: number): string => ((performance.now() - begun) / 1000).toFixed(2);

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function row(what: string, told: string): void {
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  print(`${what.padEnd(24)} ${told}; memory ${rss} MB${peak()}\n`);
}

/** Of this process; resourceUsage tells that of the one that began it, where that was larger. */
function peak(): string {
  const [, kilobytes] = existsSync('/proc/self/status')
    ? (/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [])
    : [];
  return kilobytes === undefined ? '' : `, at most ${Math.round(Number(kilobytes) / 1000)} MB`;
}

function print(text: string): void {
  process.stdout.write(text);
}

process.exitCode = await main(process.argv.slice(2));
