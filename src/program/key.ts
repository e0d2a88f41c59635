import { type Command, Option } from 'commander';
import { wholeNumber } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import { json, numberOption, pinFd } from './options.ts';

/** The commands on keys. */
export function keyCommands(key: Command, io: Io): void {
  const token = (): Option => new Option('--token <uri>', 'PKCS#11 URI of the token').makeOptionMandatory();
  key
    .command('generate')
    .description('make a key pair in the token; nothing that is there is ever replaced')
    .addOption(token())
    .requiredOption('--zone <name>', 'zone that the key is for')
    .requiredOption('--role <role>', 'ksk, zsk or csk')
    .option('--alg, --algorithm <algorithm>', 'number or mnemonic', '13')
    .addOption(new Option('--bits <n>', 'modulus of an RSA key (default: 2048)').argParser(numberOption('--bits', 4096, 1024)))
    .addOption(
      new Option('--avoid-tag <tag>', 'key tag that is taken elsewhere; may be repeated').argParser(
        (text: string, before: readonly number[] = []) => [...before, wholeNumber(text, '--avoid-tag', 65_535)],
      ),
    )
    .addOption(pinFd())
    .addOption(json())
    .action(async (options) => {
      const { keyGenerate } = await import('../commands/key-generate.ts');
      const { avoidTag, ...rest } = options;
      await keyGenerate(avoidTag === undefined ? rest : { ...rest, avoidTags: avoidTag }, io.out, io.err);
    });

  key
    .command('list')
    .description('list the keys in the token')
    .addOption(token())
    .option('--zone <name>', 'of this zone only')
    .addOption(pinFd())
    .addOption(json())
    .action(async (options) => {
      const { keyList } = await import('../commands/key-list.ts');
      await keyList(options, io.out, io.err);
    });

  key
    .command('ds')
    .description('print the DS records of a key, or of the key-signing keys of a zone')
    .addOption(token())
    .option('--zone <name>', 'name of the zone')
    .option('--role <role>', 'for a key whose label does not say it')
    .option('--alg, --algorithm <algorithm>', 'for an RSA key whose label does not say it')
    .addOption(
      new Option('--digest <types>', 'digest types (default: 2,4)').argParser((text: string) =>
        text.split(',').map((part) => wholeNumber(part, '--digest', 255)),
      ),
    )
    .option('--dnskey', 'print DNSKEY records too')
    .addOption(pinFd())
    .addOption(json())
    .action(async (options) => {
      const { keyDs } = await import('../commands/key-ds.ts');
      const { digest, ...rest } = options;
      await keyDs(digest === undefined ? rest : { ...rest, digestTypes: digest }, io.out, io.err);
    });
}
