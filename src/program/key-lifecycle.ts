import { type Command, Option } from 'commander';
import { wholeNumber } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import type { ClaimFormat } from '../keys/claims/read-claims.ts';
import { actor, collect, dir, json, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** As in claims/read-claims.ts, which is not loaded before it is needed. */
const FORMATS = ['auto', 'bind', 'knot', 'opendnssec', 'kskm', 'dnskey'] satisfies ClaimFormat[];

/** The commands that take keys over and that end them. */
export function keyLifecycleCommands(key: Command, io: Io, setStatus: SetStatus): void {
  const withSessionOptions = (command: Command): Command =>
    [pinFd(), json(), dir(), actor(), nowOption()].reduce((sum, option) => sum.addOption(option), command);

  withSessionOptions(key.command('import'))
    .description('adopt keys of another program as they are: found in the tokens of the workspace by public key, and proved')
    .requiredOption('--zone <name>', 'zone of the keys')
    .addOption(
      new Option(
        '--from <file>',
        "BIND's K*.key files or their folder, a key list of Knot or OpenDNSSEC, ksrsigner.yaml; may be repeated",
      ).argParser(collect),
    )
    .addOption(new Option('--dnskey <file>', 'DNSKEY records in zone-file form; may be repeated').argParser(collect))
    .addOption(new Option('--format <format>', 'of the files in --from (default: by their contents)').choices(FORMATS))
    .option('--role <role>', 'ksk, zsk or csk (default: what the files say)')
    .option('--accept-extractable', 'take keys that could have left their token; with --reason')
    .option('--reason <text>', 'why such keys are taken, for the log')
    .action(async (options: ImportArguments) => setStatus(await importKeys(options, io)));

  withSessionOptions(key.command('destroy'))
    .description('destroy a key that nothing needs any more, on all tokens of its role')
    .requiredOption('--zone <name>', 'zone of the key')
    .addOption(new Option('--key <tag>', 'key tag').argParser((text) => wholeNumber(text, '--key', 65_535)).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, for the log')
    .option('--attest-no-ds <text>', 'of a KSK: how it is known that the parent has no DS of it, for the log')
    .option('--confirm <tag>', 'the key tag once more, typed by who means it (default: it is asked for at the terminal)')
    .action(async (options: DestroyArguments) => {
      const { keyDestroy } = await import('../commands/key-destroy.ts');
      const { key: keyTag, zone, reason, attestNoDs, confirm } = options;
      const more = { ...(attestNoDs === undefined ? {} : { attestNoDs }), ...(confirm === undefined ? {} : { confirm }) };
      setStatus(await keyDestroy({ ...sessionOptions(options), zone, keyTag, reason, json: options.json === true, ...more }, io));
    });
}

interface ImportArguments extends SessionArguments {
  readonly zone: string;
  readonly from?: readonly string[];
  readonly dnskey?: readonly string[];
  readonly format?: ClaimFormat;
  readonly role?: string;
  readonly acceptExtractable?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

interface DestroyArguments extends SessionArguments {
  readonly zone: string;
  readonly key: number;
  readonly reason: string;
  readonly attestNoDs?: string;
  readonly confirm?: string;
  readonly json?: boolean;
}

async function importKeys(options: ImportArguments, io: Io): Promise<number> {
  const { keyImport } = await import('../commands/key-import.ts');
  const { parseRole } = await import('../commands/key-generate.ts');
  const { zone, role, reason, format = 'auto', acceptExtractable = false } = options;
  return keyImport(
    {
      ...sessionOptions(options),
      zone,
      sources: [
        ...(options.from ?? []).map((path) => ({ path, format })),
        ...(options.dnskey ?? []).map((path) => ({ path, format: 'dnskey' as const })),
      ],
      acceptExtractable,
      json: options.json === true,
      ...(role === undefined ? {} : { role: parseRole(role) }),
      ...(reason === undefined ? {} : { reason }),
    },
    io,
  );
}
