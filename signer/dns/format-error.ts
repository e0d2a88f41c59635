/**
 * Text or RDATA is not in the form its type asks for. Never leaves the parser of the zone file, which turns it
 * into a finding with file, line and column; elsewhere the caller turns it into a Refusal.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  /** What the format asks for, as a noun phrase. */
  readonly expected: string;
  /** What stood there, shortened by the one who prints it. */
  readonly found: string;
  /** Index of the field of the entry that is wrong; undefined: the one read last. */
  readonly field: number | undefined;
  constructor(expected: string, found: string, field?: number) {
    super(`expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
    this.field = field;
  }
}
