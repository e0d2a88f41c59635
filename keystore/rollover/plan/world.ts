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
  /** A signature with less left is made anew at the next visit. */
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
  const releases = releaseTimes(plan, rules, signing);
  const validity = validityAt(releases, signing, start);
  const versions = [...new Set([...states.map(({ at }) => at), ...releases])]
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

/** Visits at which a version is made, whether or not a rollover goes on. */
function releaseTimes({ now, until, steps }: RollPlan, { ceremonyInterval }: RollRules, { validity, refresh }: Signing): readonly number[] {
  const every = ceremonyInterval === 0 ? Math.max(validity - refresh, 1) : ceremonyInterval;
  const times: number[] = steps.filter(isChange).map(({ at }) => at);
  for (let at = now; at <= until; at += every) times.push(at);
  return [...new Set(times)].sort((a, b) => a - b);
}

/** Signatures of the version that is there at a time: kept from visit to visit, made anew when less than the refresh time is left. */
function validityAt(releases: readonly number[], { validity, inceptionOffset, refresh, validUntil }: Signing, start: number) {
  const made = (at: number): Validity => ({ inception: at - inceptionOffset, expiration: at + validity });
  let current: Validity =
    validUntil === undefined
      ? made(releases[0] ?? start)
      : { inception: Math.min(start, validUntil - validity) - inceptionOffset, expiration: validUntil };
  const first = current;
  const byRelease = releases.map((at) => {
    if (current.expiration - at < refresh) current = made(at);
    return { at, validity: current };
  });
  return (at: number): Validity =>
    byRelease.findLast((release) => release.at <= at)?.validity ?? { ...first, inception: Math.min(first.inception, at) };
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
