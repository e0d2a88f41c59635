import { type Command, Option } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import { OVERRIDABLE_RULES, type OverridableRule } from '../config/config.ts';
import { parseOrigin } from '../config/origin.ts';
import { type PolicyOptions, signingPolicy } from '../config/sign-policy.ts';
import { parseDuration } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import {
  actor,
  collect,
  dir,
  json,
  moment,
  nowOption,
  numberOption,
  origin,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
  threads,
} from './options.ts';

/** The commands on zones. */
export function zoneCommands(zone: Command, io: Io, setStatus: SetStatus): void {
  workspaceZoneCommands(zone, io, setStatus);
  zone
    .command('check <file>')
    .description('read a zone file and report what is wrong with it; - is standard input')
    .addOption(origin())
    .option('--generic', 'print the records in canonical order and RFC 3597 form')
    .option('--include-root <dir>', 'folder that $INCLUDE may read from (default: that of the zone file)')
    .option('--previous <file>', 'signed zone that is served now: the serial must be ahead of its')
    .addOption(new Option('--zone-max-ttl <duration>', 'report TTLs above this').argParser(parseDuration))
    .addOption(json())
    .action(async (file: string, { origin: name, ...options }: CheckArguments) => {
      const { zoneCheck } = await import('../commands/zone-check.ts');
      const { generic = false, json = false } = options;
      setStatus(await zoneCheck({ ...options, file, apex: parseOrigin(name), generic, json }, io));
    });

  zone
    .command('sign [targets...]')
    .description('sign zones of the workspace, each into a release; or, with -o and -f, a zone file with keys in a token')
    .option('-o, --origin <name>', 'name of the zone: a zone file is signed, without a workspace')
    .option('-f, --output <file>', 'signed zone file; it appears only when it is complete')
    .option('--ksk <uri>', 'PKCS#11 URI of a key-signing key; may be repeated', collect)
    .option('--zsk <uri>', 'PKCS#11 URI of a zone-signing key; may be repeated; the same URI under both is a CSK', collect)
    .option('--publish <file>', 'DNSKEY records to publish beside those of the signing keys')
    .option('--previous <file>', 'signed zone that is served now: its good signatures are kept')
    .option('--include-root <dir>', 'folder that $INCLUDE may read from (default: that of the zone file)')
    .option('--nsec3', 'NSEC3 in place of NSEC')
    .option('--opt-out', 'NSEC3 without the delegations that have no DS')
    .option('--salt <hex>', 'NSEC3 salt; RFC 9276 asks for none')
    .option('--iterations <n>', 'NSEC3 iterations; RFC 9276 asks for 0')
    .option('--i-know-rfc9276', 'allow --salt and --iterations')
    .option('--zonemd [hashes]', 'ZONEMD record: sha384 (default), sha512, or both with a comma')
    .option('--cds', 'publish CDS and CDNSKEY of the key-signing keys')
    .option('--cds-digest <types>', 'digest types of CDS: 2, 4, or 2,4 (default: 2)')
    .option('--cds-by-zsk', 'let the ZSK sign CDS and CDNSKEY too')
    .option('--serial <policy>', 'keep, increment, unixtime or date (default: increment)')
    .option('--validity <duration>', 'validity of signatures (default: --refresh plus 9d)')
    .option('--validity-dnskey <duration>', 'validity of signatures over DNSKEY, CDS and CDNSKEY (default: as --validity)')
    .option(
      '--refresh <duration>',
      'kept signatures have at least this left (default: 5d, or SOA expire plus the largest TTL if that is more)',
    )
    .option('--jitter <duration>', 'spread of expirations (default: 12h, at most a tenth of the validity)')
    .option('--inception-offset <duration>', 'how far in the past signatures begin (default: 1h)')
    .option('--dnskey-ttl <duration>', 'TTL of DNSKEY, CDS and CDNSKEY (default: 1h)')
    .addOption(threads())
    .addOption(pinFd())
    .addOption(nowOption())
    .option('--report <file>', 'write the sign report (JSON)')
    .addOption(new Option('--verification <mode>', 'on; off is for measuring only').choices(['on', 'off']).default('on'))
    .addOption(json())
    .addOption(dir())
    .addOption(actor())
    .option('--all', 'all zones of the workspace')
    .option('--due', 'with --all: those that need it')
    .option('--resume', 'go on with the last run over many zones that was interrupted')
    .option('--override <rule>', 'let a rule of the gate pass that the policy marks overridable; may be repeated', collect)
    .option('--reason <text>', 'why, for the log')
    .action(async (targets: readonly string[], options: SignArguments) => setStatus(await sign(targets, options, io)));

  zone
    .command('verify <file>')
    .description('verify a signed zone file as a whole, without keys or token')
    .addOption(origin())
    .option('--ds <file>', 'DS records of the parent')
    .option('--include-root <dir>', 'folder that $INCLUDE may read from (default: that of the zone file)')
    .option('--previous <file>', 'signed zone that is served now: report what is gone or new')
    .option('--allow-changes', 'with --previous: changes of data are no errors')
    .option('--allow-delete', 'a CDS delete record (RFC 8078) is meant')
    .addOption(new Option('--margin <duration>', 'signatures must last this much longer than now').argParser(parseDuration))
    .addOption(threads())
    .addOption(nowOption())
    .addOption(json())
    .option('--max-iterations <n>', 'NSEC3 iterations that are still good (default: 0)', numberOption('--max-iterations', 150))
    .action(async (file: string, { origin: name, now, ...options }: VerifyArguments) => {
      const { zoneVerify } = await import('../commands/zone-verify.ts');
      setStatus(await zoneVerify({ ...options, file, apex: parseOrigin(name), now: moment(now) }, io));
    });
}

function workspaceZoneCommands(zone: Command, io: Io, setStatus: SetStatus): void {
  zone
    .command('add <name>')
    .description('put a zone into coldsign.yaml; the rest of the file stays as it is')
    .requiredOption('--source <file>', 'unsigned zone file')
    .option('--owner <text>', 'who answers for it')
    .addOption(new Option('--risk-class <class>', 'what it would mean to lose it').choices(['A', 'B', 'C']))
    .option('--policy <name>', 'its policy')
    .addOption(new Option('--mode <mode>', 'who signs the zone').choices(['full', 'offline-ksk']))
    .option('--registry <name>', 'registry profile')
    .option('--group <name>', 'group in the catalog zone')
    .option('--apply', 'go on with policy apply')
    .option('--generate-keys', 'and with key generate')
    .option('--approved-by <person>', 'who agreed, where a quorum is asked for; may be repeated', collect)
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (name: string, options: AddArguments) => {
      const { zoneAdd } = await import('../commands/zone-add.ts');
      const { apply = false, generateKeys = false, approvedBy = [], json: asJson = false } = options;
      const { source, owner, riskClass, policy, mode, registry, group } = options;
      const members = {
        ...(owner === undefined ? {} : { owner }),
        ...(riskClass === undefined ? {} : { riskClass }),
        ...(policy === undefined ? {} : { policy }),
        ...(mode === undefined ? {} : { mode }),
        ...(registry === undefined ? {} : { registry }),
        ...(group === undefined ? {} : { group }),
      };
      const wish = { apex: parseOrigin(name), source, apply, generateKeys, approvedBy, json: asJson, members };
      setStatus(await zoneAdd({ ...sessionOptions(options), ...wish }, io));
    });

  zone
    .command('list')
    .description('the zones of the workspace; needs no token')
    .option('--owner <text>', 'of this owner')
    .option('--risk-class <class>', 'of this class')
    .option('--policy <name>', 'under this policy')
    .option('--due', 'that should be signed now')
    .addOption(dir())
    .addOption(nowOption())
    .addOption(json())
    .action(async ({ due = false, json: asJson = false, now, ...options }: ListArguments) => {
      const { zoneList } = await import('../commands/zone-list.ts');
      setStatus(await zoneList({ ...options, now: moment(now), due, json: asJson }, io));
    });

  zone
    .command('show <zone>')
    .description('everything that the workspace knows of one zone; needs no token')
    .addOption(dir())
    .addOption(nowOption())
    .addOption(json())
    .action(async (name: string, { json: asJson = false, now, ...options }: ListArguments) => {
      const { zoneShow } = await import('../commands/zone-show.ts');
      setStatus(await zoneShow({ ...options, now: moment(now), zone: name, json: asJson }, io));
    });

  zone
    .command('diff <zone>')
    .description('records that differ between a release and the source, or between two releases')
    .addOption(new Option('--from <serial>', 'a release (default: the current one)').argParser(numberOption('--from', 0xffff_ffff)))
    .addOption(new Option('--to <serial>', 'a release (default: the source)').argParser(numberOption('--to', 0xffff_ffff)))
    .option('--signer-owned', 'compare what signing adds, too')
    .addOption(dir())
    .addOption(json())
    .action(async (name: string, { json: asJson = false, signerOwned = false, ...options }: DiffArguments) => {
      const { zoneDiff } = await import('../commands/zone-diff.ts');
      setStatus(await zoneDiff({ ...options, zone: name, signerOwned, json: asJson }, io));
    });
}

interface AddArguments extends SessionArguments {
  readonly source: string;
  readonly owner?: string;
  readonly riskClass?: 'A' | 'B' | 'C';
  readonly policy?: string;
  readonly mode?: 'full' | 'offline-ksk';
  readonly registry?: string;
  readonly group?: string;
  readonly apply?: boolean;
  readonly generateKeys?: boolean;
  readonly approvedBy?: readonly string[];
  readonly json?: boolean;
}

interface ListArguments {
  readonly dir?: string;
  readonly now?: string;
  readonly owner?: string;
  readonly riskClass?: string;
  readonly policy?: string;
  readonly due?: boolean;
  readonly json?: boolean;
}

interface DiffArguments {
  readonly dir?: string;
  readonly from?: number;
  readonly to?: number;
  readonly signerOwned?: boolean;
  readonly json?: boolean;
}

interface CheckArguments {
  readonly origin: string;
  readonly generic?: boolean;
  readonly json?: boolean;
  readonly includeRoot?: string;
  readonly previous?: string;
  readonly zoneMaxTtl?: number;
}

interface VerifyArguments {
  readonly origin: string;
  readonly now?: string;
  readonly ds?: string;
  readonly includeRoot?: string;
  readonly previous?: string;
  readonly margin?: number;
  readonly allowChanges?: boolean;
  readonly allowDelete?: boolean;
  readonly maxIterations?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

interface SignArguments extends PolicyOptions {
  readonly origin?: string;
  readonly output?: string;
  readonly ksk?: readonly string[];
  readonly zsk?: readonly string[];
  readonly publish?: string;
  readonly previous?: string;
  readonly includeRoot?: string;
  readonly threads?: number;
  readonly pinFd?: number;
  readonly shareFd?: number;
  readonly forceFinalTry?: boolean;
  readonly now?: string;
  readonly report?: string;
  readonly verification: 'on' | 'off';
  readonly json?: boolean;
  readonly dir?: string;
  readonly as?: string;
  readonly all?: boolean;
  readonly due?: boolean;
  readonly resume?: boolean;
  readonly override?: readonly string[];
  readonly reason?: string;
}

/** A zone file where -o or -f is given, else zones of the workspace. */
async function sign(targets: readonly string[], options: SignArguments, io: Io): Promise<number> {
  if (options.origin === undefined && options.output === undefined) return signInWorkspace(targets, options, io);
  const [file] = targets;
  if (options.origin === undefined || options.output === undefined || file === undefined || targets.length > 1) {
    throw new Refusal(
      'usage/sign-what',
      `${targets.length} files, ${options.origin === undefined ? 'no' : 'an'} --origin and ${options.output === undefined ? 'no' : 'an'} --output`,
      'a zone file: coldsign zone sign FILE -o ORIGIN -f OUT --ksk URI --zsk URI; a zone of the workspace: coldsign zone sign ZONE',
    );
  }
  const { zoneSign } = await import('../commands/zone-sign.ts');
  const { origin: name, output, ksk, zsk, now, verification, ...rest } = options;
  return zoneSign(
    {
      ...rest,
      file,
      output,
      apex: parseOrigin(name!),
      kskUris: ksk ?? [],
      zskUris: zsk ?? [],
      policyFor: signingPolicy(options),
      now: moment(now),
      verification: verification === 'off' ? 'off-for-benchmark' : 'every-signature',
      json: options.json === true,
    },
    io,
  );
}

/** Options of a zone file, which the policy decides in a workspace. */
const FILE_ONLY = [
  'ksk',
  'zsk',
  'publish',
  'previous',
  'includeRoot',
  'report',
  'nsec3',
  'optOut',
  'salt',
  'iterations',
  'iKnowRfc9276',
  'zonemd',
  'cds',
  'cdsDigest',
  'cdsByZsk',
  'serial',
  'validity',
  'validityDnskey',
  'refresh',
  'jitter',
  'inceptionOffset',
  'dnskeyTtl',
] as const;

async function signInWorkspace(targets: readonly string[], options: SignArguments, io: Io): Promise<number> {
  const { all = false, due = false, resume = false, override = [], json = false, verification, now, reason } = options;
  const misplaced = FILE_ONLY.filter((name) => options[name] !== undefined);
  if (misplaced.length > 0 || verification === 'off') {
    throw new Refusal(
      'usage/sign-what',
      `options that are for a zone file only: ${[...misplaced, ...(verification === 'off' ? ['verification'] : [])].join(', ')}`,
      'in a workspace the policy decides: edit coldsign.yaml and run coldsign policy apply; for a zone file give -o and -f',
    );
  }
  if ((targets.length === 0) !== (all || resume) || (due && !all)) {
    throw new Refusal(
      'usage/sign-what',
      `${targets.length} zones named${all ? ', --all' : ''}${due ? ', --due' : ''}${resume ? ', --resume' : ''}`,
      'coldsign zone sign ZONE…, or --all, or --all --due, or --resume',
    );
  }
  const { zoneSignWorkspace } = await import('../commands/zone-sign-workspace.ts');
  const wish = {
    zones: targets,
    all,
    due,
    resume,
    overrides: override.map(overridableRule),
    json,
    ...(reason === undefined ? {} : { reason }),
  };
  return zoneSignWorkspace({ ...sessionOptions({ ...options, ...(now === undefined ? {} : { now }) }), ...wish }, io);
}

function overridableRule(text: string): OverridableRule {
  const rule = OVERRIDABLE_RULES.find((name) => name === text);
  if (rule !== undefined) return rule;
  throw new Refusal('usage/override', `--override ${text} is no rule that can be overridden`, `rules are ${OVERRIDABLE_RULES.join(', ')}`);
}
