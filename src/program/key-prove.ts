import type { Command } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { actor, dir, json, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** `key prove`. */
export function keyProveCommand(key: Command, io: Io, setStatus: SetStatus): void {
  key
    .command('prove')
    .description('let every token of its role sign a random challenge with a key, and verify that all have the same key')
    .option('--zone <name>', 'the keys of this zone')
    .option('--all', 'the keys of all zones')
    .addOption(pinFd())
    .addOption(json())
    .addOption(dir())
    .addOption(actor())
    .addOption(nowOption())
    .action(async (options: ProveArguments) => {
      const { zone, all = false, json: asJson = false } = options;
      if ((zone === undefined) !== all)
        throw new Refusal('usage/prove-what', 'exactly one of --zone and --all is needed', 'give --zone NAME, or --all');
      const { keyProve } = await import('../commands/key-prove.ts');
      setStatus(await keyProve({ ...sessionOptions(options), json: asJson, ...(zone === undefined ? {} : { zone }) }, io));
    });
}

interface ProveArguments extends SessionArguments {
  readonly zone?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}
