import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiftedClock } from '../clock/shifted-clock.ts';
import { Authority } from './authority.ts';
import { Resolver } from './resolver.ts';

export interface LabRequest {
  /** Unix seconds at which the lab begins. */
  readonly start: number;
  /** Absolute name of the parent zone, whose keys the resolvers trust. */
  readonly parent: string;
  /** DS or DNSKEY records of the parent, one a line. */
  readonly trustAnchor: string;
  /** Absolute name of the child zone, below the parent. */
  readonly child: string;
}

/** Counts when the resolver is first named. */
export interface ResolverOptions {
  /** Insists on every algorithm of the DS RRset; by default one valid path will do. */
  readonly hardened?: boolean;
  /** By default it does. One that does not is a cache between a resolver and the servers. */
  readonly validates?: boolean;
  /** Name of the resolver that it asks in place of the servers. */
  readonly through?: string;
}

/**
 * A parent and a child zone on NSD and any number of validating resolvers on unbound, on free ports of 127.0.0.1, all at one time of day that
 * stands still until it is moved. The servers run on while it moves: a resolver that was asked before has the cache of one that was asked before.
 */
export class ShiftedLab implements AsyncDisposable {
  readonly parent: Authority;
  readonly child: Authority;
  readonly #clock: ShiftedClock;
  readonly #folder: string;
  readonly #request: LabRequest;
  readonly #resolvers = new Map<string, Promise<Resolver>>();
  readonly #ends: AsyncDisposableStack;

  private constructor(
    request: LabRequest,
    folder: string,
    clock: ShiftedClock,
    authorities: { readonly parent: Authority; readonly child: Authority },
    ends: AsyncDisposableStack,
  ) {
    this.#request = request;
    this.#folder = folder;
    this.#clock = clock;
    this.parent = authorities.parent;
    this.child = authorities.child;
    this.#ends = ends;
  }

  static async start(request: LabRequest): Promise<ShiftedLab> {
    await using ends = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), `coldsign-lab-${process.pid}-`));
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    const clock = ends.use(new ShiftedClock(join(folder, 'clock'), request.start));
    const parent = ends.use(await Authority.prepare(request.parent, join(folder, 'parent'), clock));
    const child = ends.use(await Authority.prepare(request.child, join(folder, 'child'), clock));
    return new ShiftedLab(request, folder, clock, { parent, child }, ends.move());
  }

  /** Unix seconds. */
  get now(): number {
    return this.#clock.now;
  }

  /** Every server is at this second at once. Time does not go back: a cache would hold what was not yet there. */
  moveTo(seconds: number): void {
    if (seconds < this.now) throw new Error(`the lab is at ${this.now} and cannot go back to ${seconds}`);
    this.#clock.moveTo(seconds);
  }

  /** @param zoneText signed parent zone with the delegation and its DS records; a serial that differs from the one before */
  loadParent(zoneText: string): Promise<void> {
    return this.parent.load(zoneText);
  }

  /** @param zoneText child zone as released; a serial that differs from the one before */
  loadChild(zoneText: string): Promise<void> {
    return this.child.load(zoneText);
  }

  /** The resolver of that name; it is started, with empty caches, when it is first named. */
  resolver(name: string, options: ResolverOptions = {}): Promise<Resolver> {
    const known = this.#resolvers.get(name);
    if (known !== undefined) return known;
    const starting = this.#startResolver(name, options);
    this.#resolvers.set(name, starting);
    return starting;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ends.disposeAsync();
  }

  async #startResolver(name: string, { hardened = false, validates = true, through }: ResolverOptions): Promise<Resolver> {
    const { parent, child } = this;
    const resolver = await Resolver.start({
      folder: join(this.#folder, `resolver-${name}`),
      clock: this.#clock,
      trustAnchor: this.#request.trustAnchor,
      zones: [parent, child],
      hardened,
      validates,
      through: through === undefined ? undefined : (await this.resolver(through)).port,
    });
    return this.#ends.use(resolver);
  }
}
