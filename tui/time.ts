const DAY = 86_400;

/** `2026-11-24 20:10:11Z` */
export const timeText = (seconds: number): string => instant(seconds).replace('T', ' ');
/** `2026-11-24 20:10Z` */
export const minuteText = (seconds: number): string => timeText(seconds).replace(/:\d\dZ$/, 'Z');
/** `2026-11-24` */
export const dayText = (seconds: number): string => instant(seconds).slice(0, 10);

/** `in 13.6 d`, `4.0 h ago`: two figures, one unit. */
export function leftText(at: number, now: number): string {
  const left = at - now;
  return left >= 0 ? `in ${span(left)}` : `${span(-left)} ago`;
}

function span(seconds: number): string {
  if (seconds >= 365 * DAY) return `${(seconds / (365 * DAY)).toFixed(1)} y`;
  if (seconds >= 2 * DAY) return `${(seconds / DAY).toFixed(1)} d`;
  if (seconds >= 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds)} s`;
}

const instant = (seconds: number): string => Temporal.Instant.fromEpochMilliseconds(Math.floor(seconds) * 1000).toString();
