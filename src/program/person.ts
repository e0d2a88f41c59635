import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { dir, json, numberOption, type SetStatus } from './options.ts';

const passphraseFd = (): Option =>
  new Option('--passphrase-fd <n>', 'file descriptor to read the passphrase of the key from (default: the prompt)').argParser(
    numberOption('--passphrase-fd', 1023),
  );

/** The commands on the people of ceremonies and their keys. */
export function personCommands(person: Command, io: Io, setStatus: SetStatus): void {
  person
    .command('new <name>')
    .description('make the key by which a person agrees, protected by a passphrase; needs no workspace')
    .requiredOption('--out <file>', 'where the key goes (mode 0600)')
    .addOption(passphraseFd())
    .addOption(json())
    .action(
      async (
        name: string,
        { json: asJson = false, ...options }: { readonly out: string; readonly passphraseFd?: number; readonly json?: boolean },
      ) => {
        const { personNew } = await import('../commands/person-new.ts');
        setStatus(await personNew({ ...options, name, json: asJson }, io));
      },
    );

  person
    .command('check <file>')
    .description('does the passphrase open the key, and does the configuration in force know it?')
    .addOption(passphraseFd())
    .addOption(json())
    .addOption(dir())
    .action(
      async (
        file: string,
        { json: asJson = false, ...options }: { readonly dir?: string; readonly passphraseFd?: number; readonly json?: boolean },
      ) => {
        const { personCheck } = await import('../commands/person-check.ts');
        setStatus(await personCheck({ ...options, file, json: asJson }, io));
      },
    );

  person
    .command('list')
    .description('who takes part, by the configuration in force')
    .addOption(json())
    .addOption(dir())
    .action(async ({ json: asJson = false, ...options }: { readonly dir?: string; readonly json?: boolean }) => {
      const { personList } = await import('../commands/person-list.ts');
      setStatus(personList({ ...options, json: asJson }, io));
    });
}
