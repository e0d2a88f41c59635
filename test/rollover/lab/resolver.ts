import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/demo/loopback.ts';
import { unboundConfiguration } from '../../support/server-configuration.ts';
import type { ShiftedClock } from '../clock/shifted-clock.ts';
import { askOnce, type Verdict } from './question.ts';
import { ServerProcess } from './server-process.ts';

/** Longer than any TTL of a lab: unbound by itself would keep nothing for more than a day, and nothing negative for more than an hour. */
const NO_CAP = 10 * 365 * 86400;

export interface ResolverRequest {
  readonly folder: string;
  readonly clock: ShiftedClock;
  /** DS or DNSKEY records of the parent, one a line. */
  readonly trustAnchor: string;
  /** Zones and the ports of this host where they are served. */
  readonly zones: readonly { readonly origin: string; readonly port: number }[];
  /** Every algorithm in the DS RRset must have a valid path (`harden-algo-downgrade`); without it any one valid path does. */
  readonly hardened: boolean;
  /** Without it, it is a cache alone: it gives out, signatures and all, what it has, and judges nothing. */
  readonly validates: boolean;
  /** Port of a resolver of this host that it asks in place of the servers of the zones. */
  readonly through: number | undefined;
}

/**
 * unbound under the shifted clock, with a cache that it keeps while time moves.
 * Nothing softens its verdict: no skew is forgiven, no TTL is capped, nothing is fetched again before it has run out or because it was bogus.
 * Two things of unbound 1.17 that no option changes, both measured: what has a TTL of n is used, with TTL 0, in the second n too; and a DNSKEY
 * RRset that does not fit its DS RRset makes the zone bogus for 60 seconds more. Where the second after matters, ask a resolver that has
 * filled its cache at the same time and has not been asked since.
 */
export class Resolver implements AsyncDisposable {
  readonly port: number;
  readonly #request: ResolverRequest;
  #process: ServerProcess;

  private constructor(request: ResolverRequest, port: number) {
    this.#request = request;
    this.port = port;
    this.#process = launch(request);
  }

  static async start(request: ResolverRequest): Promise<Resolver> {
    const { folder } = request;
    mkdirSync(folder);
    const port = await freePort();
    writeFileSync(join(folder, 'anchor'), `${request.trustAnchor.trim()}\n`);
    writeFileSync(join(folder, 'unbound.conf'), configuration(request, port));
    const resolver = new Resolver(request, port);
    await resolver.#untilReady();
    return resolver;
  }

  query(name: string, type: string): Promise<Verdict> {
    return askOnce(this.port, name, type);
  }

  /** Empties every cache: a new process at the same port. */
  async flush(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#process = launch(this.#request);
    await this.#untilReady();
  }

  /** What unbound has logged: why it took an answer for bogus. */
  log(): string {
    return this.#process.log();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #untilReady(): Promise<void> {
    // It knows this name by itself: nothing of the lab's zones gets into the cache.
    await this.#process.ready(async () => (await askOnce(this.port, 'localhost.', 'A')).rcode !== '');
  }
}

function launch({ folder, clock }: ResolverRequest): ServerProcess {
  return new ServerProcess({
    program: 'unbound',
    args: ['-d', '-c', join(folder, 'unbound.conf')],
    folder,
    environment: clock.environment(),
    logFile: join(folder, 'log'),
  });
}

function configuration({ folder, hardened, validates, zones, through }: ResolverRequest, port: number): string {
  const server = [
    'aggressive-nsec: no',
    'prefetch: no',
    'serve-expired: no',
    'edns-buffer-size: 4096',
    'max-udp-size: 4096',
    'ede: yes',
    'val-log-level: 2',
    'val-sig-skew-min: 0',
    'val-sig-skew-max: 0',
    'val-bogus-ttl: 0',
    'val-max-restart: 0',
    `cache-max-ttl: ${NO_CAP}`,
    `cache-max-negative-ttl: ${NO_CAP}`,
    `harden-algo-downgrade: ${hardened ? 'yes' : 'no'}`,
  ];
  return unboundConfiguration({ folder, port, validates, server, zones, through });
}
