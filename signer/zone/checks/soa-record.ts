import { nameLength } from '../../dns/name.ts';
import { readU32 } from './records.ts';

export interface SoaFields {
  /** Offset of RNAME in the RDATA; MNAME is at 0. */
  readonly rnameAt: number;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** SOA RDATA (RFC 1035 3.3.13): MNAME, RNAME, then five 32-bit numbers. @returns undefined if it is not in that form */
export function readSoa(rdata: Uint8Array): SoaFields | undefined {
  const rnameAt = nameLength(rdata, 0);
  if (rnameAt < 0) return undefined;
  const at = rnameAt + nameLength(rdata, rnameAt);
  if (at <= rnameAt || at + 20 !== rdata.length) return undefined;
  return {
    rnameAt,
    serial: readU32(rdata, at),
    refresh: readU32(rdata, at + 4),
    retry: readU32(rdata, at + 8),
    expire: readU32(rdata, at + 12),
    minimum: readU32(rdata, at + 16),
  };
}
