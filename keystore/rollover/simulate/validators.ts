import type { World } from './history.ts';
import type { AlgorithmSet, Profile } from './validate.ts';

/** A kind of resolver: how it judges and which algorithms it knows. */
export interface Validator {
  readonly profile: Profile;
  readonly supported: AlgorithmSet;
  /** Does it know all algorithms that the zone ever uses? */
  readonly knowsAll: boolean;
}

/**
 * @param profiles absent: all three
 * @param supported absent: every set of the algorithms that occur (of more than four: all, each alone, all but one)
 * @throws RangeError when nobody is left to ask
 */
export function validatorsOf(
  world: World,
  { profiles = ['L', 'D', 'S'], supported }: { readonly profiles?: readonly Profile[]; readonly supported?: readonly AlgorithmSet[] },
): readonly [Validator, ...Validator[]] {
  const algorithms = algorithmsOf(world);
  const [first, ...others] = (supported ?? algorithmSets(algorithms)).flatMap((set) => {
    const knowsAll = set === 'all' || algorithms.every((algorithm) => set.includes(algorithm));
    return profiles.map((profile): Validator => ({ profile, supported: set, knowsAll }));
  });
  if (first === undefined) throw new RangeError('no profile or no set of algorithms to check');
  return [first, ...others];
}

/** Those of the validators that are asked as keepers of validated keys, too. */
export function keepersOf(
  validators: readonly Validator[],
  {
    keepers = validators.some(({ profile }) => profile === 'S') ? 'every' : 'any-path',
  }: { readonly keepers?: 'every' | 'any-path' | 'none' },
): readonly Validator[] {
  if (keepers === 'none') return [];
  return keepers === 'every' ? validators : validators.filter(({ profile, knowsAll }) => profile === 'L' && knowsAll);
}

function algorithmsOf({ ds, operators }: World): readonly number[] {
  const algorithms = new Set<number>();
  for (const { content } of ds) for (const { algorithm } of content.keys) algorithms.add(algorithm);
  for (const { dnskey } of operators) for (const { content } of dnskey) for (const { algorithm } of content.keys) algorithms.add(algorithm);
  return [...algorithms].sort((a, b) => a - b);
}

function algorithmSets(algorithms: readonly number[]): readonly AlgorithmSet[] {
  if (algorithms.length < 2) return ['all'];
  if (algorithms.length > 4)
    return ['all', ...algorithms.map((one) => [one]), ...algorithms.map((one) => algorithms.filter((other) => other !== one))];
  const sets: AlgorithmSet[] = ['all'];
  for (let bits = 1; bits < 2 ** algorithms.length - 1; bits++) sets.push(algorithms.filter((_, i) => (bits & (1 << i)) !== 0));
  return sets;
}
