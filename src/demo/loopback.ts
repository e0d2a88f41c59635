import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import { findTool, toolEnvironment } from '../release/tool.ts';
import { ask, type Reply, type Server } from './dns-client.ts';

export interface ServedZone {
  readonly origin: string;
  readonly file: string;
}

export interface LoopbackRequest {
  readonly zones: readonly ServedZone[];
  /** DS or DNSKEY records, one a line: what the resolver trusts. */
  readonly trustAnchor: string;
  /** Unix seconds at which the resolver believes to be; without it the clock of this machine. */
  readonly now?: number;
  /** Milliseconds until a server that does not answer counts as failed. */
  readonly readyWithinMs?: number;
}

const HOST = '127.0.0.1';
const READY_WITHIN_MS = 30_000;
const BETWEEN_TRIES_MS = 25;
const STARTS = 3;

/**
 * NSD serving zones and unbound validating them, on two free ports of 127.0.0.1. No packet leaves the host: unbound may ask loopback addresses alone,
 * the root and every zone are stubs that point to NSD. All files are in one private folder, gone with the servers.
 */
export class Loopback implements AsyncDisposable {
  readonly #running: Running;

  private constructor(running: Running) {
    this.#running = running;
  }

  /** @throws Refusal setup/tool-missing, Fault setup/server-failed with the end of the server's log */
  static async start(request: LoopbackRequest): Promise<Loopback> {
    const tools = { nsd: findTool('nsd'), unbound: findTool('unbound') };
    for (let start = 1; ; start++) {
      try {
        return new Loopback(await startServers(tools, request));
      } catch (error) {
        // Between finding a free port and binding it, another program may have taken it.
        if (start === STARTS || !/in use/i.test((error as Error).message)) throw error;
      }
    }
  }

  get authoritative(): Server {
    return this.#running.authoritative;
  }

  get resolver(): Server {
    return this.#running.resolver;
  }

  /** A question to the validating resolver. */
  ask(name: string, type: string): Promise<Reply> {
    return ask(this.#running.resolver, name, type);
  }

  /** A question to the name server, without the resolver in between. */
  askAuthoritative(name: string, type: string): Promise<Reply> {
    return ask(this.#running.authoritative, name, type);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running.ends.disposeAsync();
  }
}

interface Running {
  readonly authoritative: Server;
  readonly resolver: Server;
  /** Stops the servers, then removes their folder. */
  readonly ends: AsyncDisposableStack;
}

async function startServers(tools: { readonly nsd: string; readonly unbound: string }, request: LoopbackRequest): Promise<Running> {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `coldsign-loopback-${process.pid}-`));
  const wipe = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', wipe);
  ends.defer(() => {
    process.removeListener('exit', wipe);
    return rm(folder, { recursive: true, force: true });
  });
  const [nsdPort, unboundPort] = await freePorts();
  await writeFile(join(folder, 'anchor'), `${request.trustAnchor.trim()}\n`);
  await writeFile(join(folder, 'nsd.conf'), nsdConfiguration(folder, nsdPort, request.zones));
  await writeFile(join(folder, 'unbound.conf'), unboundConfiguration(folder, unboundPort, nsdPort, request));
  const nsd = ends.use(new ServerProcess('NSD', tools.nsd, folder, 'nsd'));
  const unbound = ends.use(new ServerProcess('unbound', tools.unbound, folder, 'unbound'));
  const authoritative = { address: HOST, port: nsdPort };
  const resolver = { address: HOST, port: unboundPort };
  const origin = request.zones[0]?.origin ?? '.';
  const within = request.readyWithinMs ?? READY_WITHIN_MS;
  await nsd.untilReady(within, async () => (await ask(authoritative, origin, 'SOA', 1000)).answers.length > 0);
  await unbound.untilReady(within, async () => (await ask(resolver, 'version.bind', 'TXT', 1000, 'CH')).rcode !== '');
  return { authoritative, resolver, ends: ends.move() };
}

/** One server in the foreground, stopped by its process id; killed too when this process ends without having stopped it. */
class ServerProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #logFile: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #killAtExit: () => void;
  #output = '';

  constructor(name: string, file: string, folder: string, stem: string) {
    this.#name = name;
    this.#logFile = join(folder, `${stem}.log`);
    const child = spawn(file, ['-d', '-c', join(folder, `${stem}.conf`)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: toolEnvironment(),
      cwd: folder,
    });
    const add = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('latin1')).slice(-4096);
    };
    child.stdout?.on('data', add);
    child.stderr?.on('data', add);
    this.#ended = once(child, 'exit').catch((error: Error) => add(Buffer.from(error.message)));
    this.#killAtExit = () => child.kill('SIGKILL');
    process.prependOnceListener('exit', this.#killAtExit);
    this.#child = child;
  }

  async untilReady(withinMs: number, probe: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) break;
      if (await probe().catch(() => false)) return;
      await new Promise((next) => setTimeout(next, BETWEEN_TRIES_MS));
    }
    const log = await readFile(this.#logFile, 'utf8').catch(() => '');
    const tail = `${log}\n${this.#output}`.trim().split('\n').slice(-5).join(' | ');
    throw new Fault('setup/server-failed', `${this.#name} gives no answer on ${HOST}: ${tail}`, `run ${this.#name} by hand to see why`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#killAtExit);
    if (this.#child.pid === undefined) return;
    this.#child.kill('SIGTERM');
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(hard);
  }
}

/** Ports that neither UDP nor TCP uses at this moment. */
async function freePorts(): Promise<readonly [number, number]> {
  const first = await freePort();
  for (;;) {
    const second = await freePort();
    if (second !== first) return [first, second];
  }
}

/** A port that neither UDP nor TCP uses at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, HOST);
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket('udp4');
    udp.bind(port, HOST);
    const isFree = await once(udp, 'listening').then(
      () => true,
      () => false,
    );
    udp.close();
    tcp.close();
    await once(tcp, 'close');
    if (isFree) return port;
  }
}

/** `username ""` and `chroot ""`: stay who we are, so that it works with and without root. */
function nsdConfiguration(folder: string, port: number, zones: readonly ServedZone[]): string {
  const server = `server:
  ip-address: ${HOST}@${port}
  do-ip6: no
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  logfile: "${folder}/nsd.log"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  cookie-secret-file: ""
  rrl-ratelimit: 0
  tcp-count: 20
remote-control:
  control-enable: no
`;
  return server + zones.map(({ origin, file }) => `zone:\n  name: "${origin}"\n  zonefile: "${resolve(file)}"\n`).join('');
}

/** Everything but 127.0.0.0/8, as a list of networks: unbound has no "only these". */
const NOT_LOOPBACK = [
  '0.0.0.0/2',
  '64.0.0.0/3',
  '96.0.0.0/4',
  '112.0.0.0/5',
  '120.0.0.0/6',
  '124.0.0.0/7',
  '126.0.0.0/8',
  '128.0.0.0/1',
  '::/0',
];

function unboundConfiguration(folder: string, port: number, nsdPort: number, request: LoopbackRequest): string {
  const origins = request.zones.map((zone) => zone.origin);
  const lines = [
    'server:',
    `  interface: ${HOST}@${port}`,
    `  outgoing-interface: ${HOST}`,
    '  do-ip6: no',
    '  do-not-query-localhost: no',
    ...NOT_LOOPBACK.map((network) => `  do-not-query-address: ${network}`),
    '  access-control: 127.0.0.0/8 allow',
    '  unblock-lan-zones: yes',
    ...origins.map((origin) => `  local-zone: "${origin}" nodefault`),
    '  chroot: ""',
    '  username: ""',
    `  directory: "${folder}"`,
    `  pidfile: "${folder}/unbound.pid"`,
    `  logfile: "${folder}/unbound.log"`,
    '  use-syslog: no',
    '  do-daemonize: no',
    '  num-threads: 1',
    '  module-config: "validator iterator"',
    `  trust-anchor-file: "${folder}/anchor"`,
    '  trust-anchor-signaling: no',
    '  val-log-level: 2',
    ...(request.now === undefined ? [] : [`  val-override-date: ${request.now}`]),
    '  qname-minimisation: no',
    '  aggressive-nsec: no',
    '  edns-buffer-size: 1232',
    'remote-control:',
    '  control-enable: no',
    ...[...new Set([...origins, '.'])].flatMap((origin) => [
      'stub-zone:',
      `  name: "${origin}"`,
      `  stub-addr: ${HOST}@${nsdPort}`,
      '  stub-prime: no',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
