import type { Verdict } from '../lab/question.ts';
import type { ResolverOptions, ShiftedLab } from '../lab/shifted-lab.ts';

/** Resolvers with caches of different ages. What each has in its cache when the zone or its parent changes is said by the name. */
const RESOLVERS = {
  /** Asked at every occasion and never emptied, as resolvers of the world are. */
  steady: {},
  /** Filled in the second before a change: keys, DS and data are as old as they can be afterwards. */
  'just-filled': {},
  'just-filled-hardened': { hardened: true },
  /** Caches that judge nothing: they have old data, or old keys, and no more; resolvers behind them get the rest as it is now. */
  'old-data': { validates: false },
  'behind-old-data': { through: 'old-data', hardened: true },
  'old-keys': { validates: false },
  'behind-old-keys': { through: 'old-keys', hardened: true },
} as const satisfies Readonly<Record<string, ResolverOptions>>;

type Witness = keyof typeof RESOLVERS;

const FILLED = ['just-filled', 'just-filled-hardened'] as const;
const JUDGES = ['steady', ...FILLED, 'behind-old-data', 'behind-old-keys'] as const;

/** Looks while the cache of old data holds what it was filled with: for each it has names that nobody has asked for meanwhile. */
const LOOKS = 16;

/** What the cache of old data was filled with at one time. */
interface Fill {
  readonly id: number;
  readonly until: number;
  looks: number;
}

export interface Observation {
  readonly resolver: string;
  readonly question: string;
  readonly at: number;
  readonly rcode: string;
  readonly ad: boolean;
  readonly ede?: number;
}

/** Asks resolvers of a lab before and after each change of a zone, and keeps what they say. */
export class Witnesses {
  readonly #lab: ShiftedLab;
  readonly #zone: string;
  readonly #dataTtl: number;
  #fills: readonly Fill[] = [];
  #filled = 0;
  #asked = 0;

  private constructor(lab: ShiftedLab, zone: string, dataTtl: number) {
    this.#lab = lab;
    this.#zone = zone;
    this.#dataTtl = dataTtl;
  }

  /** @param dataTtl of positive answers, seconds */
  static async start(lab: ShiftedLab, zone: string, dataTtl: number): Promise<Witnesses> {
    // In their order: one through which another asks is there first.
    for (const [name, options] of Object.entries(RESOLVERS)) await lab.resolver(name, options);
    return new Witnesses(lab, zone, dataTtl);
  }

  /** Fills the caches, in the second before a change. */
  async before(): Promise<readonly Observation[]> {
    const emptied = [...FILLED, 'old-keys', 'behind-old-keys'] as const;
    await Promise.all(emptied.map(async (name) => (await this.#lab.resolver(name)).flush()));
    const seen = await this.#askAll(['steady', ...FILLED]);
    await (await this.#lab.resolver('old-keys')).query(this.#zone, 'DNSKEY');
    const fill: Fill = { id: ++this.#filled, until: this.#lab.now + this.#dataTtl, looks: 0 };
    const old = await this.#lab.resolver('old-data');
    for (let look = 0; look < LOOKS; look++) for (const name of this.#names(fill, look)) await old.query(name, 'A');
    this.#fills = [...this.#fills.filter(({ until }) => until >= this.#lab.now), fill];
    return seen;
  }

  /** All of them, with what their caches have. */
  async look(): Promise<readonly Observation[]> {
    const kept = this.#fills.flatMap((fill) => this.#names(fill, fill.looks));
    const seen = await this.#askAll(JUDGES, kept);
    for (const fill of this.#fills) {
      fill.looks += 1;
      if (fill.looks > LOOKS) throw new Error(`${fill.looks} looks, and the cache of old data has names for ${LOOKS}`);
    }
    return seen;
  }

  /** One that knows nothing yet. */
  async fresh(): Promise<readonly Observation[]> {
    await (await this.#lab.resolver('just-filled')).flush();
    return this.#askAll(['just-filled']);
  }

  /** @param kept names that the cache of old data has */
  async #askAll(names: readonly Witness[], kept: readonly string[] = []): Promise<readonly Observation[]> {
    this.#asked += 1;
    return (await Promise.all(names.map((name) => this.#ask(name, name === 'behind-old-data' ? kept : [])))).flat();
  }

  /** The DNSKEY RRset; a name that no cache has, which a wildcard answers; one that there is not; and such as the cache of old data has. */
  async #ask(name: Witness, kept: readonly string[]): Promise<readonly Observation[]> {
    const resolver = await this.#lab.resolver(name);
    const zone = this.#zone;
    const questions = [
      [zone, 'DNSKEY'],
      [`w${this.#asked}.any.${zone}`, 'A'],
      [`n${this.#asked}.${zone}`, 'A'],
      ...kept.map((owner) => [owner, 'A'] as const),
    ] as const;
    const seen: Observation[] = [];
    for (const [owner, type] of questions) seen.push(this.#told(name, `${owner} ${type}`, await resolver.query(owner, type)));
    return seen;
  }

  #told(resolver: string, question: string, { rcode, ad, ede }: Verdict): Observation {
    return { resolver, question, at: this.#lab.now, rcode, ad, ...(ede === undefined ? {} : { ede }) };
  }

  /** One that a wildcard answers, and one that there is not. */
  #names({ id }: Fill, look: number): readonly string[] {
    return [`c${id}-${look}.any.${this.#zone}`, `c${id}-${look}.${this.#zone}`];
  }
}
