import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import type { RollOptions } from '../rollover/roll-choice.ts';
import {
  actor,
  dir,
  json,
  KEY_WORDS,
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
  const session = (command: Command): Command =>
    command.addOption(dir()).addOption(actor()).addOption(threads()).addOption(pinFd()).addOption(nowOption()).addOption(json());

  session(
    roll
      .command('start')
      .description(
        'begin a rollover, one at a time for a zone: missing keys are made, the log gets what is to come; nothing is published by it (roll advance does that)',
      )
      .requiredOption('--zone <zone>', 'zone of the workspace')
      .option('--role <role>', 'replace the key of this role: zsk, ksk or csk')
      .option('--algorithm <algorithm>', 'replace all keys by keys of this algorithm')
      .option('--to <shape>', 'csk: one key for both roles; split: KSK and ZSK')
      .option('--insecure', 'take the zone back to unsigned: the DS first')
      .option('--first-signing', 'sign a zone that is unsigned, with new keys; the DS last')
      .option('--standby <role>', 'make a further key ready for an emergency: zsk or ksk')
      .option('--how <how>', 'with --standby: dnskey (published), ds (its DS alone), none (take it back)')
      .option('--revoke <key>', `revoke this key (RFC 5011); ${KEY_WORDS}`)
      .option('--emergency <key>', 'this private key is known to somebody else: with --keep or --break')
      .option('--lost <key>', 'the private key of this one is gone: the deadline for its successor is told')
      .option('--keep', 'with --emergency: by the usual steps, no resolver loses the zone')
      .option('--break <how>', 'with --emergency: bogus (keys change places at once) or insecure (the DS goes first); takes two people')
      .option('--approved-by <people>', 'two people of the configuration who agree, like alice,bob')
      .addOption(
        new Option('--accept-bogus <seconds>', 'with --break bogus: for so long the zone may be bogus').argParser(
          numberOption('--accept-bogus', 0x7fffffff),
        ),
      )
      .option('--new <key>', 'the new key: a standby key, or one that was made and is not used')
      .option('--known-elsewhere-from <time>', 'zones with other operators: since when their caches have the new key that signs data')
      .option('--method <method>', 'with --role or --algorithm: the method of this rollover, in place of that of the policy')
      .requiredOption('--reason <text>', 'why, for the log'),
  ).action(async (options: StartArguments) => {
    const { rollStart } = await import('../commands/roll-start.ts');
    const { zone, reason, json: asJson = false, how, ...rest } = options;
    const choice = how === undefined ? rest : { ...rest, standbyHow: how };
    setStatus(await rollStart({ ...sessionOptions(options), zone, reason, json: asJson, choice }, io));
  });

  session(
    roll
      .command('join')
      .description('another operator answers for the zone too, or has new keys: its ZSKs here, its KSKs at the parent (RFC 8901, model 2)')
      .requiredOption('--zone <zone>', 'zone of the workspace')
      .requiredOption('--operator <name>', 'name for the other operator')
      .requiredOption('--keys <file>', 'its DNSKEY records in zone-file form')
      .requiredOption('--reason <text>', 'why, for the log'),
  ).action(async (options: JoinArguments) => {
    const { rollJoin } = await import('../commands/roll-join.ts');
    const { zone, operator, keys, reason, json: asJson = false } = options;
    setStatus(await rollJoin({ ...sessionOptions(options), zone, operator, keys, reason, json: asJson }, io));
  });

  session(
    roll
      .command('leave')
      .description('the keys of another operator leave, when no cache has an answer of it any more')
      .requiredOption('--zone <zone>', 'zone of the workspace')
      .requiredOption('--operator <name>', 'name of the operator; self: this signer leaves to the others')
      .addOption(new Option('--key <key>', `this key of it alone; may be repeated; ${KEY_WORDS}`).argParser(collectKeys))
      .option('--answers-until <time>', 'when the last server of that operator stopped to answer; never: none was ever named')
      .option('--key-ttl <duration>', 'largest TTL of the DNSKEY RRset that it gave out (default: that of this zone)')
      .option('--signature-ttl <duration>', 'largest TTL of all that it gave out (default: that of this zone)')
      .requiredOption('--reason <text>', 'why, for the log'),
  ).action(async (options: LeaveArguments) => {
    const { rollLeave } = await import('../commands/roll-leave.ts');
    const { json: asJson = false, key, ...rest } = options;
    setStatus(await rollLeave({ ...rest, ...sessionOptions(options), json: asJson, ...(key === undefined ? {} : { keys: key }) }, io));
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
      .description('take the rollover of a zone back: old and new keys change places, where no cache would find the zone bogus by it')
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

const collectKeys = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

interface StartArguments extends SessionArguments, RollOptions {
  readonly zone: string;
  readonly reason: string;
  readonly how?: string;
  readonly json?: boolean;
}

interface JoinArguments extends SessionArguments {
  readonly zone: string;
  readonly operator: string;
  readonly keys: string;
  readonly reason: string;
  readonly json?: boolean;
}

interface LeaveArguments extends SessionArguments {
  readonly zone: string;
  readonly operator: string;
  readonly key?: readonly string[];
  readonly answersUntil?: string;
  readonly keyTtl?: string;
  readonly signatureTtl?: string;
  readonly reason: string;
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
