import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { dir, json, moment, nowOption, type SetStatus } from './options.ts';

/** The commands on plans; none of them writes anything or needs a token. */
export function planCommands(plan: Command, io: Io, setStatus: SetStatus): void {
  common(plan.command('show').description('what is to be done for zones, and when: steps, waits, evidence, and the way back'))
    .addOption(json())
    .action(async (options: Arguments) => {
      const { planShow } = await import('../commands/plan-show.ts');
      setStatus(planShow(given(options), io));
    });

  common(plan.command('calendar').description('the steps as iCalendar')).action(async (options: Arguments) => {
    const { planCalendarCommand } = await import('../commands/plan-calendar.ts');
    setStatus(planCalendarCommand(given(options), io));
  });

  common(plan.command('simulate').description('hold the plan against every cache that resolvers may have, and tell the first that fails'))
    .addOption(json())
    .action(async (options: Arguments) => {
      const { planSimulate } = await import('../commands/plan-simulate.ts');
      setStatus(planSimulate(given(options), io));
    });

  plan
    .command('schema')
    .description('JSON Schema of plan show --json')
    .action(async () => {
      const { planSchema } = await import('../commands/plan-show.ts');
      setStatus(planSchema(io));
    });
}

function common(command: Command): Command {
  return command
    .option('--zone <name>', 'of this zone')
    .option('--all', 'of all zones')
    .option('--until <time>', 'end of the plan (default: two years from now)')
    .addOption(dir())
    .addOption(nowOption());
}

interface Arguments {
  readonly zone?: string;
  readonly all?: boolean;
  readonly until?: string;
  readonly dir?: string;
  readonly now?: string;
  readonly json?: boolean;
}

function given({ all = false, now, json: asJson = false, ...options }: Arguments) {
  return { ...options, all, json: asJson, now: moment(now) };
}
