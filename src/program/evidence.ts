import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { actor, dir, json, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** The commands on what was seen of zones and their parents. */
export function evidenceCommands(evidence: Command, io: Io, setStatus: SetStatus): void {
  evidence
    .command('import <files...>')
    .description('take files with what every server of a zone, or of its parent, has answered')
    .option('--servers-changed <reason>', 'servers of the last file are missing, and why')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (files: string[], options: ImportArguments) => {
      const { evidenceImport } = await import('../commands/evidence-import.ts');
      const { serversChanged, json: asJson = false } = options;
      const changed = serversChanged === undefined ? {} : { serversChanged };
      setStatus(await evidenceImport({ ...sessionOptions(options), files, json: asJson, ...changed }, io));
    });
  evidence
    .command('show')
    .description('what is known of the servers of a zone and of its parent; needs no token')
    .requiredOption('--zone <zone>', 'zone of the workspace')
    .addOption(dir())
    .addOption(json())
    .action(async ({ json: asJson = false, ...options }: { zone: string; dir?: string; json?: boolean }) => {
      const { evidenceShow } = await import('../commands/evidence-show.ts');
      setStatus(evidenceShow({ ...options, json: asJson }, io));
    });
  evidence
    .command('schema')
    .description('JSON Schema of the files')
    .action(async () => {
      const { evidenceSchema } = await import('../commands/evidence-show.ts');
      setStatus(evidenceSchema(io));
    });
}

interface ImportArguments extends SessionArguments {
  readonly serversChanged?: string;
  readonly json?: boolean;
}
