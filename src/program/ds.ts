import { type Command, Option } from 'commander';
import type { DsVerb } from '../commands/ds-word.ts';
import type { Io } from '../io.ts';
import { actor, dir, json, KEY_WORDS, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** The commands on the DS at the parent. */
export function dsCommands(ds: Command, io: Io, setStatus: SetStatus): void {
  word(ds.command('submit <zone>'), 'submit', 'the DS of a key was handed in at the parent', io, setStatus);
  word(ds.command('seen <zone>'), 'seen', 'the DS of a key is on all servers of the parent: your word, with --attest', io, setStatus);
  word(ds.command('retract <zone>'), 'retract', 'the removal of the DS of a key was asked for', io, setStatus);
  word(ds.command('gone <zone>'), 'gone', 'the DS of a key is on no server of the parent: your word, with --attest', io, setStatus);
  ds.command('export <zone>')
    .description('the set that the parent is to have now, as DS or DNSKEY records; needs no token')
    .addOption(dir())
    .addOption(json())
    .action(async (zone: string, { json: asJson = false, ...options }: { dir?: string; json?: boolean }) => {
      const { dsExport } = await import('../commands/ds-export.ts');
      setStatus(dsExport({ ...options, zone, json: asJson }, io));
    });
}

/** The same under the words of BIND (`rndc dnssec -checkds`). */
export function checkdsCommands(checkds: Command, io: Io, setStatus: SetStatus): void {
  word(checkds.command('published <zone>'), 'seen', 'same as ds seen', io, setStatus);
  word(checkds.command('withdrawn <zone>'), 'gone', 'same as ds gone', io, setStatus);
}

function word(command: Command, verb: DsVerb, description: string, io: Io, setStatus: SetStatus): void {
  command
    .description(description)
    .addOption(new Option('--key <key>', `the key; ${KEY_WORDS}`).makeOptionMandatory())
    .option('--at <time>', 'when (default: now)')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json());
  if (verb === 'seen' || verb === 'gone') {
    command
      .option('--attest', 'on your word, without evidence: an exception in the log')
      .option('--reason <text>', 'how you know, for the log');
  }
  command.action(async (zone: string, options: WordArguments) => {
    const { dsWord } = await import('../commands/ds-word.ts');
    const { key, at, attest = false, reason, json: asJson = false } = options;
    const given = { ...(at === undefined ? {} : { at }), ...(reason === undefined ? {} : { reason }) };
    setStatus(await dsWord({ ...sessionOptions(options), verb, zone, key, attest, json: asJson, ...given }, io));
  });
}

interface WordArguments extends SessionArguments {
  readonly key: string;
  readonly at?: string;
  readonly attest?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}
