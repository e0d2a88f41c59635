/** A moment as `2027-01-31T00:00:00Z`. @param seconds since 1970, not negative */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return seconds > 0 ? 'for ever' : 'the beginning';
  const { year, month, day } = dateOf(Math.floor(seconds / DAY));
  const rest = seconds - Math.floor(seconds / DAY) * DAY;
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(twoDigits).join(':');
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T${clock}Z`;
}

/** A span as `8d1h`, `1min30s`, `0s`. */
export function durationText(seconds: number): string {
  let rest = seconds;
  let text = '';
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === '' ? '0s' : text;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[], none: string): string {
  if (items.length < 2) return items[0] ?? none;
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

const DAY = 86_400;
const UNITS = [
  ['d', DAY],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The Gregorian date of a day, counted from 1970-01-01: years begin in March, so that the day of a leap year comes last. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const sinceMarchOfYear0 = days + 719_468;
  const era = Math.floor(sinceMarchOfYear0 / 146_097);
  const dayOfEra = sinceMarchOfYear0 - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}
