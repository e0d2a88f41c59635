import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { actor, dir, moment, nowOption, type SetStatus } from './options.ts';

/** The command that shows the screens. */
export function tuiCommand(program: Command, io: Io, setStatus: SetStatus): void {
  program
    .command('tui')
    .description('screens over the workspace: what is due, keys, rollovers, plan, log, releases; each act is shown as a command first')
    .option('--watch', 'only look: nothing can be run, and what is shown follows the log')
    .option('--zone <zone>', 'begin with this zone')
    .option('--ceremony <file>', 'begin with the ceremony of this filled script, and lead it from there')
    .option('--ascii', 'draw with ASCII only (default where the terminal or the locale can do no more)')
    .addOption(dir())
    .addOption(actor())
    .addOption(nowOption())
    .action(async ({ watch = false, ascii = false, now, ...options }: TuiArguments) => {
      const { tui } = await import('../commands/tui.ts');
      const started = performance.now();
      const given = moment(now);
      // A time that is given is the one at the start: the clock goes on from there.
      const clock = (): number => (now === undefined ? moment(undefined) : given + Math.floor((performance.now() - started) / 1000));
      setStatus(await tui({ ...options, watch, ascii, clock, isTimeGiven: now !== undefined, commands: program }, io));
    });
}

interface TuiArguments {
  readonly dir?: string;
  readonly as?: string;
  readonly now?: string;
  readonly watch?: boolean;
  readonly zone?: string;
  readonly ceremony?: string;
  readonly ascii?: boolean;
}
