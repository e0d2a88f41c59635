import type { Arrival, RecordName, RecordState, Roll, RollKey, Version, ZoneRoll } from './model.ts';
import type { Note, Observation } from './observe-notes.ts';

/** All servers of the zone give out this version or a later one, since `from`. */
export interface PublishedEvidence {
  readonly serial: number;
  readonly from: number;
}

/** Some server still gave out this version. */
export interface OlderEvidence {
  readonly serial: number;
  readonly at: number;
}

/** How long versions are kept beyond what caches can hold: longer than any safety margin is worth. Seconds. */
export const VERSION_MARGIN = 31 * 86_400;

/**
 * A new version of the zone was made. Versions that no cache can hold are forgotten: it is long since their successor was with all servers.
 * @param margin seconds that the safety margins of the rules may add to a TTL
 */
export function released(zone: ZoneRoll, version: Version, margin: number = VERSION_MARGIN): ZoneRoll {
  return { ...zone, versions: [...withoutExpired(zone.versions, version.at, margin), version] };
}

function withoutExpired(versions: readonly Version[], now: number, margin: number): readonly Version[] {
  let first = 0;
  while (first + 1 < versions.length && isExpired(versions[first]!, versions[first + 1]!, now, margin)) first++;
  return first === 0 ? versions : versions.slice(first);
}

function isExpired({ keyTtl, signatureTtl, negativeTtl }: Version, { from }: Version, now: number, margin: number): boolean {
  return from !== 'awaited' && now >= from + Math.max(keyTtl, signatureTtl, negativeTtl) + margin;
}

/**
 * Evidence that a version is with all servers (RFC 7583 appendix A: Dprp is over). It tells the same of every version before it, and of every
 * change that these versions brought. What is known already is never made later by it, and what was doubted since is not brought back.
 */
export function published(zone: ZoneRoll, { serial, from }: PublishedEvidence): Observation {
  const index = zone.versions.findLastIndex((version) => version.serial === serial);
  const version = zone.versions[index];
  if (version === undefined) return { zone, notes: [{ kind: 'unknown-serial', serial, newest: zone.versions.at(-1)?.serial }] };
  // Nothing is published before it is made: one of the two clocks is wrong.
  if (from < version.at) return { zone, notes: [{ kind: 'before-made', serial, from, made: version.at }] };
  const isNews = (one: Version): boolean => isLater(one.from, from) && from > (one.doubtedAt ?? Number.NEGATIVE_INFINITY);
  const versions = zone.versions.map((one, i) => (i <= index && isNews(one) ? { ...one, from } : one));
  if (versions.every((one, i) => one === zone.versions[i])) return { zone, notes: [{ kind: 'known', serial, from: version.from }] };
  return { zone: withArrivals({ ...zone, versions }), notes: [{ kind: 'published', serial, from }] };
}

const isLater = (known: Arrival, from: number): boolean => known === 'awaited' || known > from;

/**
 * Index of the version that brought a change: the first that was made since. Of several that were made within that very second the last one: it
 * alone has it for sure. All versions before it may lack it.
 */
export function broughtBy(versions: readonly Version[], since: number): number {
  const first = versions.findIndex(({ at }) => at >= since);
  if (first < 0) return versions.length;
  return versions[first]!.at > since ? first : versions.findLastIndex(({ at }) => at === since);
}

/** Each uncertain record of the zone arrives with the version that brought it. */
function withArrivals(zone: ZoneRoll): ZoneRoll {
  const arrivalOf = (since: number): Arrival => zone.versions[broughtBy(zone.versions, since)]?.from ?? 'awaited';
  return { ...zone, keys: zone.keys.map((key) => withArrival(key, arrivalOf)) };
}

function withArrival(key: RollKey, arrivalOf: (since: number) => Arrival): RollKey {
  let changed = key;
  for (const record of ['dnskey', 'krrsig', 'zrrsig'] as const) {
    const state = key.records[record];
    if (state?.kind !== 'rumoured' && state?.kind !== 'unretentive') continue;
    const from = arrivalOf(state.since);
    if (from !== 'awaited' && isLater(state.from, from))
      changed = { ...changed, records: { ...changed.records, [record]: { ...state, from } } };
  }
  const { revocation } = key;
  if (revocation.kind !== 'revoked') return changed;
  const from = arrivalOf(revocation.since);
  return from !== 'awaited' && isLater(revocation.from, from) ? { ...changed, revocation: { ...revocation, from } } : changed;
}

/**
 * A server gave out an older version, though all were seen with a newer one: what was built on that is not known any more, and waits for new
 * evidence (rollover guards stand still meanwhile).
 */
export function servedOlder(zone: ZoneRoll, { serial, at }: OlderEvidence): Observation {
  const index = zone.versions.findLastIndex((version) => version.serial === serial);
  const isDoubted = (version: Version, i: number): boolean => i > index && version.from !== 'awaited' && version.from <= at;
  const doubted = zone.versions.filter(isDoubted);
  const ahead = zone.versions.map((version, i) => (i > index && (version.doubtedAt ?? 0) < at ? { ...version, doubtedAt: at } : version));
  if (doubted.length === 0) return { zone: { ...zone, versions: ahead }, notes: [{ kind: 'still-older', serial, at }] };
  const since = Math.min(...doubted.map((version) => version.at));
  // A change that came with an older version is as certain as before.
  const lastCertain = zone.versions.findLast((version) => version.at < since)?.at ?? Number.NEGATIVE_INFINITY;
  const versions = ahead.map((version, i) => (isDoubted(version, i) ? { ...version, from: 'awaited' as const } : version));
  const served = zone.versions[index]?.at ?? Number.NEGATIVE_INFINITY;
  const newest = zone.versions.at(-1)!.at;
  const keys = zone.keys.map((key) => returning(lacking(doubtful(key, lastCertain, at), served, newest), zone.roll, newest));
  const notes: readonly Note[] = doubted.map((version) => ({
    kind: 'went-back',
    serial: version.serial,
    from: version.from,
    older: serial,
    at,
  }));
  return { zone: { ...zone, versions, keys }, notes };
}

/**
 * What became omnipresent after the served version was made may not be in that one: caches get the RRset without it again, and its time starts anew
 * with the next evidence. That it is in the newest version is sure.
 */
function lacking(key: RollKey, served: number, newest: number): RollKey {
  const records = Object.fromEntries(
    Object.entries(key.records).map(([record, state]): [string, RecordState] =>
      record !== 'ds' && state.kind === 'omnipresent' && state.since > served
        ? [record, { kind: 'rumoured', since: Math.min(state.since, newest), from: 'awaited' }]
        : [record, state],
    ),
  );
  return { ...key, records };
}

/**
 * What a key that leaves has left already may be in the served version, and caches get it again: what comes after it in the rollover (the signatures
 * of an algorithm go after its DNSKEY) waits anew. That it is not in the newest version is sure. Where an operator leaves nothing comes after it, and
 * who has left himself sees what others give out.
 */
function returning(key: RollKey, roll: Roll | undefined, newest: number): RollKey {
  if (roll?.old.includes(key.name) !== true || roll.kind === 'leave') return key;
  const records = Object.fromEntries(
    Object.entries(key.records).map(([record, state]): [string, RecordState] => [
      record,
      record !== 'ds' && state.kind === 'hidden' && key.goals[record as RecordName] === 'hidden'
        ? { kind: 'unretentive', since: newest, from: 'awaited' }
        : state,
    ]),
  );
  return { ...key, records };
}

/** Changes made after `lastCertain`, that were thought to be everywhere at a time before `at`. */
function doubtful(key: RollKey, lastCertain: number, at: number): RollKey {
  const doubt = <T extends { readonly since: number; readonly from: Arrival }>(state: T): T =>
    state.since > lastCertain && state.from !== 'awaited' && state.from <= at ? { ...state, from: 'awaited' } : state;
  const records = Object.fromEntries(
    Object.entries(key.records).map(([record, state]): [string, RecordState] => [
      record,
      record === 'ds' || state.kind === 'hidden' || state.kind === 'omnipresent' ? state : doubt(state),
    ]),
  );
  return { ...key, records, revocation: key.revocation.kind === 'revoked' ? doubt(key.revocation) : key.revocation };
}
