import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import type { ArtifactRef, Entry, EntryData, EntryType, KeyRef, LoggedKey, LoggedRelease, Mode, TokenRef } from '../audit/entry.ts';
import { applyCeremony, applyCommand, type Ceremonies } from './ceremonies.ts';
import { changeRoll, forgetKey, releaseRoll, startRoll } from './zone-rolls.ts';

/** What the log says: a fold over its entries. Plain data, so that it can be kept in a snapshot. */
export interface State {
  readonly format: 5;
  /** Entries folded so far. */
  size: number;
  origin: string;
  mode: Mode;
  vkey: string;
  auditKey: EntryData['log.genesis']['key'] | undefined;
  /** The configuration in force. */
  config: ArtifactRef | undefined;
  configSince: string | undefined;
  readonly zones: Record<string, ZoneState>;
  /** Intents without a result, by seq. */
  readonly intents: Record<string, OpenIntent>;
  /** The session that is open, or that did not live to close. */
  session: OpenSession | undefined;
  /** Where the last session found or put the head of the log. */
  head: 'token' | 'none';
  /** Last entry's clock. */
  clock: { time: string; mono: number; boot: string } | undefined;
  exceptions: number;
  anomalies: number;
  /** The newest cosigned size by witness name. */
  readonly witnessed: Record<string, { size: number; time: string }>;
  batch: Batch | undefined;
  /** By id of the set. */
  readonly shareSets: Record<string, ShareSet>;
  readonly ceremonies: Ceremonies;
  /**
   * Backups, drills and restorations whose keys are in an artifact: the fold does not read artifacts; who needs their keys does.
   * Newest last.
   */
  readonly bulk: { type: 'key.backup' | 'key.drill' | 'key.restored'; seq: number; time: string; keys: ArtifactRef }[];
}

export interface ZoneState {
  readonly keys: LoggedKey[];
  /** Destroyed keys: their tags stay taken. */
  readonly past: LoggedKey[];
  /** What happened to keys, by {@link factsName}; see {@link keyFacts}. */
  readonly facts: Record<string, KeyFacts>;
  /** Newest last; the last KEPT_RELEASES. */
  readonly releases: LoggedRelease[];
  /** What caches know of its keys; absent: nothing was published yet. */
  roll?: ZoneRoll;
  /** Rollovers that were ever begun: what the next one is numbered by. */
  rolls?: number;
  /** Made when, unix seconds, the first of the unsigned releases that the zone has now; absent: it is signed. */
  unsignedSince?: number;
  /** Newest files of evidence that were taken. */
  evidence?: { zone?: ArtifactRef; ds?: ArtifactRef };
}

/** What the log says of a key beyond what it is. */
export interface KeyFacts {
  /** Program that made it, where that was not coldsign. */
  imported?: string;
  /** The tokens of its role were proved to have this very key. */
  proved?: { time: string; tokens: readonly TokenRef[]; places?: string; rrset?: string };
  /** Newest backup. */
  backup?: { time: string; method: string; sha256?: string };
  /** Newest drill that proved a backup. */
  drilled?: { time: string; method: string; sha256?: string };
  /** All restorations, oldest first. */
  restored?: { time: string; token: TokenRef; reason: string }[];
}

/** A PIN that exists in shares. */
export interface ShareSet {
  readonly set: string;
  readonly token: TokenRef;
  readonly threshold: number;
  readonly holders: readonly string[];
  readonly time: string;
  voided?: string;
}

export interface OpenIntent {
  readonly seq: number;
  readonly type: EntryType;
  readonly time: string;
  readonly session: string;
  readonly data: Entry['data'];
}

export interface OpenSession {
  readonly id: string;
  readonly seq: number;
  readonly command: string;
  readonly time: string;
}

/** The last run over many zones. */
export interface Batch {
  readonly session: string;
  readonly zones: readonly string[] | ArtifactRef;
  readonly finished: Record<string, 'done' | 'refused' | 'failed'>;
  /** Zones that have got a release since it began, whatever command made it. */
  readonly released: Record<string, number>;
  ended: boolean;
}

export const KEPT_RELEASES = 8;

export function emptyState(): State {
  return {
    format: 5,
    size: 0,
    origin: '',
    mode: 'production',
    vkey: '',
    auditKey: undefined,
    config: undefined,
    configSince: undefined,
    zones: {},
    intents: {},
    session: undefined,
    head: 'none',
    clock: undefined,
    exceptions: 0,
    anomalies: 0,
    witnessed: {},
    batch: undefined,
    shareSets: {},
    ceremonies: {},
    bulk: [],
  };
}

/** Takes one more entry into the state, in place. Entries come in order; what was valid when it was written is never refused here. */
export function applyEntry(state: State, entry: Entry): void {
  state.size = entry.seq + 1;
  state.mode = entry.mode;
  state.clock = { time: entry.time, mono: entry.mono, boot: entry.boot };
  applyData(state, entry as AnyEntry);
}

/** A union over the types, so that `type` tells `data`. */
export type AnyEntry = { [T in EntryType]: Entry<T> }[EntryType];

function applyData(state: State, entry: AnyEntry): void {
  switch (entry.type) {
    case 'log.genesis':
      state.origin = entry.data.origin;
      state.vkey = entry.data.vkey;
      state.auditKey = entry.data.key;
      break;
    case 'session.open':
      state.session = { id: entry.session, seq: entry.seq, command: entry.data.command, time: entry.time };
      state.head = entry.data.head;
      applyCommand(state.ceremonies, entry);
      break;
    case 'session.close':
      state.session = undefined;
      applyCommand(state.ceremonies, entry);
      break;
    case 'log.anomaly':
    case 'clock.jump':
      state.anomalies++;
      break;
    case 'policy.loaded':
      state.config = entry.data.config;
      state.configSince = entry.time;
      break;
    case 'key.generate.intent':
    case 'key.destroy.intent':
    case 'key.restore.intent':
    case 'sign.intent':
    case 'release.intent':
    case 'roll.step.intent':
      state.intents[entry.seq] = { seq: entry.seq, type: entry.type, time: entry.time, session: entry.session, data: entry.data };
      break;
    case 'key.generate.result':
      delete state.intents[entry.data.intent];
      zoneState(state, entry.data.key.zone).keys.push(entry.data.key);
      break;
    case 'key.imported':
      zoneState(state, entry.data.key.zone).keys.push(entry.data.key);
      keyFacts(state, entry.data.key).imported = entry.data.from;
      break;
    case 'key.proved': {
      const { key, ...found } = entry.data;
      keyFacts(state, key).proved = { time: entry.time, ...found };
      break;
    }
    case 'key.destroy.result':
      delete state.intents[entry.data.intent];
      retireKey(state, entry.data.key);
      break;
    case 'key.backup':
    case 'key.drill':
    case 'key.restored':
      keepsake(state, entry);
      break;
    case 'pin.shares':
      applyShares(state, entry.time, entry.data);
      break;
    case 'sign.result':
      delete state.intents[entry.data.intent];
      break;
    case 'release.result':
      finishRelease(state, entry.data.intent);
      break;
    case 'roll.started':
      startRoll(zoneState(state, entry.data.zone), entry.data);
      break;
    case 'roll.cancelled':
      if (entry.data.change !== undefined) changeRoll(zoneState(state, entry.data.zone), entry.data.change);
      break;
    case 'zone.observed':
    case 'ds.observed':
      keepEvidence(zoneState(state, entry.data.zone), entry);
      changeRoll(zoneState(state, entry.data.zone), entry.data.change);
      break;
    case 'roll.noted':
    case 'ds.submitted':
    case 'ds.retracted':
      changeRoll(zoneState(state, entry.data.zone), entry.data.change);
      break;
    case 'intent.resolved':
      resolveIntent(state, entry.data);
      break;
    case 'exception.opened':
      state.exceptions++;
      break;
    case 'ceremony.opened':
    case 'ceremony.attendance':
    case 'ceremony.step.begun':
    case 'ceremony.step.ended':
    case 'approval.given':
    case 'approval.refused':
    case 'ceremony.exception':
    case 'ceremony.exception.closed':
    case 'ceremony.handover':
    case 'ceremony.paused':
    case 'ceremony.resumed':
    case 'ceremony.ended':
    case 'env.checked':
    case 'clock.checked':
    case 'continuity.checked':
      applyCeremony(state.ceremonies, entry);
      break;
    case 'batch.begun':
      state.batch = { session: entry.session, zones: entry.data.zones, finished: {}, released: {}, ended: false };
      break;
    case 'batch.zone':
      if (state.batch !== undefined) state.batch.finished[entry.data.zone] = entry.data.outcome;
      break;
    case 'batch.ended':
      if (state.batch !== undefined) state.batch.ended = true;
      break;
    case 'checkpoint.witnessed':
      // A cosignature of an older checkpoint may come in late.
      if ((state.witnessed[entry.data.witness]?.size ?? -1) < entry.data.size)
        state.witnessed[entry.data.witness] = { size: entry.data.size, time: entry.data.time };
      break;
    case 'key.refused':
    case 'pin.combined':
    case 'input.accepted':
    case 'input.rejected':
    case 'gate.passed':
    case 'gate.refused':
    case 'export.created':
      break;
    default:
      entry satisfies never;
  }
}

export function zoneState(state: State, zone: string): ZoneState {
  const known = state.zones[zone];
  if (known !== undefined) return known;
  const made: ZoneState = { keys: [], past: [], facts: {}, releases: [] };
  state.zones[zone] = made;
  return made;
}

/** What is known of a key; made where nothing is yet. */
export function keyFacts(state: State, key: Pick<KeyRef, 'zone' | 'id' | 'keyTag'>): KeyFacts {
  const { facts } = zoneState(state, key.zone);
  const name = factsName(key);
  const known = facts[name];
  if (known !== undefined) return known;
  const made: KeyFacts = {};
  facts[name] = made;
  return made;
}

/** Member of `facts` for a key. A CKA_ID alone does not tell: keys of other programs have none, or one id on two tokens, or under two labels. */
export function factsName({ id, keyTag }: Pick<KeyRef, 'id' | 'keyTag'>): string {
  return `${keyTag} ${id}`;
}

function keepEvidence(zone: ZoneState, { type, data }: Extract<AnyEntry, { type: 'zone.observed' | 'ds.observed' }>): void {
  if (data.artifact !== undefined) zone.evidence = { ...zone.evidence, [type === 'zone.observed' ? 'zone' : 'ds']: data.artifact };
}

function retireKey(state: State, { zone, id, keyTag }: KeyRef): void {
  const known = zoneState(state, zone);
  const at = known.keys.findIndex((key) => key.id === id && key.keyTag === keyTag);
  if (at < 0) return;
  const [key] = known.keys.splice(at, 1);
  known.past.push(key!);
  forgetKey(known, key!);
}

function keepsake(state: State, entry: Extract<AnyEntry, { type: 'key.backup' | 'key.drill' | 'key.restored' }>): void {
  const { type, time, seq, data } = entry;
  if (type === 'key.drill' && entry.data.outcome !== 'proved') return;
  if ('sha256' in data.keys) {
    state.bulk.push({ type, seq, time, keys: data.keys });
    return;
  }
  const found = { time, method: data.method, ...(data.sha256 === undefined ? {} : { sha256: data.sha256 }) };
  for (const key of data.keys) {
    const facts = keyFacts(state, key);
    if (type === 'key.backup') facts.backup = found;
    else if (type === 'key.drill') facts.drilled = found;
    else facts.restored = [...(facts.restored ?? []), { time, token: entry.data.token, reason: entry.data.reason }];
  }
}

function applyShares(state: State, time: string, { act, set, token, threshold, holders, replaces }: EntryData['pin.shares']): void {
  const known = state.shareSets[set];
  if (act === 'voided') {
    if (known !== undefined) known.voided = time;
    return;
  }
  state.shareSets[set] = { set, token, threshold, holders, time };
  const before = replaces === undefined ? undefined : state.shareSets[replaces];
  if (before !== undefined) before.voided = time;
}

function finishRelease(state: State, intent: number): void {
  const open = state.intents[intent];
  delete state.intents[intent];
  if (open?.type !== 'release.intent') return;
  const { release } = open.data as EntryData['release.intent'];
  const zone = zoneState(state, release.zone);
  zone.releases.push(release);
  if (zone.releases.length > KEPT_RELEASES) zone.releases.shift();
  if (release.kind !== 'catalog') releaseRoll(zone, release, takeStep(state, release.roll), secondsOf(open.time));
  if (release.kind === 'unsigned') zone.unsignedSince ??= secondsOf(open.time);
  else delete zone.unsignedSince;
  if (state.batch?.ended === false) state.batch.released[release.zone] = release.serial;
}

/** The step that a release carries out is done with it. */
function takeStep(state: State, seq: number | undefined): EntryData['roll.step.intent'] | undefined {
  const step = seq === undefined ? undefined : state.intents[seq];
  if (step?.type !== 'roll.step.intent') return undefined;
  delete state.intents[seq!];
  return step.data as EntryData['roll.step.intent'];
}

const secondsOf = (iso: string): number => Math.floor(Temporal.Instant.from(iso).epochMilliseconds / 1000);

function resolveIntent(state: State, data: EntryData['intent.resolved']): void {
  const open = state.intents[data.intent];
  if (open?.type === 'key.destroy.intent') {
    if (data.outcome === 'completed') retireKey(state, (open.data as EntryData['key.destroy.intent']).key);
    delete state.intents[data.intent];
    return;
  }
  if (data.outcome === 'completed' && data.key !== undefined) zoneState(state, data.key.zone).keys.push(data.key);
  if (data.outcome === 'completed' && data.key === undefined) finishRelease(state, data.intent);
  delete state.intents[data.intent];
}
