import type { CeremonyPicture } from './ceremony-picture.ts';
import type { Progress } from './progress.ts';

/**
 * What the screens show, and how they ask for it: the whole interface between the screens and a workspace. Plain data; times are unix seconds UTC,
 * texts hold no control characters. PINs and shares have no place in it.
 */
export interface DataSource {
  /** What stands above every screen; quick, of what is in memory already. */
  summary(): Summary;
  /**
   * Answers a request. What lasts tells of its progress and stops soon after the signal is aborted; it lets the terminal be served meanwhile.
   * @throws Refusal, Fault
   */
  load<R extends Request>(request: R, now: number, job: Job): Promise<Answer>;
  /** Takes in what was appended to the log since. @returns whether there was anything */
  refresh(): boolean;
}

export interface Job {
  progress(progress: Progress): void;
  /** What is known so far, where that is worth being shown; the whole answer takes its place. */
  partly?(answer: Answer): void;
  readonly signal: AbortSignal;
}

export type Request =
  /** As far as memory tells, at once: no file is looked at, nothing is planned. */
  | { readonly of: 'zones-quick' }
  | { readonly of: 'zones' }
  | { readonly of: 'zone'; readonly zone: string }
  | { readonly of: 'contents'; readonly zone: string }
  | { readonly of: 'keys' }
  | { readonly of: 'timeline'; readonly zone: string }
  | { readonly of: 'plan'; readonly zone: string }
  | { readonly of: 'ceremony' }
  | { readonly of: 'log-rows'; readonly numbers: readonly number[] }
  | { readonly of: 'log-search'; readonly query: string }
  | { readonly of: 'log-entry'; readonly seq: number }
  | { readonly of: 'log-verify' }
  | { readonly of: 'release'; readonly zone: string; readonly serial: number | undefined }
  | { readonly of: 'diff'; readonly zone: string; readonly serial: number };

/** An answer says what it answers: it may come when something else is asked for already. */
export type Answer =
  | { readonly of: 'zones-quick'; readonly zones: readonly ZoneRow[] }
  | { readonly of: 'zones'; readonly zones: readonly ZoneRow[] }
  | { readonly of: 'zone'; readonly zone: string; readonly view: ZoneView }
  | { readonly of: 'contents'; readonly zone: string; readonly contents: ZoneContents }
  | { readonly of: 'keys'; readonly keys: readonly KeyRow[]; readonly tokens: readonly TokenRow[] }
  | { readonly of: 'timeline'; readonly zone: string; readonly timeline: Timeline }
  | { readonly of: 'plan'; readonly zone: string; readonly plan: PlanView }
  /** The one that is open, else the last that has ended; the act leads it. */
  | { readonly of: 'ceremony'; readonly ceremony?: CeremonyPicture; readonly act?: Act }
  | { readonly of: 'log-rows'; readonly rows: readonly LogRow[] }
  /** Numbers of the entries that fit, ascending. */
  | { readonly of: 'log-search'; readonly query: string; readonly found: readonly number[] }
  | { readonly of: 'log-entry'; readonly seq: number; readonly lines: readonly string[] }
  | { readonly of: 'log-verify'; readonly isGood: boolean; readonly text: string }
  | { readonly of: 'release'; readonly zone: string; readonly release: ReleaseView }
  | { readonly of: 'diff'; readonly zone: string; readonly serial: number; readonly diff: DiffView };

export interface Summary {
  readonly workspace: string;
  readonly origin: string;
  readonly mode: 'production' | 'practice';
  /** Entries of the log. */
  readonly entries: number;
  readonly anomalies: number;
  readonly exceptions: number;
  /** Id of the one that is open. */
  readonly ceremony?: string;
  readonly isConfigPending: boolean;
  /** Acts without a result, and a command that did not live to end. */
  readonly open: readonly string[];
}

/** The command that an act is. */
export interface Act {
  /** Without the name of the program. */
  readonly argv: readonly string[];
  readonly text: string;
  /** What is typed to go on: the name of the zone, or a word of the act. */
  readonly confirm: string;
}

/** bogus: validators refuse the zone · due: to be done now · soon: within a week · waits: a rollover waits · ok */
export type Urgency = 'bogus' | 'due' | 'soon' | 'waits' | 'ok';

export interface ZoneRow {
  readonly zone: string;
  readonly owner: string;
  readonly riskClass: string;
  readonly policy: string;
  readonly urgency: Urgency;
  /** What is due, or waited for; one line. */
  readonly what: string;
  readonly who: string;
  /** Last safe moment; absent: later does no harm. */
  readonly lastSafe?: number;
  readonly next?: number;
  readonly serial?: number;
  readonly roll?: string;
  readonly act?: Act;
}

export interface ZoneView {
  readonly row: ZoneRow;
  readonly source: string;
  readonly mode: string;
  readonly keys: readonly ZoneKey[];
  readonly ready: readonly string[];
  readonly waits: readonly string[];
  /** Newest first. */
  readonly releases: readonly {
    readonly serial: number;
    readonly from: number;
    /** Absent: it has no signatures. */
    readonly until?: number;
    readonly records: number;
    readonly isCurrent: boolean;
  }[];
}

export interface ZoneKey {
  readonly label: string;
  readonly algorithm: number;
  readonly state: string;
  readonly dnskey: string;
  readonly krrsig: string;
  readonly zrrsig: string;
  readonly ds: string;
}

/** What is in the current release. */
export interface ZoneContents {
  readonly serial: number;
  /** By class: delegations and glue, data, signatures, proofs of non-existence, keys. */
  readonly classes: readonly { readonly name: string; readonly records: number }[];
  readonly types: readonly { readonly type: string; readonly records: number }[];
  /** Signatures by the day on which they end: days are multiples of 86 400. */
  readonly expiries: readonly { readonly day: number; readonly signatures: number }[];
}

export interface KeyRow {
  readonly zone: string;
  readonly label: string;
  readonly algorithm: string;
  readonly state: string;
  readonly origin: string;
  readonly token: string;
  readonly id: string;
  readonly proved: string;
  readonly backup: string;
  readonly drilled: string;
}

export interface TokenRow {
  readonly role: string;
  readonly uri: string;
  readonly keys: number;
}

export interface Timeline {
  readonly zone: string;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly TimelineKey[];
  /** Ascending. */
  readonly marks: readonly TimelineMark[];
}

export interface TimelineKey {
  readonly label: string;
  /** Ascending, none overlaps; what is not covered is unknown. */
  readonly segments: readonly { readonly from: number; readonly to: number; readonly state: string }[];
}

export interface TimelineMark {
  readonly at: number;
  readonly kind: 'visit' | 'deadline' | 'release' | 'event';
  readonly text: string;
}

export interface PlanView {
  readonly zone: string;
  readonly hash: string;
  readonly head: readonly Fact[];
  readonly steps: readonly PlanStepView[];
}

export interface Fact {
  readonly name: string;
  readonly text: string;
}

export interface PlanStepView {
  readonly number: number;
  readonly at: number;
  readonly earliest: number;
  readonly latest?: number;
  readonly title: string;
  readonly roll: string;
  /** Why not sooner, what must be seen, what changes, the way back. */
  readonly facts: readonly Fact[];
  readonly act: Act;
}

export interface LogRow {
  readonly seq: number;
  readonly time: string;
  readonly actor: string;
  readonly type: string;
  readonly text: string;
}

export interface ReleaseView {
  readonly serial: number;
  readonly serials: readonly number[];
  readonly lines: readonly string[];
  readonly verdicts: readonly { readonly rule: string; readonly verdict: 'pass' | 'fail' | 'overridden'; readonly text: string }[];
}

export interface DiffView {
  /** Release that it is compared with. */
  readonly before: number | undefined;
  readonly added: number;
  readonly removed: number;
  /** `+ record` and `- record`; the first ones. */
  readonly lines: readonly string[];
}
