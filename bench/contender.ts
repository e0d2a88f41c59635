/** How non-existence is proven: one NSEC a name, or NSEC3 (no salt, no extra iterations) with opt-out. */
export type Denial = 'nsec' | 'nsec3-opt-out';

/** One zone to be signed by one contender. */
export interface Job {
  readonly origin: string;
  /** The unsigned zone; where the contender keeps signatures by reading its own former output, that output's signatures are in it. */
  readonly file: string;
  readonly denial: Denial;
  /** The contender's own folder for this zone: keys, configuration, output. */
  readonly dir: string;
  /** The same zone as signed before. */
  readonly previous?: string;
}

export type Argv = readonly [string, ...string[]];

/** A signer with its settings, run as a whole program. All of them sign with one KSK and one ZSK of algorithm 13. */
export interface Contender {
  readonly name: string;
  /** Whose implementation it is: nobody judges his own output. */
  readonly maker: 'knot' | 'bind' | 'ldns' | 'coldsign';
  /** True where signatures of the former run are kept by `Job.previous`, false where they have to stand in the input. */
  readonly takesPrevious: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Makes configuration, and keys where there are none yet. Not measured. */
  prepare(job: Job): Promise<void>;
  command(job: Job): Argv;
  /** The signed zone. */
  output(job: Job): string;
}
