/** Largest TTL a resolver may honour (RFC 2181 8); the caller decides what a larger one means. */
export const MAX_TTL = 0x7fff_ffff;

const SECONDS_OF_UNIT = new Map<number, number>([
  [0x73, 1], // s
  [0x6d, 60], // m
  [0x68, 3600], // h
  [0x64, 86_400], // d
  [0x77, 604_800], // w
]);

/**
 * Plain seconds or units as BIND writes them: `1h30m`, `2W`. Once a unit is used, every number needs one.
 * @returns seconds, 0..2^32-1; undefined if the text is neither, or the sum is larger
 */
export function parseTtl(bytes: Uint8Array, start: number, end: number): number | undefined {
  let total = 0;
  let value = -1;
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!;
    if (octet >= 0x30 && octet <= 0x39) {
      value = Math.max(value, 0) * 10 + octet - 0x30;
      if (value > 0xffff_ffff) return undefined;
      continue;
    }
    const unit = SECONDS_OF_UNIT.get(octet | 0x20);
    if (unit === undefined || value < 0 || octet < 0x41) return undefined;
    total += value * unit;
    if (total > 0xffff_ffff) return undefined;
    value = -1;
  }
  if (total === 0 && !endsInUnit(bytes, start, end)) return value < 0 ? undefined : value;
  return value < 0 ? total : undefined;
}

function endsInUnit(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x39) return true;
  return false;
}
