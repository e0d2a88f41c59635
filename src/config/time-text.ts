import { MAX_TIME, parseTimeText } from '../../signer/dns/time.ts';
import { Refusal } from '../../signer/errors.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  mo: 2_592_000,
  y: 31_536_000,
};

/**
 * Span in seconds: ISO 8601 (`P14D`, `PT12H`, `P1W`) or numbers with units (`30d`, `12h`, `90s`, `2w`, `1d12h`, `15min`).
 * A month is 30 days and a year 365; `m` alone could be minutes or months and is refused.
 * @throws Refusal usage/duration
 */
export function parseDuration(text: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text);
  const iso = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text);
  if (iso !== null && /[0-9]/.test(text) && !/T$/i.test(text)) {
    const units = [31_536_000, 2_592_000, 604_800, 86_400, 3600, 60, 1];
    return units.reduce((sum, unit, i) => sum + unit * Number(iso[i + 1] ?? 0), 0);
  }
  let seconds = 0;
  let rest = text.toLowerCase();
  while (rest !== '') {
    const part = /^([0-9]+)([a-z]+)/.exec(rest);
    const unit = part?.[2] === undefined ? undefined : UNIT_SECONDS[part[2]];
    if (part === null || unit === undefined) throw badDuration(text, part?.[2] === 'm' ? '`m` is ambiguous: write min or mo' : undefined);
    seconds += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  if (text === '') throw badDuration(text, undefined);
  return seconds;
}

function badDuration(text: string, why: string | undefined): Refusal {
  return new Refusal(
    'usage/duration',
    `"${text}" is not a duration${why === undefined ? '' : `: ${why}`}`,
    'write it like 30d, 12h, 90s, 2w, 15min, or P14D',
  );
}

/**
 * Moment in unix seconds: `now`, `+90d`, `-1h`, `YYYYMMDDHHMMSS`, or ISO 8601 in UTC (`2026-11-24T12:00:00Z`, `2026-11-24`).
 * @param now what `now` and spans count from
 * @throws Refusal usage/time
 */
export function parseMoment(text: string, now: number): number {
  const seconds = momentIn(text, now);
  if (seconds !== undefined && seconds >= 0 && seconds <= MAX_TIME) return seconds;
  throw new Refusal(
    'usage/time',
    `"${text}" is not a time between 1970 and 2106`,
    'write it like 2026-11-24T12:00:00Z, 20261124120000, now or +90d; all times are UTC',
  );
}

function momentIn(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  if (text.startsWith('+')) return now + parseDuration(text.slice(1));
  if (text.startsWith('-')) return now - parseDuration(text.slice(1));
  return /^[0-9]{1,14}$/.test(text) ? parseTimeText(text) : parseIso(text);
}

function parseIso(text: string): number | undefined {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  try {
    return Math.floor(Temporal.Instant.from(full).epochMilliseconds / 1000);
  } catch {
    return undefined;
  }
}

/** The one reading of the clock, in unix seconds. */
export function readClock(): number {
  return Math.floor(Temporal.Now.instant().epochMilliseconds / 1000);
}

/** `2026-11-24T12:00:00Z` */
export function isoText(seconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString();
}
