import type { KeptTokens } from './workspace/kept-tokens.ts';

/** Where a command prints: results to one stream, everything else to the other. */
export interface Io {
  readonly out: { write(text: string | Uint8Array): unknown };
  readonly err: NodeJS.WriteStream;
  /** The step of a ceremony that the command is run for. */
  readonly within?: WithinCeremony;
}

/** What a ceremony says for its commands, in place of options that no script may hold. */
export interface WithinCeremony {
  readonly ceremony: string;
  readonly step: string;
  /** Logged in from step to step. */
  readonly tokens: KeptTokens;
}

/** A line for the operator that is not a result. */
export function note(io: Io, text: string): void {
  io.err.write(`coldsign: ${text}\n`);
}
