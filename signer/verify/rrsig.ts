import { nameLength } from '../dns/name.ts';
import { u16, u32 } from './octets.ts';

/**
 * RRSIG RDATA (RFC 4034 3.1): type covered(2) algorithm(1) labels(1) original TTL(4) expiration(4) inception(4)
 * key tag(2) signer's name(n) signature(n).
 */
export interface Rrsig {
  readonly covered: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  readonly expiration: number;
  readonly inception: number;
  readonly keyTag: number;
  /** Offset of the signer's name. */
  readonly signerAt: number;
  /** Offset of the signature; it runs to `end`. */
  readonly signatureAt: number;
  readonly end: number;
}

export const RRSIG_FIXED_OCTETS = 18;

/** @returns undefined if the octets are not an RRSIG with a signature in it */
export function readRrsig(wire: Uint8Array, at: number, length: number): Rrsig | undefined {
  const end = at + length;
  const signerAt = at + RRSIG_FIXED_OCTETS;
  if (signerAt >= end) return undefined;
  const signer = nameLength(wire, signerAt, end);
  if (signer < 0 || signerAt + signer >= end) return undefined;
  return {
    covered: u16(wire, at),
    algorithm: wire[at + 2]!,
    labels: wire[at + 3]!,
    originalTtl: u32(wire, at + 4),
    expiration: u32(wire, at + 8),
    inception: u32(wire, at + 12),
    keyTag: u16(wire, at + 16),
    signerAt,
    signatureAt: signerAt + signer,
    end,
  };
}

/** `20260401120000`: how RRSIG times are written (RFC 4034 3.2). */
export function timeText(time: number): string {
  const days = Math.floor(time / 86400);
  const rest = time % 86400;
  const { year, month, day } = civilFromDays(days);
  const two = (n: number): string => n.toString().padStart(2, '0');
  return `${year}${two(month)}${two(day)}${two(Math.floor(rest / 3600))}${two(Math.floor(rest / 60) % 60)}${two(rest % 60)}`;
}

/** Days since 1970-01-01 to the Gregorian date; years start in March so that the leap day comes last. */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
