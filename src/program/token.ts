import { type Command, Option } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import { wholeNumber } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import { collect, json, moment, nowOption, numberOption, pinFd, pinOptions, type SetStatus } from './options.ts';

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
    .option('--shares <k/n>', 'make a PIN that exists in n shares alone, any k of which give it')
    .option('--holder <name>', 'who gets a share; once for each of them', collect)
    .option('--share-dir <dir>', 'write the shares to files there (mode 0600), for printing, instead of showing them')
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
      setStatus(await tokenDoctor({ ...wish, ...pinOptions(options) }, io));
    });

  token
    .command('bench')
    .description('measure signatures a second, through the processes that sign zones; trial keys are stored on the token and destroyed')
    .argument('[uri]', 'PKCS#11 URI of the token')
    .option('--token <uri>', 'the same, as an option')
    .addOption(new Option('--workers <n,…>', 'numbers of signing processes (default: 1,2,4)').argParser(numbers('--workers', 64, 1)))
    .addOption(new Option('--algorithms <n,…>', 'algorithms (default: 8,13,15)').argParser(numbers('--algorithms', 255)))
    .addOption(new Option('--seconds <n>', 'length of each measurement (default: 2)').argParser(numberOption('--seconds', 3600, 1)))
    .option('--clean', 'remove what interrupted trials have left on the token, and measure nothing')
    .addOption(pinFd())
    .addOption(json())
    .action(async (uri: string | undefined, options) => {
      const { tokenBench } = await import('../commands/token-bench.ts');
      const { workers = [1, 2, 4], algorithms = [8, 13, 15], seconds = 2, clean = false, json: asJson = false } = options;
      const wish = { token: theToken(uri, options.token), workers, algorithms, seconds, clean, json: asJson };
      setStatus(await tokenBench({ ...wish, ...pinOptions(options) }, io));
    });
}

/** Numbers with commas between them. */
const numbers =
  (name: string, max: number, min = 0) =>
  (text: string): readonly number[] =>
    text.split(',').map((part) => wholeNumber(part, name, max, min));

/** Given as argument or as option. */
function theToken(argument: string | undefined, option: string | undefined): string {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new Refusal('usage/two-tokens', `two tokens are named: ${argument} and ${option}`, 'name one');
  }
  const uri = argument ?? option;
  if (uri === undefined) throw new Refusal('usage/no-token', 'no token is named', 'give its URI; coldsign token list prints them');
  return uri;
}
