import { type AnchorStates, afterSeeing, endsTrustPoint, nextTimer, type StateName, stateOf, trusted } from './anchor-states.ts';
import type { DnskeyContent, KeyId, Usable, World } from './history.ts';
import { usableOf } from './history.ts';

export interface Resolver5011 {
  /** The keys it was set up with, all Valid. */
  readonly anchors: readonly KeyId[];
  /** When it is switched on; its first poll comes within one query interval. */
  readonly from: number;
  /** Polls after that are not followed. */
  readonly until: number;
  /**
   * Who answers its polls. `servers`: any server of the zone, as RFC 7583 3.3.4.1 counts (absent: this). `caches`: any cache in between as well, which
   * is TTLkey later and not covered by Itrp where TTLkey is more than two hours.
   */
  readonly polls?: 'servers' | 'caches';
  /** Does the zone give up being a trust point (RFC 5011 5)? Then a resolver all of whose anchors are revoked is where it is to be. Absent: no. */
  readonly endsAsTrustPoint?: boolean;
  /** Is a resolver found too that has a key as an anchor when that is gone for good, since it met no RRset in which it is revoked? Absent: no. */
  readonly learnsRevocations?: boolean;
}

/** A resolver of RFC 5011 that has no anchor left for what some server gives out, or one that nobody uses any more. */
export interface Stranded {
  /** Its last poll before. */
  readonly polledAt: number;
  /** The first moment at which it may meet the DNSKEY RRset that none of its anchors signs. */
  readonly at: number;
  readonly dnskey: Usable<DnskeyContent>;
  /** What it had made of each key by then. */
  readonly states: Readonly<Record<KeyId, StateName>>;
  /** It is not stranded: it trusts this key for good, whose revocation it never saw (RFC 7583 3.3.4). */
  readonly unlearnt?: KeyId;
}

/**
 * I5: a resolver that trusts a key of the zone itself and keeps its anchors by RFC 5011 always has a valid, unrevoked anchor for every DNSKEY RRset
 * that some server or cache may give it. It polls every queryInterval (2.3) with any phase and sees at each poll any version that is given out then.
 *
 * Phases are not sampled: one walk follows all phases of a span together, as long as the same versions are usable at each of their polls, and
 * splits the span where that ends. Timers run between polls of the same resolver, so they do not depend on the phase.
 *
 * @returns a resolver that is stranded, undefined if there is none
 * @throws RangeError for a history that does not ascend
 */
export function checkResolver5011(
  world: World,
  { anchors, from, until, polls = 'servers', endsAsTrustPoint = false, learnsRevocations = false }: Resolver5011,
): Stranded | undefined {
  const versions = usableOf(world).dnskey;
  const instants = [...new Set(versions.flatMap((version) => [version.from, version.servedUntil, version.to]))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const longest = Math.max(...versions.map(({ content }) => queryInterval(content)));
  const initial: AnchorStates = new Map(anchors.map((id) => [id, { kind: 'valid' }]));
  const walks: Walk[] = splitAt({ low: from, high: from + longest }, 0, instants).map((phases) => ({
    ...phases,
    offset: 0,
    states: initial,
  }));
  const seen = new Set<string>();

  for (let walk = walks.pop(); walk !== undefined; walk = walks.pop()) {
    const { low, high, offset, states } = walk;
    if (low + offset >= until) continue;
    const key = `${low} ${high} ${offset} ${describe(states, offset)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const poll = low + offset;
    const views = differing(
      versions.filter((version) => version.from <= poll && poll < (polls === 'servers' ? version.servedUntil : version.to)),
    );
    if (views.length === 0) walks.push(...moved(walk, longest, states, instants));
    for (const dnskey of views) {
      const after = afterSeeing(states, dnskey.content, offset);
      if (endsAsTrustPoint && endsTrustPoint(states, dnskey.content)) continue;
      if (after === undefined) {
        return { polledAt: poll, at: poll, dnskey, states: named(states) };
      }
      const met = endsAsTrustPoint ? versions.filter((version) => !endsTrustPoint(after, version.content)) : versions;
      const unlearnt = learnsRevocations ? leftUnseen(versions, dnskey, after) : undefined;
      if (unlearnt !== undefined) return { polledAt: poll, at: poll, dnskey, states: named(after), unlearnt };
      const interval = queryInterval(dnskey.content);
      const stranded = beforeNextPoll(met, poll, high - 1 + offset + interval, after);
      if (stranded !== undefined) return { polledAt: Math.max(poll, stranded.at - interval + 1), ...stranded, states: named(after) };
      walks.push(...moved(walk, interval * pollsWithoutNews(walk, views, after, interval, instants), after, instants));
    }
  }
  return undefined;
}

/** queryInterval = MAX(1 h, MIN(15 d, OrigTTL / 2, RRSigExpirationInterval / 2)) (RFC 5011 2.3); without times of signatures the TTL alone. */
export function queryInterval({ ttl, validity }: DnskeyContent): number {
  const lifetime = validity === undefined ? Number.POSITIVE_INFINITY : validity.expiration - validity.inception;
  return Math.max(HOUR, Math.min(15 * DAY, Math.floor(ttl / 2), Math.floor(lifetime / 2)));
}

const HOUR = 3600;
const DAY = 86_400;

/** All resolvers whose first poll is in [low, high) and whose history since is the same; they poll `offset` after their first poll. */
interface Walk {
  readonly low: number;
  readonly high: number;
  readonly offset: number;
  readonly states: AnchorStates;
}

/** The walks on from the next poll: the span of phases in parts in which nothing changes at that poll. */
function moved(walk: Walk, by: number, states: AnchorStates, instants: readonly number[]): Walk[] {
  const offset = walk.offset + by;
  return splitAt(walk, offset, instants).map((phases) => ({ ...phases, offset, states }));
}

function splitAt(
  { low, high }: { low: number; high: number },
  offset: number,
  instants: readonly number[],
): { low: number; high: number }[] {
  const cuts = instants.map((instant) => instant - offset).filter((cut) => low < cut && cut < high);
  const starts = [low, ...cuts];
  return starts.map((start, i) => ({ low: start, high: starts[i + 1] ?? high }));
}

/** How many polls on the resolvers see the same single content and change nothing: walked over at once. */
function pollsWithoutNews(
  walk: Walk,
  views: readonly unknown[],
  after: AnchorStates,
  interval: number,
  instants: readonly number[],
): number {
  if (views.length !== 1) return 1;
  const change = instants.find((instant) => instant > walk.low + walk.offset) ?? Number.POSITIVE_INFINITY;
  const toChange = Math.floor((change - walk.high - walk.offset) / interval);
  const toTimer = Math.ceil((nextTimer(after) - walk.offset) / interval);
  const polls = Math.max(1, Math.min(toChange, toTimer));
  return Number.isFinite(polls) ? polls : Math.floor(Number.MAX_SAFE_INTEGER / 4 / interval);
}

/** A version that is usable for somebody between two polls, and that no anchor signs. */
function beforeNextPoll(
  versions: readonly Usable<DnskeyContent>[],
  start: number,
  end: number,
  states: AnchorStates,
): Pick<Stranded, 'at' | 'dnskey'> | undefined {
  for (const dnskey of versions)
    if (dnskey.from < end && start < dnskey.to && !isTrusted(dnskey.content, states)) return { at: Math.max(start, dnskey.from), dnskey };
  return undefined;
}

/** A key that was there before this version and is not in it nor in any later one, and that the resolver takes signatures of. */
function leftUnseen(versions: readonly Usable<DnskeyContent>[], { at }: Usable<DnskeyContent>, states: AnchorStates): KeyId | undefined {
  for (const before of versions)
    if (before.at < at)
      for (const { id } of before.content.keys) {
        const isGone = versions.every((later) => later.at < at || !later.content.keys.some((key) => key.id === id));
        if (isGone && trusted(states, id)) return id;
      }
  return undefined;
}

function isTrusted({ keys, signers }: DnskeyContent, states: AnchorStates): boolean {
  return keys.some(({ id, revoked }) => !revoked && signers.includes(id) && trusted(states, id));
}

function differing(versions: readonly Usable<DnskeyContent>[]): Usable<DnskeyContent>[] {
  const byContent = new Map<string, Usable<DnskeyContent>>();
  for (const version of versions) byContent.set(JSON.stringify(version.content), version);
  return [...byContent.values()];
}

/** Timers by what is left of them, so that two walks with the same future are one. */
function describe(states: AnchorStates, offset: number): string {
  return [...states]
    .map(([id, state]) => `${id}=${state.kind}${state.kind === 'pending' ? `+${state.until - offset} ${state.validatedBy.join(',')}` : ''}`)
    .sort()
    .join(' ');
}

function named(states: AnchorStates): Readonly<Record<KeyId, StateName>> {
  return Object.fromEntries([...states.keys()].map((id) => [id, stateOf(states, id)]));
}
