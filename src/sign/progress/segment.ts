import { crc32 } from 'node:zlib';
import { WireWriter } from '../../../signer/dns/bytes.ts';
import type { WireName } from '../../../signer/dns/name.ts';

/**
 * A file of signatures that a run has made so far.
 *
 * header: magic · length of what follows up to the crc (4) · zone name in wire form, length (1) before it · octets of a record (2) · number of
 *         keys (1) · per key the length (2) and the DNSKEY RDATA · crc32 of all of it (4)
 * record: key (1) · three octets 0 · length of the signed data (4) · two crc32 of it (4, 4) · expiration (4) · inception (4) · signature, filled
 *         up with 0 to the longest of the keys
 * All numbers are big-endian. The records are all of one length, so that an octet which the disk has changed costs one signature; one in the
 * header costs the file. None of it is trusted: a signature is verified before it is used.
 */
export interface SegmentHead {
  readonly apex: WireName;
  readonly recordOctets: number;
  /** DNSKEY RDATA, as the records number them. */
  readonly dnskeys: readonly Uint8Array[];
}

const MAGIC = new TextEncoder().encode('coldsign signatures 1\n');
/** Of a record, before the signature. */
export const RECORD_HEAD_OCTETS = 24;
export const RECORD_AT = { key: 0, length: 4, first: 8, second: 12, expiration: 16, inception: 20 } as const;
/** Where expiration and inception stand in the octets that are signed (RFC 4034 3.1). */
const TIMES_AT = 8;
const AFTER_TIMES = 16;

export function printSegmentHead({ apex, recordOctets, dnskeys }: SegmentHead): Uint8Array {
  const out = new WireWriter(1024);
  out.append(MAGIC);
  out.u32(1 + apex.length + 3 + dnskeys.reduce((sum, { length }) => sum + 2 + length, 0));
  out.u8(apex.length);
  out.append(apex);
  out.u16(recordOctets);
  out.u8(dnskeys.length);
  for (const dnskey of dnskeys) {
    out.u16(dnskey.length);
    out.append(dnskey);
  }
  out.u32(crc32(out.bytes.subarray(0, out.length)));
  return out.slice();
}

/** @returns the head and where the records begin; undefined if this is no such file, or not whole */
export function parseSegmentHead(bytes: Uint8Array): { readonly head: SegmentHead; readonly end: number } | undefined {
  const start = MAGIC.length + 4;
  if (bytes.length < start || !MAGIC.every((octet, i) => bytes[i] === octet)) return undefined;
  const end = start + viewOf(bytes).getUint32(MAGIC.length);
  if (bytes.length < end + 4 || crc32(bytes.subarray(0, end)) !== viewOf(bytes).getUint32(end)) return undefined;
  try {
    const head = readFields(bytes.subarray(start, end));
    return head.recordOctets > RECORD_HEAD_OCTETS ? { head, end: end + 4 } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @throws RangeError where a length leads out of the head */
function readFields(bytes: Uint8Array): SegmentHead {
  const view = viewOf(bytes);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('the head of the file ends in the middle of a field');
    at += length;
    return bytes.slice(at - length, at);
  };
  const number = (octets: 1 | 2): number => {
    at += octets;
    return octets === 1 ? view.getUint8(at - 1) : view.getUint16(at - 2);
  };
  const apex = take(number(1));
  const recordOctets = number(2);
  const dnskeys = Array.from({ length: number(1) }, () => take(number(2)));
  return { apex, recordOctets, dnskeys };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * What a signature is over, times aside: a name for it, not a proof. Of two that have the same one is made anew, for it does not verify.
 * Design note: a cryptographic digest of each RRset would cost more than everything else that is done here.
 * @param data RRSIG RDATA without signature, then the canonical RRset (RFC 4034 3.1.8.1)
 */
export function dataName(data: Uint8Array): { readonly length: number; readonly first: number; readonly second: number } {
  const middle = AFTER_TIMES + ((data.length - AFTER_TIMES) >> 1);
  return {
    length: data.length,
    first: crc32(data.subarray(AFTER_TIMES, middle), head32(data)),
    second: crc32(data.subarray(middle)),
  };
}

/** Type, algorithm, labels and TTL: the eight octets before the times, in one number. */
function head32(data: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < TIMES_AT; i++) value = (Math.imul(value, 0x01000193) ^ data[i]!) >>> 0;
  return value;
}
