import { sameSet } from '../contents.ts';
import type { RollRules, ZoneRoll } from '../model.ts';
import type { Span, Validity, Version, World } from '../simulate/history.ts';
import { historyOf } from '../simulate/history.ts';
import { contentsAt, pastInstants } from './past.ts';
import type { PlanStep, RollPlan } from './types.ts';

/** How the zone is signed; seconds. */
export interface Signing {
  readonly validity: number;
  readonly inceptionOffset: number;
  /** A signature with this or less left is made anew at the next visit; less than the validity. */
  readonly refresh: number;
  /** How far the clock of a validator may be off. */
  readonly skew: number;
  /** End of the first signature of the current release; absent: there is none. */
  readonly validUntil: number | undefined;
}

export interface PlannedWorld {
  readonly world: World;
  /** When the zone is not secure, and is not to be: before its first DS, and when it goes insecure. */
  readonly insecureAllowed: readonly Span[];
}

/**
 * What resolvers see if a plan is carried out and evidence comes as it takes it to come: every version of the zone from the visit at which it is
 * made, every DS RRset from Dreg after it was asked for, and what caches may still have from before the plan.
 */
export function worldOf(plan: RollPlan, zone: ZoneRoll, rules: RollRules, signing: Signing): PlannedWorld {
  const keys = new Map(plan.keys.map((key) => [key.name, key]));
  const keyOf = (id: string) => ({ id, algorithm: keys.get(id)?.algorithm ?? 0 });
  const past = pastInstants(zone, rules, plan.now);
  const start = past.child[0]!;
  const states = [
    ...past.child.map((at) => ({ at, contents: contentsAt(zone, rules, at), ttls: ttlsAt(zone, rules, at) })),
    ...plan.steps.filter(isChange).map(({ at, after }) => ({ at, contents: after, ttls: rules })),
  ];
  const first = firstValidity(plan, signing, start);
  const releases = releasesOf(plan, rules, signing, first);
  const validity = validityAt(releases, first);
  const versions = [...new Set([...states.map(({ at }) => at), ...releases.map(({ at }) => at)])]
    .sort((a, b) => a - b)
    .map((at) => {
      const { contents, ttls } = states.findLast((state) => state.at <= at)!;
      return { at, contents, ttls, validity: validity(at) };
    });
  const ds = dsHistory(plan, zone, rules, past.parent);
  return {
    world: {
      operators: [
        {
          name: 'zone',
          dprpC: rules.propagation,
          dnskey: historyOf(
            versions.map(({ at, contents, ttls, validity: valid }) => ({
              at,
              content: {
                keys: contents.dnskey.map(({ name, isRevoked }) => ({
                  ...keyOf(name),
                  revoked: isRevoked,
                  sep: keys.get(name)?.role !== 'zsk',
                })),
                signers: contents.signsKeys,
                ttl: contents.dnskey.length === 0 ? ttls.negativeTtl : ttls.keyTtl,
                ...(contents.signsKeys.length === 0 ? {} : { validity: valid }),
              },
            })),
          ),
          data: (['data', 'negative answers'] as const).map((name) => ({
            name,
            versions: historyOf(
              versions.map(({ at, contents, ttls, validity: valid }) => ({
                at,
                content: {
                  signers: contents.signsZone,
                  ttl: name === 'data' ? ttls.signatureTtl : ttls.negativeTtl,
                  ...(contents.signsZone.length === 0 ? {} : { validity: valid }),
                },
              })),
            ),
          })),
        },
      ],
      ds: historyOf(ds.map(({ at, content }) => ({ at, content: { keys: content.map(keyOf), ttl: rules.dsTtl } }))),
      dprpP: rules.parentPropagation,
      skew: signing.skew,
      until: plan.until,
    },
    insecureAllowed: insecureSpans(plan, ds, rules),
  };
}

const isChange = ({ kind }: PlanStep): boolean => kind !== 'generate' && kind !== 'end';

function ttlsAt(zone: ZoneRoll, rules: RollRules, at: number): Pick<RollRules, 'keyTtl' | 'signatureTtl' | 'negativeTtl'> {
  return zone.versions.findLast((version) => version.at <= at) ?? zone.versions[0] ?? rules;
}

/** A version of the zone, and the signatures that it has. */
interface Release {
  readonly at: number;
  readonly validity: Validity;
}

/**
 * Visits at which a version is made, whether or not a rollover goes on. Signatures are kept from one to the next, and made anew when they have the
 * refresh time left, or less. Without ceremonies somebody comes for that in the second in which it is so.
 */
function releasesOf(
  { now, until, steps }: RollPlan,
  { ceremonyInterval }: RollRules,
  signing: Signing,
  first: Validity,
): readonly Release[] {
  const { refresh } = signing;
  const changes = steps.filter(isChange).map(({ at }) => at);
  const releases: Release[] = [];
  let current = first;
  let next = 0;
  for (let at = now; at <= until; ) {
    if (current.expiration - at <= refresh) current = madeAt(at, signing);
    releases.push({ at, validity: current });
    while (next < changes.length && changes[next]! <= at) next++;
    const visit = ceremonyInterval === 0 ? current.expiration - refresh : at + ceremonyInterval - ((at - now) % ceremonyInterval);
    at = Math.max(at + 1, Math.min(visit, changes[next] ?? visit));
  }
  return releases;
}

const madeAt = (at: number, { validity, inceptionOffset }: Signing): Validity => ({
  inception: at - inceptionOffset,
  expiration: at + validity,
});

/** Signatures of the release that is there now; those that a first one will have, where there is none. */
function firstValidity({ now }: RollPlan, signing: Signing, start: number): Validity {
  const { validUntil, validity, inceptionOffset } = signing;
  if (validUntil === undefined) return madeAt(now, signing);
  return { inception: Math.min(start, validUntil - validity) - inceptionOffset, expiration: validUntil };
}

/** Signatures of what is there at a time. */
function validityAt(releases: readonly Release[], first: Validity) {
  return (at: number): Validity =>
    releases.findLast((release) => release.at <= at)?.validity ?? { ...first, inception: Math.min(first.inception, at) };
}

function dsHistory(plan: RollPlan, zone: ZoneRoll, rules: RollRules, past: readonly number[]): readonly Version<readonly string[]>[] {
  const changes = plan.steps.filter(({ before, after }) => !sameSet(before.ds, after.ds));
  return [
    ...past.map((at) => ({ at, content: contentsAt(zone, rules, at).ds })),
    ...changes.map(({ at, after }) => ({ at: at + rules.registration, content: after.ds })),
  ].sort((a, b) => a.at - b.at);
}

/** While caches may know that there is no DS, and it is not there on purpose. */
function insecureSpans(plan: RollPlan, ds: readonly Version<readonly string[]>[], rules: RollRules): readonly Span[] {
  const wanted = new Set(
    plan.steps.filter(({ roll, after }) => roll.kind === 'insecure' && after.ds.length === 0).map(({ at }) => at + rules.registration),
  );
  return ds.flatMap(({ at, content }, i) => {
    const isOnPurpose = at <= plan.now || wanted.has(at);
    if (content.length > 0 || !isOnPurpose) return [];
    const next = ds.slice(i + 1).find((version) => version.content.length > 0);
    return [
      {
        from: i === 0 ? Number.NEGATIVE_INFINITY : at,
        to: next === undefined ? Number.POSITIVE_INFINITY : next.at + rules.parentPropagation + rules.dsTtl,
      },
    ];
  });
}
