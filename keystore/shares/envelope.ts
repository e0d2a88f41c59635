import { createHash } from 'node:crypto';
import { concatBytes, equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { MAX_SHARES, type Share } from './share.ts';

const MAGIC = Uint8Array.of(0x43, 0x53);
const VERSION = 1;
const CHECKSUM_OCTETS = 4;
/** Everything but the piece: magic 2, version 1, set 16, three numbers, subject 8, check 8, length 1, checksum 4. */
const FIXED_OCTETS = 43;
const PREFIX = 'COLDSIGN-SHARE:';
/** RFC 4648 6. All of it is in the alphanumeric set of QR codes. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * A share as octets: `CS` · version 1 (1) · set (16) · threshold (1) · count (1) · index (1) · subject (8) · check (8) · length of the piece
 * (1) · piece · first 4 octets of SHA-256 over all before.
 */
export function encodeShare({ set, threshold, count, index, subject, check, octets }: Share): Uint8Array {
  const body = concatBytes(
    MAGIC,
    Uint8Array.of(VERSION),
    set,
    Uint8Array.of(threshold, count, index),
    subject,
    check,
    Uint8Array.of(octets.length),
    octets,
  );
  return concatBytes(body, checksum(body));
}

/** @throws Refusal share/damaged */
export function decodeShare(octets: Uint8Array): Share {
  if (octets.length <= FIXED_OCTETS) throw damaged(`it has ${octets.length} octets`);
  const body = octets.subarray(0, -CHECKSUM_OCTETS);
  if (!equalBytes(checksum(body), octets.subarray(-CHECKSUM_OCTETS))) throw damaged('its checksum does not fit');
  if (!equalBytes(body.subarray(0, 2), MAGIC)) throw damaged('it is no share of coldsign');
  if (body[2] !== VERSION) throw damaged(`it is of version ${body[2]}, this program knows ${VERSION}`);
  const [threshold, count, index] = [body[19]!, body[20]!, body[21]!];
  const length = body[38]!;
  if (octets.length !== FIXED_OCTETS + length) throw damaged(`it has ${octets.length} octets, not ${FIXED_OCTETS + length}`);
  if (threshold < 2 || threshold > count || count > MAX_SHARES || index < 1 || index > count)
    throw damaged(`it says to be number ${index} of ${count}, ${threshold} needed`);
  return {
    set: body.slice(3, 19),
    threshold,
    count,
    index,
    subject: body.slice(22, 30),
    check: body.slice(30, 38),
    octets: body.slice(39),
  };
}

/** One line for a QR code: `COLDSIGN-SHARE:` and base32 without padding. */
export function shareText(share: Share): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const octet of encodeShare(share)) {
    value = ((value << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31];
  }
  return PREFIX + text + (bits > 0 ? BASE32[(value << (5 - bits)) & 31] : '');
}

export const isShareText = (text: string): boolean => text.trim().toUpperCase().startsWith(PREFIX);

/** @throws Refusal share/damaged */
export function parseShareText(text: string): Share {
  const digits = text.trim().toUpperCase().slice(PREFIX.length);
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const [i, digit] of [...digits].entries()) {
    const five = BASE32.indexOf(digit);
    if (five < 0) throw damaged(`character ${i + 1} after ${PREFIX} is none of A to Z and 2 to 7`);
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets.push((value >> bits) & 0xff);
  }
  return decodeShare(Uint8Array.from(octets));
}

function checksum(body: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(body).digest().subarray(0, CHECKSUM_OCTETS));
}

function damaged(why: string): Refusal {
  return new Refusal('share/damaged', `the share was not read rightly: ${why}`, 'read it again, from the beginning to the end');
}
