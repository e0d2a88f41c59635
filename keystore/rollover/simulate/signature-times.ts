import type { Counterexample } from './counterexample.ts';
import type { DataContent, DnskeyContent, DsContent, RecordKind, Usable, Validity, World } from './history.ts';
import type { KeySet } from './key-sets.ts';

export interface UsableRecords {
  readonly ds: readonly Usable<DsContent>[];
  readonly dnskey: readonly Usable<DnskeyContent>[];
  readonly data: readonly Usable<DataContent>[];
  /** DNSKEY RRsets in use after their DS. */
  readonly keySets: readonly KeySet[];
}

/** A failure that any validator meets: no profile takes an RRSIG outside its validity. */
export type InvalidSignature = Omit<Counterexample, 'profile' | 'supported'>;

/**
 * I3: every RRSIG of every version is valid for each clock in [t - skew, t + skew] at each time t at which a cache may use the version, without
 * relying on caches that cap a TTL at the expiration (RFC 4035 5.3.3). Only where the zone is secure for somebody: without a DS, or a
 * DNSKEY RRset that one has vouched for, nobody looks.
 *
 * @returns the earliest failure with what else a cache may hold then
 */
export function firstInvalidSignature(records: UsableRecords, world: World): InvalidSignature | undefined {
  const end = world.until ?? lastChange(records);
  let earliest: InvalidSignature | undefined;
  for (const kind of ['ds', 'dnskey', 'data'] as const)
    for (const version of records[kind])
      for (const { from, to, clock } of invalidSpans(version, world.skew, end)) {
        if (earliest !== undefined && from >= earliest.at) continue;
        const failure = withOthers(records, kind, version, from, Math.min(to, earliest?.at ?? to));
        if (failure === undefined) continue;
        const { at, ...views } = failure;
        earliest = { at, ...views, verdict: { kind: 'bogus', reason: { kind: 'outside-validity', of: kind, clock: at + clock } } };
      }
  return earliest;
}

/** The parts of the span of use in which a clock may find the signature not yet or no longer valid; `clock`: by how much that clock is off. */
function invalidSpans({ content, from, to }: Usable<{ readonly validity?: Validity }>, skew: number, end: number) {
  const { validity } = content;
  if (validity === undefined) return [];
  const last = Math.min(to, end);
  return [
    { from, to: Math.min(last, validity.inception + skew), clock: -skew },
    { from: Math.max(from, validity.expiration - skew + 1), to: last, clock: skew },
  ].filter((span) => span.from < span.to);
}

/** The first time in a span at which the version meets a DS RRset with keys, and some version of what else it takes. */
function withOthers(
  records: UsableRecords,
  of: RecordKind,
  version: Usable<DsContent> | Usable<DnskeyContent> | Usable<DataContent>,
  from: number,
  to: number,
): Pick<InvalidSignature, 'at' | 'ds' | 'dnskey' | 'data' | 'isKept'> | undefined {
  const own = <C>(kind: RecordKind, all: readonly Usable<C>[]) => (of === kind ? all.filter((other) => Object.is(other, version)) : all);
  const starts = new Set([from]);
  for (const other of [...records.ds, ...records.dnskey, ...records.data, ...records.keySets])
    if (from < other.from && other.from < to) starts.add(other.from);
  for (const at of [...starts].sort((a, b) => a - b)) {
    const isUsable = (other: Usable<unknown>): boolean => other.from <= at && at < other.to;
    const ds = own('ds', records.ds).find((other) => isUsable(other) && other.content.keys.length > 0);
    const dnskey = own('dnskey', records.dnskey).find((other) => isUsable(other) && other.content.keys.length > 0);
    const data = own('data', records.data).find((other) => isUsable(other) && other.content.signers.length > 0);
    if (ds !== undefined && dnskey !== undefined && data !== undefined) return { at, ds, dnskey, data };
    const kept =
      of === 'ds' ? undefined : records.keySets.find((set) => set.from <= at && at < set.to && (of !== 'dnskey' || set.dnskey === version));
    if (kept !== undefined && data !== undefined) return { at, ds: kept.ds, dnskey: kept.dnskey, data, isKept: true };
  }
  return undefined;
}

/** After it nothing new comes; that the last signatures run out some day without a next version is no failure of what is there. */
function lastChange({ ds, dnskey, data }: Omit<UsableRecords, 'keySets'>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, to } of [...ds, ...dnskey, ...data]) last = Math.max(last, at + 1, Number.isFinite(to) ? to : at + 1);
  return last;
}
