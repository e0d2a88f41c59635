import type { Command } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { json, moment, nowOption, pinFd, type SetStatus } from './options.ts';

/** The commands on tokens. */
export function tokenCommands(token: Command, io: Io, setStatus: SetStatus): void {
  token
    .command('init')
    .description('make a SoftHSM token in a private folder and print its URI')
    .requiredOption('--dir <dir>', 'folder of the token')
    .option('--label <label>', 'label of the token', 'coldsign')
    .option('--generate-pin', 'make a random PIN in a file of the folder (mode 0600)')
    .option('--pin-file <file>', 'take the PIN from a file (mode 0600)')
    .addOption(pinFd())
    .option('--module <file>', 'SoftHSM library')
    .addOption(json())
    .action(async (options) => {
      const { tokenInit } = await import('../commands/token-init.ts');
      await tokenInit(options, io.out);
    });

  token
    .command('list')
    .description('list the tokens of a PKCS#11 module')
    .option('--token <uri>', 'PKCS#11 URI; what it says of the token selects')
    .option('--module <file>', 'PKCS#11 module (default: SoftHSM)')
    .option('--mechanisms', 'list the mechanisms too')
    .addOption(json())
    .action(async (options) => {
      const { tokenList } = await import('../commands/token-list.ts');
      await tokenList(options, io.out);
    });

  token
    .command('doctor')
    .description('examine a token: what it can do for DNSSEC, and what will hurt; leaves nothing on it')
    .argument('[uri]', 'PKCS#11 URI of the token')
    .option('--token <uri>', 'the same, as an option')
    .option('--no-login', 'only what needs no login')
    .option('--token-keys', 'where the token makes no session keys, store trial keys on it and destroy them')
    .option('--mechanisms', 'print all mechanisms')
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (uri: string | undefined, options) => {
      const { tokenDoctor } = await import('../commands/token-doctor.ts');
      const { login, tokenKeys = false, mechanisms = false, json: asJson = false, now } = options;
      const wish = { token: theToken(uri, options.token), login, tokenKeys, mechanisms, json: asJson, now: moment(now) };
      setStatus(await tokenDoctor({ ...wish, ...(options.pinFd === undefined ? {} : { pinFd: options.pinFd }) }, io));
    });
}

/** Given as argument or as option. */
function theToken(argument: string | undefined, option: string | undefined): string {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new Refusal('usage/two-tokens', `two tokens are named: ${argument} and ${option}`, 'name one');
  }
  const uri = argument ?? option;
  if (uri === undefined) throw new Refusal('usage/no-token', 'no token is named', 'give its URI; coldsign token list prints them');
  return uri;
}
