import type { Contents } from '../contents.ts';
import type { Interval, KeyName, Move, RollKind } from '../model.ts';

/** What is to be done for a zone, visit by visit. Plain data: the same input gives the same plan, and its canonical JSON has one hash. */
export interface RollPlan {
  readonly format: 1;
  readonly zone: string;
  readonly now: number;
  /** No step is later. */
  readonly until: number;
  /** All keys that occur. */
  readonly keys: readonly PlanKey[];
  readonly steps: readonly PlanStep[];
  /** What keeps a rollover from going on, whatever time passes; empty: nothing. */
  readonly stuck: readonly string[];
  readonly nextVisit: NextVisit;
  readonly missed: MissedVisit;
}

export interface PlanKey {
  readonly name: KeyName;
  /** `ZSK 4711`, or `new ZSK 1` where the key does not exist yet. */
  readonly label: string;
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly algorithm: number;
}

/** What is done at one visit. */
export interface PlanStep {
  /** From 1. */
  readonly number: number;
  /** The visit. */
  readonly at: number;
  /** Before it is not safe. */
  readonly earliest: number;
  /** After it a key is used longer than its lifetime, or than it can be; absent: later does no harm. */
  readonly latest?: number;
  readonly kind: StepKind;
  readonly roll: PlanRoll;
  readonly title: string;
  /** What somebody must ask for by name; absent: `roll advance` does it, or it comes of itself. */
  readonly needs?: StepNeeds;
  /** Intervals of the RFC that have passed then, with their numbers. */
  readonly reason: readonly Interval[];
  /** What must have been seen before. */
  readonly evidence: readonly PlanEvidence[];
  readonly before: Contents;
  readonly after: Contents;
  readonly moves: readonly Move[];
  readonly back: WayBack;
}

/** A step that no visit brings by itself. */
export interface StepNeeds {
  /** begin: the rollover is not begun by `roll advance`, nor anything that follows from it. keys: its keys are made before. */
  readonly kind: 'begin' | 'keys';
  /** Command line. */
  readonly command: string;
  /** Why, in words. */
  readonly because: string;
}

/**
 * generate: keys are made. publish: something is added. change-over: something takes the place of something else. parent: only the DS changes.
 * revoke: the REVOKE bit is set. withdraw: something goes. end: nothing changes, and no cache has anything of the old any more.
 */
export type StepKind = 'generate' | 'publish' | 'change-over' | 'parent' | 'revoke' | 'withdraw' | 'end';

/** The rollover that a step belongs to. */
export interface PlanRoll {
  readonly id: number;
  readonly kind: RollKind;
}

export interface PlanEvidence {
  readonly kind: 'published' | 'ds-seen' | 'ds-gone';
  readonly keys: readonly KeyName[];
}

/** How to go back from where a step leads, and how long that is possible. */
export interface WayBack {
  /** cancel: `roll cancel`. new-rollover: this one ends first, then another brings the old state back. none: there is nothing to go back from. */
  readonly kind: 'cancel' | 'new-rollover' | 'none';
  readonly how: string;
  /** Until the step that takes this way away; absent: no step of the plan does. */
  readonly until?: number;
}

/** By what goes on of itself: a rollover that must be asked for and was not is not counted. */
export interface NextVisit {
  /** As planned; absent: nothing is to be done. */
  readonly due?: number;
  /** Safe until here. */
  readonly latest?: number;
  /** What breaks first after that. */
  readonly breaks: string;
  /** Rollovers that are late by then. */
  readonly slips: readonly string[];
}

export interface MissedVisit {
  /** Nobody comes at the next planned visit, only at the one after it. */
  readonly isHarmless: boolean;
  readonly because: string;
}
