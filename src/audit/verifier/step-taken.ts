// A ceremony and its steps, as they were taken.
import type { Json } from './entries.ts';
import type { KeptScript } from './kept-script.ts';

export interface Ceremony {
  readonly id: string;
  readonly script: string;
  readonly plan: string;
  /** Role → people who hold it now. */
  readonly people: Map<string, Set<Json>>;
  readonly present: Set<string>;
  readonly steps: Map<string, StepTaken>;
  /** Undefined: its script is not here, or is none. */
  readonly kept: KeptScript | undefined;
  /** Number → whether it is open. */
  readonly exceptions: Map<number, boolean>;
  /** Steps at which something was not as the script says. */
  readonly excepted: Set<string>;
  /** Entry with which another configuration took effect, by no step of it, and no exception tells of it yet. */
  otherRules: number | undefined;
}

/** A step as the log has it, in its newest attempt. */
export interface StepTaken {
  attempts: number;
  /** Entry with which the attempt began. */
  begun: number;
  /** Undefined: it is under way. */
  outcome: string | undefined;
  /** People who have agreed to this attempt. */
  readonly agreed: Set<string>;
  /** What they are by, as `role person`. */
  readonly byRole: Set<string>;
  /** Those of them who have signed, or brought a share. */
  readonly proved: Set<string>;
  /** Keys by which they have. */
  readonly keys: Set<string>;
  /** People whose shares have made a PIN since the attempt began. */
  readonly holders: Set<string>;
  /** Checks that came out well, by the types of their entries. */
  readonly checked: Set<string>;
  /** The session of its command came to its end, and well. */
  ran: boolean;
}

export const newStep = (attempts: number, begun: number, outcome: string | undefined): StepTaken => ({
  attempts,
  begun,
  outcome,
  agreed: new Set(),
  byRole: new Set(),
  proved: new Set(),
  keys: new Set(),
  holders: new Set(),
  checked: new Set(),
  ran: false,
});
