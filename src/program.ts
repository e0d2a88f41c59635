import { Command, Option } from 'commander';
import { parseOrigin } from './config/origin.ts';
import { type PolicyOptions, signingPolicy, wholeNumber } from './config/sign-policy.ts';
import { parseDuration, parseMoment, readClock } from './config/time-text.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

type SetStatus = (code: number) => void;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const numberOption =
  (name: string, max: number, min = 0) =>
  (text: string): number =>
    wholeNumber(text, name, max, min);

const pinFd = (): Option => new Option('--pin-fd <n>', 'file descriptor to read the PIN from').argParser(numberOption('--pin-fd', 1023));
const json = (): Option => new Option('--json', 'print one JSON document');
const origin = (): Option => new Option('-o, --origin <name>', 'name of the zone').makeOptionMandatory();
const nowOption = (): Option => new Option('--now <time>', 'do as if it were this time (ISO 8601, YYYYMMDDHHMMSS, +90d)');
const threads = (): Option =>
  new Option('--threads <n>', 'processes that sign and threads that verify').argParser(numberOption('--threads', 64, 1));

/** All commands; each loads its code when it runs, so that --help costs no more than the runtime. */
export function makeProgram(io: Io, setStatus: SetStatus): Command {
  const program = new Command('coldsign')
    .description('Signs DNS zones on a machine without a network, with keys that never leave a PKCS#11 token.')
    .version(VERSION)
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .exitOverride()
    .showHelpAfterError('(--help lists the options)');
  zoneCommands(program.command('zone').description('zone files: check, sign, verify'), io, setStatus);
  keyCommands(program.command('key').description('keys in a token'), io);
  tokenCommands(program.command('token').description('PKCS#11 tokens'), io);
  for (const command of allCommands(program)) command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...allCommands(child as Command)]);
}

function zoneCommands(zone: Command, io: Io, setStatus: SetStatus): void {
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
      const { zoneCheck } = await import('./commands/zone-check.ts');
      const { generic = false, json = false } = options;
      setStatus(await zoneCheck({ ...options, file, apex: parseOrigin(name), generic, json }, io));
    });

  zone
    .command('sign <file>')
    .description('sign a zone file with keys in a token')
    .addOption(origin())
    .requiredOption('-f, --output <file>', 'signed zone file; it appears only when it is complete')
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
    .action(async (file: string, options: SignArguments) => {
      const { zoneSign } = await import('./commands/zone-sign.ts');
      const { origin: name, ksk, zsk, now, verification, ...rest } = options;
      setStatus(
        await zoneSign(
          {
            ...rest,
            file,
            apex: parseOrigin(name),
            kskUris: ksk ?? [],
            zskUris: zsk ?? [],
            policyFor: signingPolicy(options),
            now: moment(now),
            verification: verification === 'off' ? 'off-for-benchmark' : 'every-signature',
            json: options.json === true,
          },
          io,
        ),
      );
    });

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
      const { zoneVerify } = await import('./commands/zone-verify.ts');
      setStatus(await zoneVerify({ ...options, file, apex: parseOrigin(name), now: moment(now) }, io));
    });
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
  readonly origin: string;
  readonly output: string;
  readonly ksk?: readonly string[];
  readonly zsk?: readonly string[];
  readonly publish?: string;
  readonly previous?: string;
  readonly includeRoot?: string;
  readonly threads?: number;
  readonly pinFd?: number;
  readonly now?: string;
  readonly report?: string;
  readonly verification: 'on' | 'off';
  readonly json?: boolean;
}

/** The clock is read here, once per command. */
function moment(text: string | undefined): number {
  const now = readClock();
  return text === undefined ? now : parseMoment(text, now);
}

function keyCommands(key: Command, io: Io): void {
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
      const { keyGenerate } = await import('./commands/key-generate.ts');
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
      const { keyList } = await import('./commands/key-list.ts');
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
      const { keyDs } = await import('./commands/key-ds.ts');
      const { digest, ...rest } = options;
      await keyDs(digest === undefined ? rest : { ...rest, digestTypes: digest }, io.out, io.err);
    });
}

function tokenCommands(token: Command, io: Io): void {
  token
    .command('init')
    .description('make a SoftHSM token in a private folder and print its URI')
    .requiredOption('--dir <dir>', 'folder of the token')
    .option('--label <label>', 'label of the token', 'coldsign')
    .option('--generate-pin', 'make a random PIN in a file of the folder (mode 0600)')
    .option('--pin-file <file>', 'take the PIN from a file (mode 0600)')
    .addOption(pinFd())
    .option('--module <file>', 'SoftHSM library')
    .addOption(json())
    .action(async (options) => {
      const { tokenInit } = await import('./commands/token-init.ts');
      await tokenInit(options, io.out);
    });

  token
    .command('list')
    .description('list the tokens of a PKCS#11 module')
    .option('--token <uri>', 'PKCS#11 URI; what it says of the token selects')
    .option('--module <file>', 'PKCS#11 module (default: SoftHSM)')
    .option('--mechanisms', 'list the mechanisms too')
    .addOption(json())
    .action(async (options) => {
      const { tokenList } = await import('./commands/token-list.ts');
      await tokenList(options, io.out);
    });
}
