import type { ArtifactRef } from './entry.ts';

/** Data of the entries on ceremonies, by type. `ceremony` is the id of the ceremony, `step` that of a step of its script. */
export interface CeremonyEntryData {
  /** From here on the script is this one, octet for octet. */
  readonly 'ceremony.opened': {
    readonly ceremony: string;
    readonly script: ArtifactRef;
    /** sha256 of the plan that the script was filled from, hexadecimal. */
    readonly plan: string;
    readonly title: string;
    /** Role → people. */
    readonly people: Readonly<Record<string, readonly string[]>>;
    /** sha256 over what the ceremony runs on: module path, token, PIN source. Not part of the script. */
    readonly environment: string;
    /** Ceremony of a practice workspace in which the same script and plan were rehearsed, where one is required or known. */
    readonly rehearsal?: string;
  };
  /** Somebody named in the script is in the room, or has left it. */
  readonly 'ceremony.attendance': {
    readonly ceremony: string;
    readonly person: string;
    readonly role: string;
    readonly act: 'came' | 'left';
  };
  /** A step begins; what it does has not been done yet. */
  readonly 'ceremony.step.begun': { readonly ceremony: string; readonly step: string; readonly attempt: number };
  readonly 'ceremony.step.ended': {
    readonly ceremony: string;
    readonly step: string;
    readonly outcome: 'done' | 'skipped' | 'failed';
    /** What was seen or written down; of a check or command that failed, why. */
    readonly text: string;
    readonly evidence?: ArtifactRef;
    /** Exit status of its command. */
    readonly status?: number;
  };
  /** One person has agreed to one step. */
  readonly 'approval.given': {
    readonly ceremony: string;
    readonly step: string;
    readonly person: string;
    readonly role: string;
    /**
     * key: a signed note over the statement. share: the person's share was among those that made the PIN (`pin.combined`).
     * screen: by name, in the presence of the others.
     */
    readonly by: 'key' | 'share' | 'screen';
    /** What had to be typed, and was. */
    readonly typed?: string;
    /** The statement with its signature (C2SP signed note). */
    readonly note?: string;
  };
  readonly 'approval.refused': { readonly ceremony: string; readonly step: string; readonly person: string; readonly reason: string };
  /** Something is not as the script says. `number` counts those of a ceremony from 1. */
  readonly 'ceremony.exception': {
    readonly ceremony: string;
    readonly number: number;
    readonly step: string;
    readonly what: string;
    readonly why: string;
    readonly agreed: readonly string[];
    readonly followUp: string;
  };
  readonly 'ceremony.exception.closed': {
    readonly ceremony: string;
    readonly number: number;
    readonly text: string;
    readonly agreed: readonly string[];
  };
  /** Another person takes a role over. */
  readonly 'ceremony.handover': {
    readonly ceremony: string;
    readonly role: string;
    readonly from: string;
    readonly to: string;
    readonly reason: string;
  };
  readonly 'ceremony.paused': { readonly ceremony: string; readonly reason: string };
  readonly 'ceremony.resumed': { readonly ceremony: string; readonly text: string };
  readonly 'ceremony.ended': { readonly ceremony: string; readonly outcome: 'done' | 'aborted'; readonly reason?: string };
  /** What the machine was found to be. */
  readonly 'env.checked': {
    readonly ceremony: string;
    readonly step: string;
    readonly findings: readonly { readonly id: string; readonly severity: 'block' | 'warn' | 'pass'; readonly text: string }[];
  };
  /** A person has compared the clock of the machine with another one; unix seconds. */
  readonly 'clock.checked': {
    readonly ceremony: string;
    readonly machine: number;
    readonly witness: number;
    readonly tolerance: number;
    readonly person: string;
  };
  /** A person has typed size and words of the last printed checkpoint. */
  readonly 'continuity.checked': {
    readonly ceremony: string;
    readonly size: number;
    readonly words: string;
    readonly outcome: 'continues' | 'MISMATCH';
    readonly person: string;
  };
}
