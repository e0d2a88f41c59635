import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import {
  actor,
  dir,
  json,
  nowOption,
  numberOption,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
  threads,
} from './options.ts';

/** The commands on releases of the signing side. */
export function workspaceReleaseCommands(release: Command, io: Io, setStatus: SetStatus): void {
  release
    .command('rollback <zone>')
    .description('release the data of an earlier release again, under a raised serial')
    .addOption(new Option('--to <serial>', 'release to go back to (default: the one before)').argParser(numberOption('--to', 0xffff_ffff)))
    .option('--its-keys', 'only if that release has the keys of now')
    .requiredOption('--reason <text>', 'why, for the log')
    .addOption(dir())
    .addOption(actor())
    .addOption(threads())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (zone: string, options: RollbackArguments) => {
      const { releaseRollback } = await import('../commands/release-rollback.ts');
      const { to, itsKeys = false, reason, json: asJson = false } = options;
      const wish = { zone, itsKeys, reason, json: asJson, ...(to === undefined ? {} : { to }) };
      setStatus(await releaseRollback({ ...sessionOptions(options), ...wish }, io));
    });

  release
    .command('published <zone> <serial>')
    .description('all servers of the zone have this release: your word, with --attest')
    .option('--at <time>', 'since when (default: now)')
    .option('--attest', 'on your word, without evidence: an exception in the log')
    .option('--reason <text>', 'how you know, for the log')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (zone: string, serial: string, options: PublishedArguments) => {
      const { releasePublished } = await import('../commands/release-published.ts');
      const { at, attest = false, reason, json: asJson = false } = options;
      const given = { ...(at === undefined ? {} : { at }), ...(reason === undefined ? {} : { reason }) };
      const wish = { zone, serial: numberOption('the serial', 0xffff_ffff)(serial), attest, json: asJson, ...given };
      setStatus(await releasePublished({ ...sessionOptions(options), ...wish }, io));
    });

  release
    .command('catalog')
    .description('release a catalog zone (RFC 9432) of all zones that have a release')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (options: SessionArguments & { readonly json?: boolean }) => {
      const { releaseCatalog } = await import('../commands/release-catalog.ts');
      setStatus(await releaseCatalog({ ...sessionOptions(options), json: options.json === true }, io));
    });
}

interface RollbackArguments extends SessionArguments {
  readonly to?: number;
  readonly itsKeys?: boolean;
  readonly reason: string;
  readonly json?: boolean;
}

interface PublishedArguments extends SessionArguments {
  readonly at?: string;
  readonly attest?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}
