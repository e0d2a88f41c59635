/** Serial number arithmetic for SERIAL_BITS = 32 (RFC 1982). */

const HALF = 0x8000_0000;

/** Largest step that serialAdd takes (RFC 1982 3.1). */
export const MAX_SERIAL_STEP = HALF - 1;

/**
 * Compares two serials, unsigned 32-bit each (RFC 1982 3.2).
 * @returns -1 if a comes before b, 0 if they are equal, 1 if a comes after b; undefined if they are exactly 2^31
 * apart, where the RFC defines no order
 */
export function serialCompare(a: number, b: number): -1 | 0 | 1 | undefined {
  const distance = (b - a) >>> 0;
  if (distance === 0) return 0;
  if (distance === HALF) return undefined;
  return distance < HALF ? -1 : 1;
}

/** Does `next` follow `old`? The undefined case is no. */
export function serialFollows(next: number, old: number): boolean {
  return serialCompare(old, next) === -1;
}

/**
 * (serial + step) modulo 2^32.
 * @param step 0..2^31-1; the RFC defines no sum for more
 * @throws RangeError for any other step: the caller has checked
 */
export function serialAdd(serial: number, step: number): number {
  if (!Number.isInteger(step) || step < 0 || step > MAX_SERIAL_STEP)
    throw new RangeError(`serial step ${step} is not in 0..${MAX_SERIAL_STEP}`);
  return (serial + step) >>> 0;
}
