/**
 * What the world outside sees of a zone over time, from which a validator's caches follow: every version that was ever given out of the DNSKEY
 * RRset, of each class of data and of the DS RRset, with the span in which some cache may still use it. Types and spans of their own: the
 * simulator shares nothing with the rollovers that it judges. Times are unix seconds, TTLs and spans seconds.
 */
export interface World {
  /** Who serves the zone: one, or several with keys of their own (RFC 8901). */
  readonly operators: readonly Operator[];
  /** The DS RRset in the parent zone. */
  readonly ds: History<DsContent>;
  /** DprpP: until all servers of the parent give out a new version (RFC 7583 appendix A). */
  readonly dprpP: number;
  /** How far the clock of a validator may be off, either way. */
  readonly skew: number;
  /** Nothing is asked from here on. Absent: the last version of everything stays for good, and its signatures are asked up to the last change. */
  readonly until?: number;
}

/** One set of authoritative servers with its own versions of the zone. */
export interface Operator {
  readonly name: string;
  readonly dnskey: History<DnskeyContent>;
  /** At least what is signed first and what is signed last (Dsgn later), and negative answers. */
  readonly data: readonly DataClass[];
  /** DprpC: until all of its servers give out a new version. */
  readonly dprpC: number;
  /** When resolvers ask it; `to` has the TTL of the NS RRset and DprpP in it. Absent: always. */
  readonly service?: Span;
}

/** RRsets that change together, such as `first signed`, `last signed`, `negative answers`. */
export interface DataClass {
  readonly name: string;
  readonly versions: History<DataContent>;
}

/** Versions by the moment when the primary had them, strictly ascending. Before the first there is nothing to ask about. */
export type History<C> = readonly Version<C>[];

export interface Version<C> {
  readonly at: number;
  readonly content: C;
}

/** A DNSKEY RRset with its RRSIGs; no keys: it does not exist, and `ttl` is that of the negative answer. */
export interface DnskeyContent {
  readonly keys: readonly PublishedKey[];
  /** Whose RRSIGs cover it. */
  readonly signers: readonly KeyId[];
  readonly ttl: number;
  readonly validity?: Validity;
}

/** An RRset of the zone, or a negative answer; no signers: unsigned, and `ttl` is how long that is remembered (TTLneg for a negative answer). */
export interface DataContent {
  /** Whose RRSIGs cover it; a key that is in no DNSKEY RRset may be among them. */
  readonly signers: readonly KeyId[];
  readonly ttl: number;
  readonly validity?: Validity;
}

/** A DS RRset; no keys: there is none, and `ttl` is that of the negative answer. */
export interface DsContent {
  readonly keys: readonly KeyRef[];
  readonly ttl: number;
  /** Of the parent's RRSIG. */
  readonly validity?: Validity;
}

/** Names a public key; two keys with the same tag have two names. */
export type KeyId = string;

export interface KeyRef {
  readonly id: KeyId;
  readonly algorithm: number;
}

export interface PublishedKey extends KeyRef {
  /** The REVOKE bit (RFC 5011 2.1). */
  readonly revoked: boolean;
  /** The SEP bit, which only resolvers that follow RFC 5011 look at. Absent: not set. */
  readonly sep?: boolean;
}

/** Both ends are inside (RFC 4035 5.3.1). */
export interface Validity {
  readonly inception: number;
  readonly expiration: number;
}

/** From `from` until before `to`. Infinite ends are allowed. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The histories a validator draws from. */
export type RecordKind = 'ds' | 'dnskey' | 'data';

/** One version and when some cache may use it. */
export interface Usable<C> {
  readonly content: C;
  /** The operator's name, or `parent`. */
  readonly source: string;
  /** The class of data; `DS` and `DNSKEY` for the others. */
  readonly name: string;
  /** When it came to the primary. */
  readonly at: number;
  /** When the next version came to the primary; Infinity: never. */
  readonly supersededAt: number;
  /** When the last server stops giving it out: supersededAt + Dprp, or the end of the operator's service. */
  readonly servedUntil: number;
  /** When the first cache may hold it. */
  readonly from: number;
  /** From when on no cache holds it: servedUntil + TTL. */
  readonly to: number;
}

/**
 * When each version is usable: version i, superseded at e, from t_i until before e + Dprp + TTL. Some server may give it out until e + Dprp, and
 * a cache that asks at that last instant keeps it for its TTL. Versions that nobody can ever get are left out.
 *
 * @throws RangeError for a history that does not ascend or a TTL that is negative
 */
export function usableVersions<C extends { readonly ttl: number }>(
  history: History<C>,
  { source, name, dprp, service = EVER }: { source: string; name: string; dprp: number; service?: Span | undefined },
): Usable<C>[] {
  const usable: Usable<C>[] = [];
  for (const [i, { at, content }] of history.entries()) {
    const supersededAt = history[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (!(supersededAt > at)) throw new RangeError(`${name} of ${source}: a version at ${supersededAt} follows one at ${at}`);
    if (!(content.ttl >= 0)) throw new RangeError(`${name} of ${source}: TTL ${content.ttl}`);
    const from = Math.max(at, service.from);
    const servedUntil = Math.min(supersededAt + dprp, service.to);
    if (from < servedUntil) usable.push({ content, source, name, at, supersededAt, servedUntil, from, to: servedUntil + content.ttl });
  }
  return usable;
}

/** All that is usable of a world at any time. */
export function usableOf(world: World): {
  readonly ds: readonly Usable<DsContent>[];
  readonly dnskey: readonly Usable<DnskeyContent>[];
  readonly data: readonly Usable<DataContent>[];
} {
  return {
    ds: usableVersions(world.ds, { source: 'parent', name: 'DS', dprp: world.dprpP }),
    dnskey: world.operators.flatMap(({ name, dnskey, dprpC, service }) =>
      usableVersions(dnskey, { source: name, name: 'DNSKEY', dprp: dprpC, service }),
    ),
    data: world.operators.flatMap(({ name, data, dprpC, service }) =>
      data.flatMap((kind) => usableVersions(kind.versions, { source: name, name: kind.name, dprp: dprpC, service })),
    ),
  };
}

/** Puts versions in order of time; of several at one instant the one given last counts. */
export function historyOf<C>(versions: readonly Version<C>[]): History<C> {
  const byTime = new Map<number, Version<C>>();
  for (const version of versions) byTime.set(version.at, version);
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}

const EVER: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
