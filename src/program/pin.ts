import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import {
  actor,
  collect,
  dir,
  forceFinalTry,
  json,
  nowOption,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
  shareFd,
} from './options.ts';

interface SplitArguments extends SessionArguments {
  readonly token?: string;
  readonly role: string;
  readonly shares: string;
  readonly holder?: readonly string[];
  readonly shareDir?: string;
  readonly samePin?: boolean;
  readonly json?: boolean;
}

/** The commands on PINs in shares. */
export function pinCommands(pin: Command, io: Io, setStatus: SetStatus): void {
  const making = (name: 'split' | 'reshare', description: string): Command =>
    pin
      .command(name)
      .description(description)
      .addOption(new Option('--token <uri>', 'PKCS#11 URI of the token (default: a token of the workspace)'))
      .addOption(new Option('--role <role>', 'token of the workspace').choices(['ksk', 'zsk', 'audit']).default('ksk'))
      .requiredOption('--shares <k/n>', 'n shares, any k of which give the PIN')
      .option('--holder <name>', 'who gets a share; once for each of them', collect)
      .option('--share-dir <dir>', 'write the shares to files there (mode 0600), for printing, instead of showing them')
      .addOption(pinFd())
      .addOption(json())
      .addOption(dir())
      .addOption(actor())
      .addOption(nowOption());

  const run = async (act: 'made' | 'reshared', options: SplitArguments): Promise<void> => {
    const { pinSplit } = await import('../commands/pin-split.ts');
    const { token, role, shares, holder = [], shareDir, samePin = false, json: asJson = false } = options;
    const wish = { act, role, shares, holders: holder, samePin, json: asJson };
    const more = { ...(token === undefined ? {} : { token }), ...(shareDir === undefined ? {} : { shareDir }) };
    setStatus(await pinSplit({ ...sessionOptions(options), ...wish, ...more }, io));
  };
  making('split', 'give the token a new PIN that exists in shares alone').action((options: SplitArguments) => run('made', options));
  making('reshare', 'shares of a new set: of a new PIN, so that the old shares are worthless')
    .option('--same-pin', 'keep the PIN; enough of the old shares still give it')
    .action((options: SplitArguments) => run('reshared', options));

  pin
    .command('check')
    .description('read one share: which set it is of, its number, whose it is')
    .option('--token <uri>', 'PKCS#11 URI with token and serial: is the share for this token?')
    .addOption(shareFd())
    .addOption(json())
    .addOption(dir())
    .action(async (options) => {
      const { pinCheck } = await import('../commands/pin-check.ts');
      setStatus(await pinCheck(options, io));
    });

  pin
    .command('void')
    .description('record that the shares of a set are not taken any more')
    .requiredOption('--set <id>', 'id of the set, or its beginning')
    .requiredOption('--reason <text>', 'why, for the log')
    .addOption(pinFd())
    .addOption(dir())
    .addOption(actor())
    .addOption(nowOption())
    .action(async (options: SessionArguments & { readonly set: string; readonly reason: string }) => {
      const { pinVoid } = await import('../commands/pin-void.ts');
      setStatus(await pinVoid({ ...sessionOptions(options), set: options.set, reason: options.reason }, io));
    });
}

/** Wherever a PIN can be given to log in with, shares can, and the last try can be forced; `token init` sets a new PIN. */
export function addLoginOptions(commands: readonly Command[]): void {
  for (const command of commands) {
    const isNewPin = command.name() === 'init' && command.parent?.name() === 'token';
    if (isNewPin || !command.options.some(({ long }) => long === '--pin-fd')) continue;
    command.addOption(shareFd()).addOption(forceFinalTry());
  }
}
