/** A ceremony as everybody in the room sees it: texts of the log and of the approved script. No secret can be in it. */
export interface CeremonyPicture {
  readonly id: string;
  readonly title: string;
  readonly mode: 'production' | 'practice';
  /** Steps that have ended, and all. */
  readonly done: number;
  readonly total: number;
  readonly is: 'under way' | 'paused' | 'done' | 'aborted';
  /** Why it pauses. */
  readonly paused?: string;
  /** People in the room. */
  readonly present: readonly string[];
  /** Absent: all steps have ended. */
  readonly step?: CeremonyStepPicture;
  /** The word that is usual next. */
  readonly next: string;
  /** Exceptions that are open. */
  readonly exceptions: readonly string[];
  /** To be read aloud and compared; a line is a row of groups. */
  readonly shown: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export interface CeremonyStepPicture {
  readonly number: number;
  readonly act: string;
  readonly title: string;
  readonly role: string;
  readonly holders: readonly string[];
  readonly minutes?: number;
  readonly say?: string;
  readonly isCommand: boolean;
  /** Command line, or what is done by hand. */
  readonly doing: string;
  /** Who must agree, and how; absent: nobody must. */
  readonly agree?: string;
  readonly given: readonly string[];
  readonly missing: readonly string[];
  /** What went wrong, in words. */
  readonly trouble: readonly string[];
}
