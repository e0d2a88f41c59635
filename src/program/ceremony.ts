import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { actor, collect, dir, json, moment, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** Runs a command of the program. @returns exit status */
export type Run = (argv: readonly string[], io: Io) => Promise<number>;

interface NewArguments {
  readonly out: string;
  readonly person?: readonly string[];
  readonly set?: readonly string[];
  readonly need?: readonly string[];
  readonly dir?: string;
  readonly now?: string;
  readonly json?: boolean;
}

interface RunArguments extends SessionArguments {
  readonly plain?: boolean;
  readonly ascii?: boolean;
}

/** The commands on ceremonies. */
export function ceremonyCommands(program: Command, ceremony: Command, run: Run, io: Io, setStatus: SetStatus): void {
  ceremony
    .command('new <script>')
    .description('fill a script from what the workspace is now: for its log, its plan and the people of the day')
    .requiredOption('--out <file>', 'where the script goes; it is what is reviewed and approved')
    .option('--person <role=name>', 'who has a role; once for each of its people', collect)
    .option('--need <role=number>', 'how many of them it takes, where it is not as the script says', collect)
    .option('--set <name=text>', 'a value that the script asks for; for a list once for each item', collect)
    .addOption(dir())
    .addOption(nowOption())
    .addOption(json())
    .action(async (script: string, { person = [], set = [], need = [], now, json: asJson = false, ...options }: NewArguments) => {
      const { ceremonyNew } = await import('../commands/ceremony-new.ts');
      setStatus(ceremonyNew({ ...options, script, people: person, values: set, need, now: moment(now), json: asJson, program }, io));
    });

  ceremony
    .command('run <file>')
    .description('lead the people through a filled script, or go on with it where it was')
    .option('--plain', 'line by line instead of full-screen pages (default where the terminal is none, or can do no more)')
    .option('--ascii', 'draw with ASCII only (default where the terminal or the locale can do no more)')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .action(async (file: string, { plain: isPlain = false, ascii = false, ...options }: RunArguments) => {
      const { ceremonyRun } = await import('../commands/ceremony-run.ts');
      const { machineCheck } = await import('../ceremony/environment/this-machine.ts');
      const { loggedFindings } = await import('../ceremony/environment/check-environment.ts');
      const { now, ...request } = sessionOptions(options);
      const started = performance.now();
      const clock = (): number => (options.now === undefined ? moment(undefined) : now + Math.floor((performance.now() - started) / 1000));
      // What is connected now is what was there before: a device that comes later is told.
      const check = machineCheck(options.dir, clock);
      setStatus(
        await ceremonyRun({ ...request, file, isPlain, ascii, clock, program, run, checkMachine: () => loggedFindings(check()) }, io),
      );
    });

  ceremony
    .command('rehearse <file>')
    .description('run a filled script from end to end in a throw-away practice workspace with stand-in keys and the real inputs')
    .addOption(dir())
    .addOption(json())
    .action(async (file: string, { json: asJson = false, ...options }: { readonly dir?: string; readonly json?: boolean }) => {
      const { ceremonyRehearse } = await import('../commands/ceremony-rehearse.ts');
      setStatus(await ceremonyRehearse({ ...options, file, clock: () => moment(undefined), program, run, json: asJson }, io));
    });

  ceremony
    .command('report <id>')
    .description('what was done in a ceremony, by whom and when: text, or a page that can be printed')
    .option('--html <file>', 'write one HTML page that needs nothing else')
    .addOption(dir())
    .addOption(json())
    .action(
      async (
        id: string,
        { json: asJson = false, ...options }: { readonly html?: string; readonly dir?: string; readonly json?: boolean },
      ) => {
        const { ceremonyReport } = await import('../commands/ceremony-report.ts');
        setStatus(await ceremonyReport({ ...options, id, json: asJson, program }, io));
      },
    );

  ceremony
    .command('show [id]')
    .description('where ceremonies stand, by the log; needs no token')
    .addOption(dir())
    .addOption(json())
    .action(async (id: string | undefined, { json: asJson = false, ...options }: { readonly dir?: string; readonly json?: boolean }) => {
      const { ceremonyShow } = await import('../commands/ceremony-show.ts');
      setStatus(ceremonyShow({ ...options, json: asJson, ...(id === undefined ? {} : { id }) }, io));
    });
}
