import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, type Reply } from '../../src/demo/dns-client.ts';
import { freePort } from '../../src/demo/loopback.ts';
import { findProgram, toolEnvironment } from '../../src/release/tool.ts';
import { HOST, nsdConfiguration, unboundConfiguration } from './server-configuration.ts';

const READY_WITHIN_MS = 30_000;
const BETWEEN_TRIES_MS = 25;

/** NSD, named or unbound on a free port of this host, in a folder of its own, stopped by its process id. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  ask(name: string, type: string): Promise<Reply>;
}

/** Waits for what is expected; fails with what was found last. */
export async function until<T>(what: string, probe: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const found = await probe().catch((error: Error) => error);
    if (!(found instanceof Error) && good(found)) return found;
    if (performance.now() > deadline) throw new Error(`${what}: ${found instanceof Error ? found.message : JSON.stringify(found)}`);
    await new Promise((next) => setTimeout(next, BETWEEN_TRIES_MS));
  }
}

export interface Nsd extends RunningServer {
  readonly zoneDir: string;
  readonly reload: readonly string[];
}

/** NSD with nsd-control over a socket in its folder. A zone without a file is answered with SERVFAIL. */
export async function startNsd(folder: string, zones: readonly string[]): Promise<Nsd> {
  const zoneDir = join(folder, 'zones');
  mkdirSync(zoneDir, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'nsd.conf');
  const files = zones.map((origin) => ({ origin, file: `zones/${origin}signed` }));
  writeFileSync(config, nsdConfiguration({ folder, port, zones: files }));
  const process = await start('nsd', ['-d', '-c', config], folder, port, zones[0]!);
  return { ...process, zoneDir, reload: ['nsd-control', '-c', config, 'reload', '{zone}'] };
}

export interface NamedOptions {
  readonly zones: readonly string[];
  /** Ports of secondaries that are notified. */
  readonly notify?: readonly number[];
  readonly port?: number;
  /** Consumes this catalog zone of the server on that port. */
  readonly catalog?: { readonly zone: string; readonly primary: number };
}

export interface Named extends RunningServer {
  readonly zoneDir: string;
  readonly reload: readonly string[];
}

/** named with rndc and a key of its own. */
export async function startNamed(folder: string, options: NamedOptions): Promise<Named> {
  const zoneDir = join(folder, 'zones');
  mkdirSync(zoneDir, { recursive: true });
  const port = options.port ?? (await freePort());
  const control = await freePort();
  const key = `key "test" { algorithm hmac-sha256; secret "${Buffer.from('no secret at all').toString('base64')}"; };\n`;
  const rndc = join(folder, 'rndc.conf');
  writeFileSync(rndc, `${key}options { default-key "test"; default-server ${HOST}; default-port ${control}; };\n`);
  const config = join(folder, 'named.conf');
  writeFileSync(config, namedConfiguration(folder, port, control, key, options));
  const probe = options.zones[0] ?? options.catalog!.zone;
  const process = await start('named', ['-g', '-n', '1', '-c', config], folder, port, probe);
  return { ...process, zoneDir, reload: ['rndc', '-c', rndc, 'reload', '{zone}'] };
}

function namedConfiguration(
  folder: string,
  port: number,
  control: number,
  key: string,
  { zones, notify = [], catalog }: NamedOptions,
): string {
  const primaries = catalog === undefined ? '' : `primaries { ${HOST} port ${catalog.primary}; };`;
  const consume =
    catalog === undefined
      ? ''
      : `catalog-zones { zone "${catalog.zone}" default-primaries { ${HOST} port ${catalog.primary}; } in-memory yes min-update-interval 0; };`;
  return `${key}controls { inet ${HOST} port ${control} allow { ${HOST}; } keys { "test"; }; };
options {
  directory "${folder}";
  listen-on port ${port} { ${HOST}; };
  listen-on-v6 { none; };
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  recursion no;
  dnssec-validation no;
  allow-transfer { 127.0.0.0/8; };
  notify explicit;
  notify-delay 0;
  also-notify { ${notify.map((to) => `${HOST} port ${to}; `).join('')}};
  ${consume}
};
${zones.map((zone) => `zone "${zone}" { type primary; file "zones/${zone}signed"; };\n`).join('')}
${catalog === undefined ? '' : `zone "${catalog.zone}" { type secondary; file "catalog.db"; ${primaries} };`}
`;
}

/** A validating resolver that asks one server about everything. What it has seen it keeps for a while: each look takes a new one. */
export async function startUnbound(folder: string, authoritative: number, zone: string, trustAnchor: string): Promise<RunningServer> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'unbound.conf');
  writeFileSync(join(folder, 'anchor'), `${trustAnchor}\n`);
  writeFileSync(config, unboundConfiguration({ folder, port, validates: true, zones: [{ origin: zone, port: authoritative }] }));
  return await start('unbound', ['-d', '-c', config], folder, port, zone);
}

async function start(name: string, args: readonly string[], folder: string, port: number, probe: string): Promise<RunningServer> {
  const program = findProgram(name);
  if (program === undefined) throw new Error(`${name} is not installed`);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: toolEnvironment(), cwd: folder });
  const ended = once(child, 'exit');
  const log: string[] = [];
  child.stderr.on('data', (piece: Buffer) => log.push(piece.toString()));
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', killAtExit);
  const question = (qname: string, type: string): Promise<Reply> => ask({ address: HOST, port }, qname, type, 5000);
  const running: RunningServer = {
    port,
    ask: question,
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', killAtExit);
      await stop(child, ended);
    },
  };
  try {
    // Any answer will do: a server without its zone says SERVFAIL or REFUSED.
    await until(
      `${name} answers`,
      () => alive(child, log, folder, () => ask({ address: HOST, port }, probe, 'SOA', 1000)),
      () => true,
    );
    return running;
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

async function alive(child: ChildProcess, log: readonly string[], folder: string, probe: () => Promise<Reply>): Promise<Reply> {
  if (child.exitCode === null && child.signalCode === null) return await probe();
  const kept = ((): string => {
    try {
      return readFileSync(join(folder, 'log'), 'utf8');
    } catch {
      return '';
    }
  })();
  throw new Error(`it has ended: ${(kept + log.join('')).split('\n').slice(-6).join(' | ')}`);
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(hard);
}
