// Hashes, base64, text.
import crypto, { createHash } from 'node:crypto';

export function sha256(octets: Uint8Array): Buffer {
  // Twice as fast where there is one; Node 18 has none.
  return crypto.hash === undefined ? createHash('sha256').update(octets).digest() : crypto.hash('sha256', octets, 'buffer');
}

export function sha256Hex(octets: Uint8Array): string {
  return sha256(octets).toString('hex');
}

/** Only the one encoding of its octets (RFC 4648 4). */
export function fromBase64(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? octets : undefined;
}

export function decode(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

export function isoTime(time: number): string {
  return time <= 253_402_300_799 ? new Date(time * 1000).toISOString().replace('.000', '') : `${time} s after 1970`;
}

/** A value in a message, of bounded length and without line breaks. */
export function show(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 120 ? `${json.slice(0, 120)}…` : json;
}
