import type { ArtifactRef, Entry, EntryData, EntryType, LoggedKey, LoggedRelease, Mode } from '../audit/entry.ts';

/** What the log says: a fold over its entries. Plain data, so that it can be kept in a snapshot. */
export interface State {
  readonly format: 1;
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
}

export interface ZoneState {
  readonly keys: LoggedKey[];
  /** Newest last; the last KEPT_RELEASES. */
  readonly releases: LoggedRelease[];
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
    format: 1,
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
      break;
    case 'session.close':
      state.session = undefined;
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
    case 'sign.intent':
    case 'release.intent':
      state.intents[entry.seq] = { seq: entry.seq, type: entry.type, time: entry.time, session: entry.session, data: entry.data };
      break;
    case 'key.generate.result':
      delete state.intents[entry.data.intent];
      zoneState(state, entry.data.key.zone).keys.push(entry.data.key);
      break;
    case 'sign.result':
      delete state.intents[entry.data.intent];
      break;
    case 'release.result':
      finishRelease(state, entry.data.intent);
      break;
    case 'intent.resolved':
      resolveIntent(state, entry.data);
      break;
    case 'exception.opened':
      state.exceptions++;
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
  const made: ZoneState = { keys: [], releases: [] };
  state.zones[zone] = made;
  return made;
}

function finishRelease(state: State, intent: number): void {
  const open = state.intents[intent];
  delete state.intents[intent];
  if (open?.type !== 'release.intent') return;
  const { release } = open.data as EntryData['release.intent'];
  const { releases } = zoneState(state, release.zone);
  releases.push(release);
  if (releases.length > KEPT_RELEASES) releases.shift();
  if (state.batch?.ended === false) state.batch.released[release.zone] = release.serial;
}

function resolveIntent(state: State, data: EntryData['intent.resolved']): void {
  if (data.outcome === 'completed' && data.key !== undefined) zoneState(state, data.key.zone).keys.push(data.key);
  if (data.outcome === 'completed' && data.key === undefined) finishRelease(state, data.intent);
  delete state.intents[data.intent];
}
