import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Refusal } from '../signer/errors.ts';

/** Programs that the bench runs, each with its Debian package and the arguments that print its version. */
const TOOLS = [
  { program: 'softhsm2-util', package: 'softhsm2', version: ['--version'] },
  { program: 'kzonesign', package: 'knot-dnssecutils', version: ['--version'] },
  { program: 'kzonecheck', package: 'knot-dnssecutils' },
  { program: 'dnssec-signzone', package: 'bind9-utils', version: ['-V'] },
  { program: 'dnssec-keygen', package: 'bind9-utils' },
  { program: 'dnssec-verify', package: 'bind9-utils' },
  { program: 'ldns-signzone', package: 'ldnsutils', version: ['-v'] },
  { program: 'ldns-keygen', package: 'ldnsutils' },
] as const;

const SOFTHSM_MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
];
const P11_KIT_MODULES = '/usr/share/p11-kit/modules';
const HIDDEN_MARK = 'BENCH_P11_KIT_HIDDEN';

/** @throws Refusal setup/bench-tool-missing, naming every package that is missing */
export function requireTools(): void {
  const missing = TOOLS.filter((tool) => find(tool.program) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.package))].join(' ');
  throw new Refusal(
    'setup/bench-tool-missing',
    `not found: ${missing.map((tool) => tool.program).join(', ')}`,
    `apt-get install ${packages}`,
  );
}

/** @throws Refusal setup/bench-tool-missing */
export function softhsmModule(): string {
  const module = SOFTHSM_MODULES.find((path) => existsSync(path));
  if (module === undefined) {
    throw new Refusal('setup/bench-tool-missing', `no SoftHSM module at ${SOFTHSM_MODULES.join(' or ')}`, 'apt-get install softhsm2');
  }
  return module;
}

/** What the figures depend on, one line each. */
export function describeMachine(): string[] {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const versions = TOOLS.flatMap((tool) => ('version' in tool ? [`${tool.program} ${versionOf(tool.program, tool.version)}`] : []));
  return [
    `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()} ${arch()}, load ${loadavg()[0]?.toFixed(2)} at the start`,
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${versions.join(', ')}`,
    process.env[HIDDEN_MARK] === undefined
      ? "p11-kit's registered modules are visible: kzonesign loads them too"
      : "p11-kit's registered modules are hidden: kzonesign loads the one in its configuration alone",
  ];
}

/**
 * Starts this program again with an empty folder over p11-kit's list of modules, in a mount namespace of its own: GnuTLS, and so kzonesign,
 * would load each module that is registered on the machine. Does nothing without the right to do so.
 */
export function hideOtherModules(emptyFolder: string): void {
  if (process.env[HIDDEN_MARK] !== undefined || process.getuid?.() !== 0) return;
  if (!existsSync(P11_KIT_MODULES) || readdirSync(P11_KIT_MODULES).length === 0) return;
  const unshare = find('unshare');
  mkdirSync(emptyFolder, { recursive: true });
  const script = `mount --bind "$1" ${P11_KIT_MODULES} && shift && exec "$@"`;
  const inside = (...command: string[]) => ['--mount', 'sh', '-c', script, 'sh', emptyFolder, ...command];
  if (unshare === undefined || spawnSync(unshare, inside('true')).status !== 0) return;
  process.execve?.(unshare, [unshare, ...inside(process.execPath, ...process.execArgv, ...process.argv.slice(1))], {
    ...process.env,
    [HIDDEN_MARK]: '1',
  });
}

function find(program: string): string | undefined {
  const { PATH = '' } = process.env;
  return PATH.split(':')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

function versionOf(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.match(/\d+\.\d+[^\s,)]*/)?.[0] ?? 'of unknown version';
}

/** @returns octets of a file as text, or undefined where there is none */
export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
