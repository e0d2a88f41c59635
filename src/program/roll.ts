import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import type { RollOptions } from '../rollover/roll-choice.ts';
import {
  actor,
  dir,
  json,
  moment,
  nowOption,
  numberOption,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
  threads,
} from './options.ts';

/** The commands on rollovers. */
export function rollCommands(roll: Command, io: Io, setStatus: SetStatus): void {
  const tag = (flags: string, text: string): Option => new Option(flags, text).argParser(numberOption(flags.split(' ')[0]!, 0xffff));
  const session = (command: Command): Command =>
    command.addOption(dir()).addOption(actor()).addOption(threads()).addOption(pinFd()).addOption(nowOption()).addOption(json());

  session(
    roll
      .command('start')
      .description('begin a rollover: keys that are missing are made, and what each key should come to goes into the log')
      .requiredOption('--zone <zone>', 'zone of the workspace')
      .option('--role <role>', 'replace this key: zsk, ksk or csk')
      .option('--algorithm <algorithm>', 'replace all keys by keys of this algorithm')
      .option('--to <shape>', 'csk: one key for both roles; split: KSK and ZSK')
      .option('--insecure', 'take the zone back to unsigned: the DS first')
      .option('--standby <role>', 'a further key for an emergency: zsk or ksk')
      .option('--how <how>', 'of a standby key: dnskey, ds, or none to take it back')
      .addOption(tag('--revoke <tag>', 'revoke this key (RFC 5011)'))
      .addOption(tag('--emergency <tag>', 'this key is known to others: with --keep or --break'))
      .addOption(tag('--lost <tag>', 'the private key of this one is gone'))
      .option('--keep', 'keep the chain of trust')
      .option('--break <how>', 'break the chain of trust: bogus or insecure; takes two people')
      .option('--approved-by <people>', 'two people of the configuration who agree, like alice,bob')
      .option('--method <method>', 'method for this rollover, in place of that of the policy')
      .requiredOption('--reason <text>', 'why, for the log'),
  ).action(async (options: StartArguments) => {
    const { rollStart } = await import('../commands/roll-start.ts');
    const { zone, reason, json: asJson = false, how, ...rest } = options;
    const choice = how === undefined ? rest : { ...rest, standbyHow: how };
    setStatus(await rollStart({ ...sessionOptions(options), zone, reason, json: asJson, choice }, io));
  });

  session(
    roll
      .command('advance')
      .description('do everything that rollovers may do now, with one release a zone; begin those that are due')
      .option('--zone <zone>', 'this zone')
      .option('--all', 'all zones that have a release'),
  ).action(async (options: AdvanceArguments) => {
    const { rollAdvance } = await import('../commands/roll-advance.ts');
    const { zone, all = false, json: asJson = false } = options;
    setStatus(await rollAdvance({ ...sessionOptions(options), all, json: asJson, ...(zone === undefined ? {} : { zone }) }, io));
  });

  session(
    roll
      .command('cancel')
      .description('take the rollover of a zone back, as far as no cache minds')
      .requiredOption('--zone <zone>', 'zone of the workspace')
      .requiredOption('--reason <text>', 'why, for the log'),
  ).action(async (options: CancelArguments) => {
    const { rollCancel } = await import('../commands/roll-cancel.ts');
    const { zone, reason, json: asJson = false } = options;
    setStatus(await rollCancel({ ...sessionOptions(options), zone, reason, json: asJson }, io));
  });

  roll
    .command('status')
    .description('states of the keys, what is waited for, next visit; needs no token')
    .option('--zone <zone>', 'this zone alone')
    .addOption(dir())
    .addOption(nowOption())
    .addOption(json())
    .action(async ({ now, json: asJson = false, ...options }: StatusArguments) => {
      const { rollStatus } = await import('../commands/roll-status.ts');
      setStatus(await rollStatus({ ...options, now: moment(now), json: asJson }, io));
    });
}

interface StartArguments extends SessionArguments, RollOptions {
  readonly zone: string;
  readonly reason: string;
  readonly how?: string;
  readonly json?: boolean;
}

interface CancelArguments extends SessionArguments {
  readonly zone: string;
  readonly reason: string;
  readonly json?: boolean;
}

interface AdvanceArguments extends SessionArguments {
  readonly zone?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface StatusArguments {
  readonly dir?: string;
  readonly zone?: string;
  readonly now?: string;
  readonly json?: boolean;
}
