import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import {
  actor,
  collect,
  dir,
  json,
  nowOption,
  numberOption,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
} from './options.ts';

const passphraseFd = (): Option =>
  new Option('--passphrase-fd <n>', 'file descriptor to read the passphrase of the backup from (default: the prompt)').argParser(
    numberOption('--passphrase-fd', 1023),
  );
const backupShareFd = (): Option =>
  new Option(
    '--backup-share-fd <n>',
    'file descriptor with shares of the key of the backup, lines NAME: share (default: the terminal)',
  ).argParser(numberOption('--backup-share-fd', 1023));
const tokenPinFd = (): Option =>
  new Option(
    '--token-pin-fd <n>',
    'file descriptor with the PIN of the token in the backup, where coldsign.yaml has no pin-source',
  ).argParser(numberOption('--token-pin-fd', 1023));
const tokenShareFd = (): Option =>
  new Option('--token-share-fd <n>', 'file descriptor with shares of that PIN, where it is in shares').argParser(
    numberOption('--token-share-fd', 1023),
  );
const role = (): Option => new Option('--role <role>', 'ksk, zsk or audit: whose token (default: the one that all have)');
const reason = (): Option => new Option('--reason <text>', 'why and how, for the log');
const evidence = (): Option => new Option('--evidence <file>', 'with --vendor: what proves it; kept with the log');
const token = (what: string): Option => new Option('--token <uri>', what);

/** The commands on backups of keys. */
export function keyBackupCommands(key: Command, io: Io, setStatus: SetStatus): void {
  const withSessionOptions = (command: Command): Command =>
    [pinFd(), json(), dir(), actor(), nowOption()].reduce((sum, option) => sum.addOption(option), command);

  withSessionOptions(key.command('backup'))
    .description('save the keys of a token into an encrypted file; the PIN is not in it')
    .option('--output <file>', 'the backup; it must not exist')
    .addOption(token('URI of a token outside of a workspace'))
    .addOption(role())
    .addOption(passphraseFd())
    .option('--shares <k/n>', 'in place of a passphrase, a random key that exists only in shares: n of them, any k open the backup')
    .option('--holder <name>', 'with --shares: who gets a share; once for each', collect)
    .option('--share-dir <dir>', 'with --shares: folder for the shares (mode 0700), in place of the screen')
    .addOption(
      new Option('--method <method>', 'archive: the whole token, SoftHSM only; wrap: keys that were made with --wrappable')
        .choices(['archive', 'wrap'])
        .default('archive'),
    )
    .option('--zone <name>', 'with --method wrap: keys of this zone only; may be repeated', collect)
    .addOption(
      new Option(
        '--so-pin-fd <n>',
        'with --method wrap: file descriptor with the PIN of the security officer, who makes the trusted key',
      ).argParser(numberOption('--so-pin-fd', 1023)),
    )
    .option('--vendor', 'record a backup that was made by the procedure of the vendor')
    .addOption(evidence())
    .option('--place <text>', 'with --vendor: what was written where')
    .addOption(reason())
    .option('--show <file>', 'tell what a backup says of itself, without opening it')
    .action(async (options: BackupArguments) => {
      setStatus(await backup(options, io));
    });

  withSessionOptions(key.command('drill [file]'))
    .description('prove a backup: restore it into a scratch token, challenge every key, destroy the scratch token')
    .addOption(token('URI of the token that was saved, for its module and pin-source'))
    .addOption(role())
    .addOption(passphraseFd())
    .addOption(backupShareFd())
    .addOption(tokenPinFd())
    .addOption(tokenShareFd())
    .option('--vendor', 'record a drill that was made by the procedure of the vendor')
    .addOption(evidence())
    .option('--failed', 'with --vendor: the drill has failed')
    .addOption(reason())
    .action(async (file: string | undefined, options: DrillArguments) => {
      setStatus(await drill(file, options, io));
    });

  withSessionOptions(key.command('restore <file>'))
    .description('restore a token from its backup; nothing that is there is ever overwritten')
    .requiredOption('--to <place>', 'folder of the token, a new one or one without token; for wrapped keys, the URI of a token')
    .addOption(reason())
    .addOption(token('URI of the token that was saved, for its module and pin-source'))
    .addOption(passphraseFd())
    .addOption(backupShareFd())
    .addOption(tokenPinFd())
    .addOption(tokenShareFd())
    .action(async (file: string, options: RestoreArguments) => {
      const { keyRestore } = await import('../commands/key-restore.ts');
      const { json: asJson = false, ...rest } = options;
      setStatus(await keyRestore({ ...secrets(rest), ...given(rest, ['token', 'reason']), file, to: rest.to, json: asJson }, io));
    });
}

interface BackupFileArguments extends SessionArguments {
  readonly token?: string;
  readonly passphraseFd?: number;
  readonly backupShareFd?: number;
  readonly tokenPinFd?: number;
  readonly tokenShareFd?: number;
  readonly reason?: string;
  readonly json?: boolean;
}

interface RestoreArguments extends BackupFileArguments {
  readonly to: string;
}

interface VendorArguments extends BackupFileArguments {
  readonly role?: string;
  readonly vendor?: boolean;
  readonly evidence?: string;
}

interface BackupArguments extends VendorArguments {
  readonly output?: string;
  readonly method: 'archive' | 'wrap';
  readonly zone?: readonly string[];
  readonly soPinFd?: number;
  readonly shares?: string;
  readonly holder?: readonly string[];
  readonly shareDir?: string;
  readonly place?: string;
  readonly show?: string;
}

interface DrillArguments extends VendorArguments {
  readonly failed?: boolean;
}

async function backup(options: BackupArguments, io: Io): Promise<number> {
  const { keyBackup, keyBackupByVendor, refuseNoOutput, showBackup } = await import('../commands/key-backup.ts');
  const { json: asJson = false } = options;
  if (options.show !== undefined) return showBackup(options.show, asJson, io);
  const common = { ...secrets(options), ...(await roleOf(options)) };
  if (options.vendor === true) return keyBackupByVendor({ ...common, ...given(options, ['evidence', 'place', 'reason']) }, io);
  const { parseOrigin } = await import('../config/origin.ts');
  const { printName } = await import('../../signer/dns/name.ts');
  const what = {
    method: options.method === 'wrap' ? ('wrap' as const) : ('token-archive' as const),
    zones: (options.zone ?? []).map((name) => printName(parseOrigin(name)).toLowerCase()),
    output: refuseNoOutput(options.output),
  };
  return keyBackup({ ...common, ...(await sharesOf(options)), ...given(options, ['token', 'soPinFd']), ...what, json: asJson }, io);
}

async function drill(file: string | undefined, options: DrillArguments, io: Io): Promise<number> {
  const { keyDrill, keyDrillByVendor, refuseNoFile } = await import('../commands/key-drill.ts');
  if (options.vendor === true) {
    const step = { ...(await roleOf(options)), ...given(options, ['evidence', 'reason']), failed: options.failed === true };
    return keyDrillByVendor({ ...secrets(options), ...step }, io);
  }
  return keyDrill({ ...secrets(options), ...given(options, ['token']), file: refuseNoFile(file), json: options.json === true }, io);
}

async function sharesOf({ shares, holder = [], shareDir }: BackupArguments) {
  if (shares === undefined) return {};
  const { shareFolder, shareScheme } = await import('../commands/share-options.ts');
  return { shares: { ...shareScheme(shares, holder), ...shareFolder(shareDir) } };
}

function secrets(options: BackupFileArguments) {
  return { ...sessionOptions(options), ...given(options, ['passphraseFd', 'backupShareFd', 'tokenPinFd', 'tokenShareFd']) };
}

async function roleOf({ role: text }: VendorArguments) {
  if (text === undefined) return {};
  const { parseTokenRole } = await import('../backup/tokens.ts');
  return { role: parseTokenRole(text) };
}

/** Those members that were given. */
function given<T extends object, K extends keyof T>(options: T, names: readonly K[]): { [P in K]?: Exclude<T[P], undefined> } {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(given) as { [P in K]?: Exclude<T[P], undefined> };
}
