/** A zone file, or a file it includes, as the reader sees it: octets from the beginning to the end. */
export interface ZoneSource extends Disposable {
  /** What findings call the file. */
  readonly name: string;
  /** Equal for two openings of the same file, whatever path led to it: tells a file that includes itself. */
  readonly identity: string;
  /** Octets of the file; 0 if not known (a pipe). */
  readonly sizeHint: number;
  /** Fills into[at..) as far as there is anything. @returns octets written; 0 at the end of the file */
  read(into: Uint8Array, at: number): number;
}

/**
 * Opens the zone file (no `includedFrom`) or the target of an $INCLUDE, as the directive spells it.
 * @throws Refusal not there, not readable, not a file, outside the folder that may be read
 */
export type ZoneOpener = (path: string, includedFrom?: ZoneSource) => ZoneSource;
