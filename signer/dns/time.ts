import { fromLatin1, latin1, WireWriter } from './bytes.ts';

/**
 * Times of RRSIG records: seconds since 1970-01-01T00:00:00Z, unsigned 32-bit, in text `YYYYMMDDHHMMSS` in UTC
 * (RFC 4034 3.2). The calendar is the proleptic Gregorian one, days of 86400 seconds.
 */

export const MAX_TIME = 0xffff_ffff;

/**
 * @returns seconds for 14 digits that name a moment within 32 bits, or for up to 10 digits the number itself;
 * undefined for anything else, 30 February included
 */
export function parseTime(bytes: Uint8Array, start: number, end: number): number | undefined {
  const seconds = secondsOf(bytes, start, end);
  return seconds !== undefined && seconds <= MAX_TIME ? seconds : undefined;
}

/**
 * As parseTime, but a moment after 2106-02-07 06:28:15 is taken modulo 2^32: times of signatures are serial numbers
 * (RFC 4034 3.1.5).
 */
export function parseSerialTime(bytes: Uint8Array, start: number, end: number): number | undefined {
  const seconds = secondsOf(bytes, start, end);
  return seconds === undefined || (seconds > MAX_TIME && end - start !== 14) ? undefined : seconds % (MAX_TIME + 1);
}

function secondsOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  const digits = end - start;
  if (digits === 0 || (digits > 10 && digits !== 14)) return undefined;
  for (let i = start; i < end; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return undefined;
  if (digits !== 14) return number(bytes, start, end);
  const year = number(bytes, start, start + 4);
  const month = number(bytes, start + 4, start + 6);
  const day = number(bytes, start + 6, start + 8);
  const hour = number(bytes, start + 8, start + 10);
  const minute = number(bytes, start + 10, start + 12);
  const second = number(bytes, start + 12, end);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
}

export function parseTimeText(text: string): number | undefined {
  const bytes = fromLatin1(text);
  return parseTime(bytes, 0, bytes.length);
}

/** Appends `YYYYMMDDHHMMSS`. @param seconds unsigned 32-bit */
export function printTime(seconds: number, out: WireWriter): void {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  // Civil from days: eras of 400 years that begin on 1 March (719468 days before 1970-01-01 is 0000-03-01).
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  out.reserve(14);
  twoDigits(Math.floor(year / 100), out);
  twoDigits(year % 100, out);
  twoDigits(month, out);
  twoDigits(day, out);
  twoDigits(Math.floor(rest / 3600), out);
  twoDigits(Math.floor(rest / 60) % 60, out);
  twoDigits(rest % 60, out);
}

export function printTimeText(seconds: number): string {
  const out = new WireWriter(14);
  printTime(seconds, out);
  return latin1(out.bytes, 0, out.length);
}

function twoDigits(value: number, out: WireWriter): void {
  const tens = Math.floor(value / 10);
  out.bytes[out.length++] = 0x30 + tens;
  out.bytes[out.length++] = 0x30 + value - tens * 10;
}

function number(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + bytes[i]! - 0x30;
  return value;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
