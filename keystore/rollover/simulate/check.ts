import type { Counterexample } from './counterexample.ts';
import type { DataContent, DnskeyContent, DsContent, Span, World } from './history.ts';
import { usableOf } from './history.ts';
import { type KeySet, keySetsOf } from './key-sets.ts';
import { firstInvalidSignature } from './signature-times.ts';
import { dataKey, dnskeyKey, dsKey, type Held, instantsOf, sweepOver, type Views } from './sweep.ts';
import type { AlgorithmSet, Profile } from './validate.ts';
import { validate } from './validate.ts';
import { keepersOf, type Validator, validatorsOf } from './validators.ts';

export interface CheckOptions {
  /** Absent: all three. */
  readonly profiles?: readonly Profile[];
  /** Absent: every set of the algorithms that occur (of more than four: all, each alone, all but one). */
  readonly supported?: readonly AlgorithmSet[];
  /**
   * Which resolvers are asked that use a validated DNSKEY RRset by its own TTL, whatever becomes of the DS. every: of each profile and set of
   * algorithms. any-path: of profile L that know all algorithms. Absent: any-path where profile S is not asked for, every one where it is.
   * Design note: a liberal change of algorithm takes the old signatures away as soon as the old DS has run out. Whoever keeps keys and insists on
   * the old algorithm, or knows no other, finds that bogus for TTLkey, and is not served by it as profile S is not.
   */
  readonly keepers?: 'every' | 'any-path' | 'none';
  /** When policy does not say that the zone is secure (first signing, RFC 8078). Absent: never. Bogus is not allowed then either. */
  readonly insecureAllowed?: readonly Span[];
}

/** insecureAllowed for a zone that no policy calls secure at any time. */
export const ALWAYS: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/**
 * Looks for a resolver that some server and some cache can fail: at every instant at which a version becomes usable or stops being so, every
 * combination of a usable DS RRset, DNSKEY RRset and RRset of data, chosen independently, for each profile and set of algorithms.
 * I1: no answer is bogus. I2: none is insecure while it is to be secure, for a validator that knows all algorithms. I3: every signature is valid
 * as long as caches use it, whatever the clock within the skew. All of them are asked also of resolvers that keep a DNSKEY RRset which they have
 * validated for its own TTL, when the DS is not there any more. Time is whole seconds and what is usable changes at those instants only, so the
 * search is exhaustive.
 *
 * @returns the earliest failure, undefined if there is none
 * @throws RangeError for a history that does not ascend
 */
export function checkWorld(world: World, options: CheckOptions = {}): Counterexample | undefined {
  const usable = usableOf(world);
  const validators = validatorsOf(world, options);
  const keepers = keepersOf(validators, options);
  const keySets = keepers.length === 0 ? [] : keySetsOf(usable.ds, usable.dnskey);
  const chain = firstBrokenChain(
    { ...usable, keySets },
    { validators, keepers },
    options.insecureAllowed ?? [],
    world.until ?? Number.POSITIVE_INFINITY,
  );
  const signature = firstInvalidSignature({ ...usable, keySets }, world);
  if (signature === undefined || (chain !== undefined && chain.at <= signature.at)) return chain;
  const [{ profile, supported }] = validators;
  return { ...signature, profile, supported };
}

function firstBrokenChain(
  { ds, dnskey, data, keySets }: ReturnType<typeof usableOf> & { readonly keySets: readonly KeySet[] },
  { validators, keepers }: { readonly validators: readonly Validator[]; readonly keepers: readonly Validator[] },
  insecureAllowed: readonly Span[],
  until: number,
): Counterexample | undefined {
  const sweeps = { ds: sweepOver(ds, dsKey), dnskey: sweepOver(dnskey, dnskeyKey), data: sweepOver(data, dataKey) };
  const kept = sweepOver<Chain, Held<Chain>>(
    keySets.map(({ from, to, ...content }) => ({ from, to, content })),
    (set) => `${dsKey(set.ds.content)}\n\n${dnskeyKey(set.dnskey.content)}`,
  );
  const judge = judgeFor(validators);
  const judgeKept = judgeFor(keepers);
  for (const at of instantsOf([...ds, ...dnskey, ...data, ...insecureAllowed])) {
    if (at >= until) break;
    const changed = [sweeps.ds.moveTo(at), sweeps.dnskey.moveTo(at), sweeps.data.moveTo(at)].includes(true);
    const hasKept = keySets.length > 0 && kept.moveTo(at);
    if (!changed && !hasKept && !insecureAllowed.some(({ to }) => to === at)) continue;
    const mayBeInsecure = insecureAllowed.some(({ from, to }) => from <= at && at < to);
    const failure = firstFailure(sweeps.ds.views(), sweeps.dnskey.views(), sweeps.data.views(), judge, mayBeInsecure);
    if (failure !== undefined) return { at, ...failure };
    const bogus = firstKeeper(kept.views(), sweeps.data.views(), judgeKept);
    if (bogus !== undefined) return { at, ...bogus };
  }
  return undefined;
}

type Chain = Pick<KeySet, 'ds' | 'dnskey'>;

/** A resolver that has no DS any more, and data that its keys do not fit. */
function firstKeeper(kept: Views<Chain, Held<Chain>>, dataViews: Views<DataContent>, judge: Judge): Omit<Counterexample, 'at'> | undefined {
  for (const [k, { content: set }] of kept)
    for (const [s, data] of dataViews) {
      const { bogus } = judge(`${k}/${s}`, set.ds.content, set.dnskey.content, data.content);
      if (bogus !== undefined) return { ...bogus, ds: set.ds, dnskey: set.dnskey, data, isKept: true };
    }
  return undefined;
}

function firstFailure(
  dsViews: Views<DsContent>,
  dnskeyViews: Views<DnskeyContent>,
  dataViews: Views<DataContent>,
  judge: Judge,
  mayBeInsecure: boolean,
): Omit<Counterexample, 'at'> | undefined {
  for (const [d, ds] of dsViews)
    for (const [q, dnskey] of dnskeyViews)
      for (const [s, data] of dataViews) {
        const { bogus, insecure } = judge(`${d}/${q}/${s}`, ds.content, dnskey.content, data.content);
        const failure = bogus ?? (mayBeInsecure ? undefined : insecure);
        if (failure !== undefined) return { ...failure, ds, dnskey, data };
      }
  return undefined;
}

/** What the first validator says that finds a combination bogus, and the first that knows all algorithms and finds it insecure. */
interface Judgement {
  bogus?: Failure;
  insecure?: Failure;
}

type Failure = Pick<Counterexample, 'profile' | 'supported' | 'verdict'>;
type Judge = (combination: string, ds: DsContent, dnskey: DnskeyContent, data: DataContent) => Judgement;

/** Each combination is judged once, however many instants it is there. */
function judgeFor(validators: readonly Validator[]): Judge {
  const known = new Map<string, Judgement>();
  return (combination, ds, dnskey, data) => {
    const before = known.get(combination);
    if (before !== undefined) return before;
    const judgement: Judgement = {};
    for (const { profile, supported, knowsAll } of validators) {
      const verdict = validate(ds, dnskey, data, profile, supported);
      if (verdict.kind === 'bogus') judgement.bogus ??= { profile, supported, verdict };
      else if (verdict.kind === 'insecure' && knowsAll) judgement.insecure ??= { profile, supported, verdict };
    }
    known.set(combination, judgement);
    return judgement;
  };
}
