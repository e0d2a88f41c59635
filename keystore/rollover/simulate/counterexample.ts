import type { DataContent, DnskeyContent, DsContent, Usable } from './history.ts';
import type { AlgorithmSet, Profile, Verdict } from './validate.ts';

/** One resolver whose caches make an answer fail, with all that is in them obtainable from some server in time. */
export interface Counterexample {
  /** The first second at which it fails. */
  readonly at: number;
  readonly profile: Profile;
  readonly supported: AlgorithmSet;
  readonly verdict: Exclude<Verdict, { readonly kind: 'secure' }>;
  readonly ds: Usable<DsContent>;
  readonly dnskey: Usable<DnskeyContent>;
  readonly data: Usable<DataContent>;
  /** The DS RRset has run out already: the DNSKEY RRset was validated with it before, and is used by its own TTL. */
  readonly isKept?: true;
}
