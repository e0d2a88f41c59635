import { type Contents, sameSet } from '../contents.ts';
import type { Arrival, Interval, KeyName, Move, RecordState, Roll, RollKey, RollRules, Version, ZoneRoll } from '../model.ts';
import type { Asked, Pace } from './walk.ts';
import type { Told } from './words.ts';

/**
 * Rollovers that were walked once. One that begins from a zone of the same form takes the same steps, later and with other keys: in a plan of years
 * the same few are walked again and again.
 */
export type Tracks = Map<string, Track>;

export interface Track {
  readonly begin: { readonly zone: ZoneRoll; readonly at: number };
  readonly end: { readonly zone: ZoneRoll; readonly at: number };
  readonly paces: readonly Pace[];
}

/** What plans of zones with the same rules share; made anew for each plan where it is not given. */
export interface PlanMemo {
  readonly tracks: Tracks;
  readonly words: Map<Pace, Told>;
}

export function newMemo(): PlanMemo {
  return { tracks: new Map(), words: new Map() };
}

/**
 * All of a zone that steps depend on, but for names of keys and the time; undefined where more than that counts: something is uncertain, versions had
 * other TTLs, or the parent is not where it is wanted.
 */
export function formOf(zone: ZoneRoll, rules: RollRules, kind: string): string | undefined {
  const { request, observed } = zone.parent;
  if (zone.links.length > 0 || request === undefined || observed.kind !== 'settled') return undefined;
  if (!sameSet(request.keys, observed.keys) || observed.lower !== undefined || observed.ttl > rules.dsTtl) return undefined;
  if (!zone.versions.every((version) => isAsToday(version, rules))) return undefined;
  const keys = zone.keys.map((key) => formOfKey(key, rules));
  return keys.includes(undefined) ? undefined : `${kind} ${zone.wantsDs ? 'secure' : 'insecure'} ${keys.join(' ')}`;
}

function isAsToday({ keyTtl, signatureTtl, negativeTtl, isSigned, from }: Version, rules: RollRules): boolean {
  return (
    from !== 'awaited' && isSigned && keyTtl === rules.keyTtl && signatureTtl === rules.signatureTtl && negativeTtl === rules.negativeTtl
  );
}

function formOfKey(
  { role, algorithm, keyTag, operator, goals, records, revocation, trouble }: RollKey,
  { rfc5011 }: RollRules,
): string | undefined {
  if (revocation.kind !== 'none' || trouble !== 'none') return undefined;
  // Why a revoked key does not come back is told with its tag.
  let form = `${role}/${algorithm}/${operator}/${rfc5011 === 'none' ? '' : keyTag}`;
  for (const record of ['dnskey', 'krrsig', 'zrrsig', 'ds'] as const) {
    const state = records[record]?.kind ?? 'hidden';
    if (state !== 'hidden' && state !== 'omnipresent') return undefined;
    form += `/${state}-${goals[record] ?? 'none'}`;
  }
  return form;
}

/** The same steps from another zone of the same form. */
export function moved(
  track: Track,
  zone: ZoneRoll,
  at: number,
  { id, formula, asked }: { readonly id: number; readonly formula: Interval | undefined; readonly asked: Asked | undefined },
): Omit<Track, 'begin'> {
  const by = at - track.begin.at;
  const names = new Map(track.begin.zone.keys.map(({ name }, i) => [name, zone.keys[i]!.name]));
  const rename = (name: KeyName): KeyName => names.get(name) ?? name;
  const roll = rollOf(track.paces[0]!.roll, id, at, rename);
  const oldKeys = zone.keys.filter(({ name }) => roll.old.includes(name));
  // What a step leaves is mostly what the next one finds.
  const known = new Map<Contents, Contents>();
  const contents = (one: Contents): Contents => {
    const mine = known.get(one) ?? renamed(one, rename);
    known.set(one, mine);
    return mine;
  };
  const paces = track.paces.map(
    (pace, i): Pace => ({
      at: pace.at + by,
      earliest: pace.earliest + by,
      isGeneration: false,
      roll,
      oldKeys,
      reason: i === 0 && formula !== undefined ? [formula, ...pace.reason.slice(1)] : pace.reason,
      evidence: pace.evidence.map(({ kind, keys }) => ({ kind, keys: keys.map(rename) })),
      before: contents(pace.before),
      after: contents(pace.after),
      moves: pace.moves.map((move) => renamedMove(move, rename)),
      ...(i === 0 && asked !== undefined ? { asked } : {}),
      like: { pace, rename },
    }),
  );
  return { paces, end: { at: track.end.at + by, zone: endOf(track, zone, by, rename) } };
}

function rollOf(roll: Roll, id: number, started: number, rename: (name: KeyName) => KeyName): Roll {
  return { ...roll, id, started, old: roll.old.map(rename), new: roll.new.map(rename) };
}

function renamedMove(move: Move, rename: (name: KeyName) => KeyName): Move {
  const key = rename(move.key);
  return move.kind === 'revoke' ? { kind: 'revoke', key } : { kind: 'record', key, record: move.record, to: move.to };
}

function renamed({ dnskey, signsKeys, signsZone, ds, cds }: Contents, rename: (name: KeyName) => KeyName): Contents {
  return {
    dnskey: dnskey.map(({ name, isRevoked }) => ({ name: rename(name), isRevoked })),
    signsKeys: signsKeys.map(rename),
    signsZone: signsZone.map(rename),
    ds: ds.map(rename),
    cds: cds.kind === 'keys' ? { kind: 'keys', keys: cds.keys.map(rename) } : cds,
  };
}

/** What the track has changed, later and under other names; what it has not, as it is. */
function endOf({ begin, end }: Track, zone: ZoneRoll, by: number, rename: (name: KeyName) => KeyName): ZoneRoll {
  const before = new Map(begin.zone.keys.map((key, i) => [key.name, { key, now: zone.keys[i]! }]));
  const later = (time: Arrival): Arrival => (time === 'awaited' ? time : time + by);
  const serials = (zone.versions.at(-1)?.serial ?? 0) - (begin.zone.versions.at(-1)?.serial ?? 0);
  const isParentSame = end.zone.parent === begin.zone.parent;
  return {
    ...end.zone,
    keys: end.zone.keys.map((key) => {
      const { key: first, now } = before.get(key.name)!;
      if (first === key) return now;
      return {
        ...key,
        name: now.name,
        keyTag: now.keyTag,
        activeSince:
          key.activeSince === first.activeSince ? now.activeSince : key.activeSince === undefined ? undefined : key.activeSince + by,
        records: Object.fromEntries(
          Object.entries(key.records).map(([record, state]): [string, RecordState] => [
            record,
            state.kind === 'hidden' ? state : { ...state, since: state.since + by },
          ]),
        ),
      };
    }),
    versions: end.zone.versions.map((version) => ({
      ...version,
      serial: version.serial + serials,
      at: version.at + by,
      from: later(version.from),
    })),
    parent: isParentSame ? zone.parent : parentLater(end.zone.parent, by, rename),
  };
}

function parentLater({ request, observed }: ZoneRoll['parent'], by: number, rename: (name: KeyName) => KeyName): ZoneRoll['parent'] {
  return {
    request: request && {
      keys: request.keys.map(rename),
      at: request.at + by,
      submittedAt: request.submittedAt === undefined ? undefined : request.submittedAt + by,
    },
    observed:
      observed.kind === 'settled'
        ? { ...observed, keys: observed.keys.map(rename).sort(), from: observed.from + by, at: observed.at + by }
        : observed,
  };
}
