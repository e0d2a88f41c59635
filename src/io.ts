/** Where a command prints: results to one stream, everything else to the other. */
export interface Io {
  readonly out: { write(text: string | Uint8Array): unknown };
  readonly err: NodeJS.WriteStream;
}

/** A line for the operator that is not a result. */
export function note(io: Io, text: string): void {
  io.err.write(`coldsign: ${text}\n`);
}
