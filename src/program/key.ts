import { type Command, Option } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import { wholeNumber } from '../config/sign-policy.ts';
import type { Io } from '../io.ts';
import { keyBackupCommands } from './key-backup.ts';
import { keyLifecycleCommands } from './key-lifecycle.ts';
import { keyProveCommand } from './key-prove.ts';
import {
  actor,
  dir,
  json,
  nowOption,
  numberOption,
  pinFd,
  pinOptions,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
} from './options.ts';

/** The commands on keys. */
export function keyCommands(key: Command, io: Io, setStatus: SetStatus): void {
  keyBackupCommands(key, io, setStatus);
  keyLifecycleCommands(key, io, setStatus);
  keyProveCommand(key, io, setStatus);
  const token = (): Option => new Option('--token <uri>', 'PKCS#11 URI of the token (default: the tokens of the workspace)');
  key
    .command('generate')
    .description('make a key pair in the token; nothing that is there is ever replaced')
    .addOption(token())
    .requiredOption('--zone <name>', 'zone that the key is for')
    .option('--role <role>', 'ksk, zsk or csk (default, in a workspace: those of the policy that the zone lacks)')
    .option('--alg, --algorithm <algorithm>', 'number or mnemonic (default: 13; in a workspace the policy decides)')
    .addOption(new Option('--bits <n>', 'modulus of an RSA key (default: 2048)').argParser(numberOption('--bits', 4096, 1024)))
    .addOption(
      new Option('--avoid-tag <tag>', 'key tag that is taken elsewhere; may be repeated').argParser(
        (text: string, before: readonly number[] = []) => [...before, wholeNumber(text, '--avoid-tag', 65_535)],
      ),
    )
    .option('--wrappable', 'let the key leave the token wrapped, with a key that the security officer trusts: for backups by wrapping')
    .addOption(pinFd())
    .addOption(json())
    .addOption(dir())
    .addOption(actor())
    .addOption(nowOption())
    .action(async (options: GenerateArguments) => setStatus(await generate(options, io)));

  key
    .command('list')
    .description('list the keys in the token')
    .addOption(token())
    .option('--zone <name>', 'of this zone only')
    .option('--all', 'in a workspace: the destroyed keys too')
    .option('--live', 'in a workspace: ask the tokens too, and mark keys that are missing there')
    .option('--unused', 'in a workspace: what is on the tokens and belongs to no key of the log; it is never touched')
    .addOption(pinFd())
    .addOption(json())
    .addOption(dir())
    .action(async ({ token: uri, ...options }) => {
      if (uri === undefined) {
        const { listWorkspaceKeys } = await import('../commands/workspace-key-list.ts');
        setStatus(await listWorkspaceKeys({ ...options, json: options.json === true }, io));
        return;
      }
      const { keyList } = await import('../commands/key-list.ts');
      refuseForToken(options);
      await keyList({ ...options, token: uri }, io.out, io.err);
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
    .addOption(dir())
    .action(async ({ token: uri, ...options }) => {
      if (uri === undefined) {
        const { printWorkspaceDs } = await import('../commands/workspace-keys.ts');
        setStatus(await printWorkspaceDs({ ...options, json: options.json === true, dnskey: options.dnskey === true }, io));
        return;
      }
      const { keyDs } = await import('../commands/key-ds.ts');
      const { digest, ...rest } = options;
      await keyDs({ ...rest, token: uri, ...(digest === undefined ? {} : { digestTypes: digest }) }, io.out, io.err);
    });
}

/** @throws Refusal usage/list-what */
function refuseForToken(options: Readonly<Record<string, unknown>>): void {
  const misplaced = ['all', 'live', 'unused'].filter((name) => options[name] === true);
  if (misplaced.length === 0) return;
  throw new Refusal(
    'usage/list-what',
    `--token lists one token, and these ask for the keys of a workspace: ${misplaced.map((name) => `--${name}`).join(', ')}`,
    'leave --token out, and name the workspace with --dir; its tokens are those of coldsign.yaml',
  );
}

interface GenerateArguments extends SessionArguments {
  readonly token?: string;
  readonly zone: string;
  readonly role?: string;
  readonly algorithm?: string;
  readonly bits?: number;
  readonly avoidTag?: readonly number[];
  readonly wrappable?: boolean;
  readonly json?: boolean;
}

/** On the token that is named, else for a zone of the workspace. */
async function generate(options: GenerateArguments, io: Io): Promise<number> {
  const { token: uri, zone, role, algorithm, bits, avoidTag, wrappable = false, json: asJson = false } = options;
  if (uri === undefined) {
    const misplaced = Object.entries({ algorithm, bits }).filter(([, value]) => value !== undefined);
    if (misplaced.length > 0) {
      throw new Refusal(
        'usage/generate-what',
        `no --token, so this is for the workspace, where the policy decides about: ${misplaced.map(([name]) => name).join(', ')}`,
        'leave it out, or give --token URI to make a key outside of a workspace',
      );
    }
    const { keyGenerateForZones } = await import('../commands/key-generate-for-zones.ts');
    const { parseRole } = await import('../commands/key-generate.ts');
    const more = { ...(role === undefined ? {} : { role: parseRole(role) }), ...(avoidTag === undefined ? {} : { avoidTags: avoidTag }) };
    const wish = { zones: [zone], json: asJson, wrappable, ...more };
    return keyGenerateForZones({ ...sessionOptions(options), ...wish }, io);
  }
  if (role === undefined) throw new Refusal('usage/bad-role', '--role is missing', 'give --role ksk, zsk or csk');
  const { keyGenerate } = await import('../commands/key-generate.ts');
  const wish = { token: uri, zone, role, algorithm: algorithm ?? '13', wrappable, json: asJson };
  const more = { ...(bits === undefined ? {} : { bits }), ...(avoidTag === undefined ? {} : { avoidTags: avoidTag }) };
  await keyGenerate({ ...wish, ...more, ...pinOptions(options) }, io.out, io.err);
  return 0;
}
