import type { Command } from 'commander';
import type { PinOptions } from '../../keystore/pin/source.ts';
import type { Io } from '../io.ts';
import { dir, json, moment, nowOption, pinFd, type SetStatus } from './options.ts';

/** The commands on the workspace as a whole. */
export function workspaceCommands(program: Command, io: Io, setStatus: SetStatus): void {
  program
    .command('init [dir]')
    .description('make a workspace: configuration, audit log, and a SoftHSM token in it, or on the given token')
    .option('--token <uri>', 'PKCS#11 URI of a token that is there (default: a SoftHSM token in the workspace)')
    .option('--origin <name>', 'name of the audit log (default: host name and folder)')
    .option('--practice', 'for rehearsals: --now is allowed, and nothing made here is taken for production')
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (folder: string | undefined, { practice = false, json: asJson = false, now, ...options }: InitArguments) => {
      const { init } = await import('../commands/init.ts');
      const time = { now: moment(now), nowGiven: now !== undefined };
      setStatus(await init({ ...options, dir: folder ?? '.', practice, json: asJson, ...time }, io));
    });

  program
    .command('status')
    .description('what is signed until when, what is due, what is open; needs no token')
    .addOption(dir())
    .addOption(nowOption())
    .option('--format <format>', 'text or json', 'text')
    .action(async ({ format, now, ...options }: StatusArguments) => {
      const { status } = await import('../commands/status.ts');
      setStatus(await status({ ...options, now: moment(now), format }, io));
    });
}

interface InitArguments extends PinOptions {
  readonly token?: string;
  readonly origin?: string;
  readonly practice?: boolean;
  readonly now?: string;
  readonly json?: boolean;
}

interface StatusArguments {
  readonly dir?: string;
  readonly now?: string;
  readonly format: string;
}
