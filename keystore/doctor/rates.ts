/** A zone that takes longer is signed too slowly to be signed often. */
export const SLOW_ZONE_SIGNATURES = 100_000;
export const SLOW_ZONE_SECONDS = 900;

/** How long {@link SLOW_ZONE_SIGNATURES} take in one session, in words: `12 s`, `4 min`, `16 h`. */
export function signingTime(signMs: number): string {
  return duration((SLOW_ZONE_SIGNATURES * signMs) / 1000);
}

/** @param seconds rounded to the largest unit that tells it with two digits or so */
export function duration(seconds: number): string {
  if (seconds < 1) return 'a second';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** Signatures a second, with the digits that a measurement of a moment deserves. */
export function rate(perSecond: number): string {
  if (perSecond < 10) return perSecond.toFixed(1);
  const unit = 10 ** (Math.floor(Math.log10(perSecond)) - 1);
  return String(Math.round(perSecond / unit) * unit);
}

/** `100,000`. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
