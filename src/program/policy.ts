import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { actor, collect, dir, json, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** The commands on the configuration. */
export function policyCommands(policy: Command, io: Io, setStatus: SetStatus): void {
  policy
    .command('show [name]')
    .description('the policies of coldsign.yaml, or all values of one of them')
    .addOption(dir())
    .addOption(json())
    .action(async (name: string | undefined, options: Arguments) => {
      const { policyShow } = await import('../commands/policy-show.ts');
      setStatus(policyShow({ ...common(options), ...(name === undefined ? {} : { name }) }, io));
    });

  policy
    .command('check')
    .description('what of coldsign.yaml cannot work, with the numbers of both sides')
    .addOption(dir())
    .addOption(json())
    .action(async (options: Arguments) => {
      const { policyCheck } = await import('../commands/policy-check.ts');
      setStatus(policyCheck(common(options), io));
    });

  policy
    .command('explain [name]')
    .description('each value of a policy, where it comes from and what it implies')
    .option('--zone <name>', 'with the figures of this zone: its registry, SOA expire and TTLs')
    .addOption(dir())
    .addOption(json())
    .action(async (name: string | undefined, { zone, ...options }: Arguments & { readonly zone?: string }) => {
      const { policyExplain } = await import('../commands/policy-explain.ts');
      const named = { ...(name === undefined ? {} : { name }), ...(zone === undefined ? {} : { zone }) };
      setStatus(policyExplain({ ...common(options), ...named }, io));
    });

  policy
    .command('apply')
    .description('let coldsign.yaml take effect, and put what changes into the log')
    .option('--approved-by <person>', 'who agreed, where a quorum is asked for; may be repeated', collect)
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (options: Arguments & SessionArguments & { readonly approvedBy?: readonly string[] }) => {
      const { policyApply } = await import('../commands/policy-apply.ts');
      const { approvedBy = [], json: asJson = false } = options;
      setStatus(await policyApply({ ...sessionOptions(options), approvedBy, json: asJson }, io));
    });

  policy
    .command('import')
    .description('take policies over from BIND or OpenDNSSEC, and report what could not be carried over')
    .option('--bind <file>', 'named.conf with dnssec-policy blocks')
    .option('--opendnssec <file>', 'kasp.xml')
    .option('--name <name>', 'only the policy of this name')
    .option('--rename <name>', 'name that it gets here')
    .option('--replace', 'replace a policy that coldsign.yaml has under the name')
    .option('--dry-run', 'report, and change nothing')
    .addOption(dir())
    .addOption(json())
    .action(async (options: ImportArguments) => {
      const { policyImport } = await import('../commands/policy-import.ts');
      const { replace = false, dryRun = false, json: asJson = false, ...rest } = options;
      setStatus(policyImport({ ...rest, replace, dryRun, json: asJson }, io));
    });

  policy
    .command('schema')
    .description('JSON Schema of coldsign.yaml, for editors')
    .action(async () => {
      const { policySchema } = await import('../commands/policy-schema.ts');
      setStatus(policySchema(io));
    });
}

interface Arguments {
  readonly dir?: string;
  readonly json?: boolean;
}

interface ImportArguments extends Arguments {
  readonly bind?: string;
  readonly opendnssec?: string;
  readonly name?: string;
  readonly rename?: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
}

function common({ dir: folder, json: asJson = false }: Arguments) {
  return { ...(folder === undefined ? {} : { dir: folder }), json: asJson };
}
