import type { Fields } from '../dns/fields.ts';

const QUOTATION_MARK = 0x22;

/**
 * The lexer keeps `key="value"` as one field, which SVCB asks for (RFC 9460 2.1). For every other type the quotation
 * mark begins a field of its own: `key=` and `value`.
 */
export function splitPairs(fields: Fields): void {
  const { bytes, count, next } = fields;
  const starts = fields.starts.slice(0, count);
  const ends = fields.ends.slice(0, count);
  const quoted = fields.quoted.slice(0, count);
  fields.count = next;
  for (let i = next; i < count; i++) {
    const mark = quoted[i] === 1 ? -1 : openingMark(bytes, starts[i]!, ends[i]!);
    if (mark < 0) fields.push(starts[i]!, ends[i]!, quoted[i] === 1);
    else {
      fields.push(starts[i]!, mark, false);
      fields.push(mark + 1, ends[i]! - 1, true);
    }
  }
}

/** The quotation mark that ends in the last octet of the field; -1 if there is none. */
function openingMark(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end - 1; i++) {
    if (bytes[i] === 0x5c) i++;
    else if (bytes[i] === QUOTATION_MARK) return i;
  }
  return -1;
}
