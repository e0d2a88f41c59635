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

/** Later looks at one change, for each of which the cache of old data holds names that nobody has asked for meanwhile. */
const LOOKS = 8;

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
  #change = 0;
  #look = 0;
  #asked = 0;

  private constructor(lab: ShiftedLab, zone: string) {
    this.#lab = lab;
    this.#zone = zone;
  }

  static async start(lab: ShiftedLab, zone: string): Promise<Witnesses> {
    // In their order: one through which another asks is there first.
    for (const [name, options] of Object.entries(RESOLVERS)) await lab.resolver(name, options);
    return new Witnesses(lab, zone);
  }

  /** Fills the caches, in the second before a change. */
  async before(): Promise<readonly Observation[]> {
    this.#change += 1;
    this.#look = 0;
    const emptied = [...FILLED, 'old-keys', 'behind-old-keys'] as const;
    await Promise.all(emptied.map(async (name) => (await this.#lab.resolver(name)).flush()));
    const seen = await this.#askAll(['steady', ...FILLED]);
    await (await this.#lab.resolver('old-keys')).query(this.#zone, 'DNSKEY');
    const old = await this.#lab.resolver('old-data');
    for (let look = 0; look < LOOKS; look++) for (const name of this.#kept(look)) await old.query(name, 'A');
    return seen;
  }

  /** All of them, with what their caches have. */
  async look(): Promise<readonly Observation[]> {
    if (this.#look >= LOOKS) throw new Error(`${this.#look} looks at one change: the cache of old data has no more names`);
    const seen = await this.#askAll(JUDGES);
    this.#look += 1;
    return seen;
  }

  /** One that knows nothing yet. */
  async fresh(): Promise<readonly Observation[]> {
    await (await this.#lab.resolver('just-filled')).flush();
    return this.#askAll(['just-filled']);
  }

  async #askAll(names: readonly Witness[]): Promise<readonly Observation[]> {
    this.#asked += 1;
    return (await Promise.all(names.map((name) => this.#ask(name)))).flat();
  }

  /** The DNSKEY RRset; a name that no cache has, which a wildcard answers; one that there is not; and such as the cache of old data has. */
  async #ask(name: Witness): Promise<readonly Observation[]> {
    const resolver = await this.#lab.resolver(name);
    const zone = this.#zone;
    const kept = name === 'behind-old-data' ? this.#kept(this.#look) : [];
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

  #kept(look: number): readonly string[] {
    return [`c${this.#change}-${look}.any.${this.#zone}`, `c${this.#change}-${look}.${this.#zone}`];
  }
}
