import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { json, pinFd } from './options.ts';

/** The commands on tokens. */
export function tokenCommands(token: Command, io: Io): void {
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
}
