import type { LoggedKey } from '../audit/entry.ts';

/** A release as far as it matters here; times in unix seconds. */
export interface ReleaseTimes {
  readonly serial: number;
  readonly keyTags: readonly number[];
  /** When it was made. */
  readonly created: number;
  /** End of the first of its signatures to end. */
  readonly validUntil: number;
}

/** How long things take to be gone, in seconds: the largest of the policies where the zone has none any more. */
export interface GoneAfter {
  /** From the making of a release until it is on all name servers: ceremony slack and propagation delay. */
  readonly delivery: number;
  /** The largest TTL of the zone, that of the DNSKEY RRset included. */
  readonly largestTtl: number;
  readonly safety: number;
  /** By so much signatures of a release end at different times. */
  readonly jitter: number;
}

export interface NeedQuestion {
  readonly key: Pick<LoggedKey, 'keyTag' | 'id'>;
  /** Newest last. */
  readonly releases: readonly ReleaseTimes[];
  /** The zone may have had earlier releases, of which nothing is known any more. */
  readonly hasEarlier: boolean;
  /** The zone is signed here: the configuration in force has it. */
  readonly isConfigured: boolean;
  /** In words: acts on the key that were begun and have no result, other zones that have it. */
  readonly otherNeeds: readonly string[];
  readonly goneAfter: GoneAfter;
}

export interface Need {
  readonly reason: string;
  /** Unix seconds; undefined: until something is done about it. */
  readonly until: number | undefined;
}

/**
 * What still needs a key: acts that are under way, the release that is served, and caches that may hold what it has signed.
 *
 * RFC 7583 3.2.1, 3.3: a key that left the zone may be forgotten when the zone without it is on all name servers (Dprp) and the TTL of what it
 * stood in or has signed has run out in the last cache. A zone that is not signed here any more ends with its signatures, and no cache
 * keeps what is in it for longer than the TTL beyond that.
 */
export function needsOf(question: NeedQuestion): readonly Need[] {
  const { key, releases, otherNeeds, hasEarlier, goneAfter } = question;
  const acts: Need[] = otherNeeds.map((reason) => ({ reason, until: undefined }));
  const last = releases.findLastIndex(({ keyTags }) => keyTags.includes(key.keyTag));
  const withKey = releases[last];
  const { delivery, largestTtl, safety } = goneAfter;
  if (withKey === undefined) {
    const oldest = releases[0];
    if (!hasEarlier || oldest === undefined) return acts;
    const until = oldest.created + delivery + largestTtl + safety;
    return [...acts, { reason: `it may be in a release before ${oldest.serial}, the oldest that is known`, until }];
  }
  const without = releases[last + 1];
  if (without !== undefined) {
    const until = without.created + delivery + largestTtl + safety;
    return [...acts, { reason: `release ${withKey.serial} has it, and caches may hold that until after release ${without.serial}`, until }];
  }
  if (question.isConfigured) return [...acts, { reason: `the newest release, ${withKey.serial}, is signed with it`, until: undefined }];
  const until = withKey.validUntil + goneAfter.jitter + largestTtl + safety;
  return [...acts, { reason: `the last release, ${withKey.serial}, is signed with it, and its signatures end then`, until }];
}

/** The moment from which on nothing needs it; undefined: there is none yet. */
export function safeFrom(needs: readonly Need[]): number | undefined {
  const ends = needs.map(({ until }) => until);
  return ends.includes(undefined) ? undefined : Math.max(0, ...(ends as number[]));
}
