/**
 * Span of BIND or OpenDNSSEC in seconds: ISO 8601, where both count a month as 31 days and a year as 365.
 * @returns undefined if it is none
 */
export function isoSpan(text: string): number | undefined {
  const match = /^P(?=[0-9T])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=[0-9])(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const units = [365 * DAY, 31 * DAY, 7 * DAY, DAY, 3600, 60, 1];
  return units.reduce((sum, unit, i) => sum + unit * Number(match[i + 1] ?? 0), 0);
}

const DAY = 86_400;
const TTL_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: DAY, w: 7 * DAY };

/** Span of BIND: ISO 8601, seconds, or units of a TTL (`1w2d`, where m is minutes). @returns undefined if it is none */
export function bindSpan(text: string): number | undefined {
  const iso = isoSpan(text);
  if (iso !== undefined) return iso;
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(?:\d+[smhdw])+$/i.test(text)) return undefined;
  return text.match(/\d+[a-z]/gi)!.reduce((sum, part) => sum + Number(part.slice(0, -1)) * TTL_UNITS[part.slice(-1).toLowerCase()]!, 0);
}
