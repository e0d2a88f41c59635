import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { Counterexample } from '../../../keystore/rollover/simulate/counterexample.ts';
import type { Span, World } from '../../../keystore/rollover/simulate/history.ts';
import { checkResolver5011, type Stranded } from '../../../keystore/rollover/simulate/resolver-5011.ts';
import type { Frame } from './frame.ts';

export type Stranding = Stranded;

/** What resolvers say of a world: those that validate by the DS, and where the rules say so those that keep trust anchors. */
export function judge(
  world: World,
  frame: Frame,
  first: readonly string[],
  counts: Readonly<Record<string, number>>,
): { readonly failure: Counterexample | undefined; readonly stranded: Stranding | undefined } {
  const mayBeInsecure = frame.begins !== 'signed' || counts['insecure'] !== undefined;
  const failure = checkWorld(world, {
    insecureAllowed: mayBeInsecure ? withoutDs(world) : [],
    ...(frame.rules.methods.algorithm === 'liberal' ? { profiles: ['L', 'D'] as const } : {}),
  });
  return { failure, stranded: frame.rules.rfc5011 === 'none' ? undefined : strandedIn(world, first, counts['insecure'] !== undefined) };
}

/** As long as some cache may know that there is no DS. */
function withoutDs({ ds, dprpP }: World): readonly Span[] {
  return ds.flatMap(({ at, content }, i) =>
    content.keys.length > 0 ? [] : [{ from: at, to: (ds[i + 1]?.at ?? Number.POSITIVE_INFINITY) + dprpP + content.ttl }],
  );
}

function strandedIn(world: World, first: readonly string[], endsAsTrustPoint: boolean): Stranding | undefined {
  const { dnskey } = world.operators[0]!;
  const begun = dnskey[0]!;
  const anchors = begun.content.keys.filter(({ id, sep }) => sep === true && first.includes(id)).map(({ id }) => id);
  const until = dnskey.at(-1)!.at + 60 * 86_400;
  return checkResolver5011(world, { anchors, from: begun.at, until, endsAsTrustPoint, learnsRevocations: true });
}
