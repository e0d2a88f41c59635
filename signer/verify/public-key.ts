import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Algorithm, algorithmByNumber } from '../dnssec/algorithm.ts';
import type { Packed } from '../signing-key.ts';
import { u16 } from './octets.ts';

/** Checks the signatures of one key. Over worker threads in the program, in process by default. */
export interface SignatureChecker {
  /** How many batches it works on at a time. */
  readonly lanes: number;
  /**
   * @param dnskey DNSKEY RDATA: flags(2) protocol(1) algorithm(1) public key(n)
   * @param data per item the octets that were signed
   * @param signatures per item the signature in DNSSEC form
   * @returns per item 1 if the signature is good, else 0. The octets given may be moved away: the caller makes no more use of them.
   */
  check(dnskey: Uint8Array, data: Packed, signatures: Packed): Promise<Uint8Array>;
}

/** Works on the calling thread. */
export function makeInProcessChecker(): SignatureChecker {
  return { lanes: 1, check: async (dnskey, data, signatures) => verifyBatch(dnskey, data, signatures) };
}

/** Per item 1 if the signature is good. A key that cannot be used makes all of them bad. */
export function verifyBatch(dnskey: Uint8Array, data: Packed, signatures: Packed): Uint8Array {
  const good = new Uint8Array(data.ends.length);
  const key = importDnskey(dnskey);
  if (key.kind === 'unusable') return good;
  let from = 0;
  let signatureFrom = 0;
  for (let i = 0; i < good.length; i++) {
    const signed = data.bytes.subarray(from, data.ends[i]!);
    const signature = signatures.bytes.subarray(signatureFrom, signatures.ends[i]!);
    good[i] = verifyOne(key, signed, signature) ? 1 : 0;
    from = data.ends[i]!;
    signatureFrom = signatures.ends[i]!;
  }
  return good;
}

export type ImportedKey =
  | { readonly kind: 'usable'; readonly algorithm: Algorithm; readonly key: KeyObject; readonly bits: number }
  | { readonly kind: 'unusable'; readonly because: string };

/** DNSKEY RDATA to a key that node:crypto verifies with (RFC 3110, 5702, 6605, 8080). */
export function importDnskey(dnskey: Uint8Array): ImportedKey {
  const algorithm = algorithmByNumber(dnskey[3] ?? 0);
  const form = algorithm?.form;
  if (algorithm === undefined || form === undefined || form.kind === 'other')
    return { kind: 'unusable', because: `algorithm ${dnskey[3]} cannot be verified` };
  const octets = dnskey.subarray(4);
  switch (form.kind) {
    case 'rsa':
      return importRsa(algorithm, octets);
    case 'ecdsa': {
      const n = form.fieldOctets;
      if (octets.length !== 2 * n) return wrongLength(octets.length, 2 * n);
      const jwk = { kty: 'EC', crv: form.curve, x: base64url(octets.subarray(0, n)), y: base64url(octets.subarray(n)) };
      return importJwk(algorithm, jwk, n * 8);
    }
    case 'eddsa': {
      if (octets.length !== form.publicOctets) return wrongLength(octets.length, form.publicOctets);
      return importJwk(algorithm, { kty: 'OKP', crv: form.curve, x: base64url(octets) }, form.publicOctets * 8);
    }
    default:
      return form satisfies never;
  }
}

function wrongLength(found: number, expected: number): ImportedKey {
  return { kind: 'unusable', because: `the public key has ${found} octets instead of ${expected}` };
}

/** What the standard allows (RFC 3110 2, RFC 5702 2.1); what is wise is another rule. */
const RSA_MIN_BITS = 512;
const RSA_MAX_BITS = 4096;

/** RFC 3110 2: exponent length in one octet, or 0 and two octets; exponent; modulus. Leading zero octets are prohibited. */
function importRsa(algorithm: Algorithm, octets: Uint8Array): ImportedKey {
  const long = octets[0] === 0;
  const start = long ? 3 : 1;
  const exponentOctets = long ? u16(octets, 1) : (octets[0] ?? 0);
  const modulus = octets.subarray(start + exponentOctets);
  if (octets.length < start || exponentOctets === 0 || modulus.length === 0)
    return { kind: 'unusable', because: 'the RSA key has no exponent or no modulus' };
  const exponent = octets.subarray(start, start + exponentOctets);
  if (exponent[0] === 0 || modulus[0] === 0) return { kind: 'unusable', because: 'exponent or modulus begins with a zero octet' };
  const bits = modulus.length * 8 - (Math.clz32(modulus[0]!) - 24);
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
    return { kind: 'unusable', because: `the modulus has ${bits} bits, outside of ${RSA_MIN_BITS} to ${RSA_MAX_BITS}` };
  return importJwk(algorithm, { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) }, bits);
}

function importJwk(algorithm: Algorithm, jwk: Readonly<Record<string, string>>, bits: number): ImportedKey {
  try {
    return { kind: 'usable', algorithm, key: createPublicKey({ key: jwk, format: 'jwk' }), bits };
  } catch (cause) {
    return { kind: 'unusable', because: `not a public key: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

function base64url(octets: Uint8Array): string {
  return octets.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** Wrong lengths are bad signatures, not errors. */
function verifyOne(key: Extract<ImportedKey, { kind: 'usable' }>, data: Uint8Array, signature: Uint8Array): boolean {
  const { form } = key.algorithm;
  switch (form.kind) {
    case 'rsa':
      return verify(form.hash, data, key.key, signature);
    case 'ecdsa':
      return signature.length === 2 * form.fieldOctets && verify(form.hash, data, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'eddsa':
      return signature.length === form.signatureOctets && verify(null, data, key.key, signature);
    case 'other':
      return false;
    default:
      return form satisfies never;
  }
}
