import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import type { Streams } from '../../tui/main.ts';
import type { Model } from '../../tui/model.ts';
import { makeTheme } from '../../tui/theme.ts';
import type { Config } from '../config/config.ts';
import type { Io } from '../io.ts';
import { type ProgressReporter, reportProgress } from '../print/progress.ts';
import type { Told } from '../tui/log-file.ts';
import { makeMachine } from '../tui/outside.ts';
import { WorkspaceData } from '../tui/workspace-data.ts';

export interface TuiOptions {
  readonly dir?: string;
  /** Who acts, for the log: handed on to every command. */
  readonly as?: string;
  /** Unix seconds. */
  readonly clock: () => number;
  /** The clock is not that of the machine; commands are given its time. */
  readonly isTimeGiven: boolean;
  /** Only looks: no command can be run. */
  readonly watch: boolean;
  readonly ascii: boolean;
  readonly zone?: string;
  /** Filled script of the ceremony that is led from the screens. */
  readonly ceremony?: string;
  /** The whole program, for what its commands take. */
  readonly commands: Command;
}

/**
 * `tui`: workspace → screens, until somebody leaves; what was done is told on the normal screen then.
 * @returns exit status: 0, or 128 and the number of the signal that ended it
 * @throws Refusal usage/no-terminal, policy/unknown-person; those of opening the workspace
 */
export async function tui(options: TuiOptions, io: Io): Promise<number> {
  const { dir, watch, ascii, zone, ceremony, commands, as, clock, isTimeGiven } = options;
  const streams = terminal();
  const program = { command: process.execPath, args: [...process.execArgv, process.argv[1]!] };
  const room = { commands, ...(ceremony === undefined ? {} : { file: resolve(ceremony) }) };
  const asked = { isTimeGiven, ascii, ...(as === undefined ? {} : { as }) };
  using data = opened(io, (told) => new WorkspaceData(dir, program, room, { asked, told }));
  if (as !== undefined) refuseStranger(as, data.config);
  // React has a slow build for development, and it is the default.
  process.env['NODE_ENV'] ??= 'production';
  const { showScreens } = await import('../../tui/main.ts');
  const theme = makeTheme({ env: process.env, ascii });
  const machine = makeMachine(data, streams, clock);
  const last = await showScreens(
    machine,
    { isWatching: watch, theme, ...zoneWish(zone), ...(ceremony === undefined ? {} : { screen: 'ceremony' as const }) },
    streams,
  );
  io.out.write(summaryText(last));
  return machine.signal === undefined ? 0 : 128 + constants.signals[machine.signal];
}

const zoneWish = (zone: string | undefined) =>
  zone === undefined ? {} : { zone: zone.endsWith('.') ? zone : `${zone}.`, screen: 'zone' as const };

/** Before the screens are there. */
function opened<T>({ err }: Io, open: (told: Told) => T): T {
  using bars = new DisposableStack();
  let bar: { readonly label: string; readonly reporter: ProgressReporter } | undefined;
  return open((label, done, total) => {
    if (bar?.label !== label) bar = { label, reporter: bars.use(reportProgress(label, total, err)) };
    bar.reporter.report(done);
  });
}

/** Commands would refuse the name too, but not before one of them is to be run. */
function refuseStranger(as: string, { people }: Config): void {
  if (Object.hasOwn(people, as)) return;
  throw new Refusal(
    'policy/unknown-person',
    `--as ${as}: the configuration in force names ${Object.keys(people).join(', ') || 'no people'}`,
    'name one of them, or add the person under people: and run coldsign policy apply',
  );
}

function terminal(): Streams {
  const { stdin, stdout } = process;
  if (stdin.isTTY && stdout.isTTY) return { stdin, stdout };
  const which = stdin.isTTY ? 'standard output is' : stdout.isTTY ? 'standard input is' : 'standard input and output are';
  throw new Refusal(
    'usage/no-terminal',
    `the screens need a terminal, and ${which} none`,
    'coldsign status, coldsign roll status and coldsign plan show --all tell the same, and run anywhere',
  );
}

/** What stays on the screen when the other one is gone. */
function summaryText({ summary, screens, ran }: Model): string {
  const zones = screens.overview.zones ?? [];
  const due = zones.filter(({ urgency }) => urgency === 'bogus' || urgency === 'due').length;
  const lines = [
    `${summary.workspace}${summary.mode === 'practice' ? ' (practice)' : ''}: log ${summary.origin} with ${summary.entries} entries`,
    ...(screens.overview.zones === undefined ? [] : [`${zones.length} ${zones.length === 1 ? 'zone' : 'zones'}, ${due} due`]),
    ...ran.map(({ argv, status }) => `ran coldsign ${argv.join(' ')}: exit ${status}`),
  ];
  return `${lines.join('\n')}\n`;
}
