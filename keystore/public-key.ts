import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { algorithmByNumber } from '../signer/dnssec/algorithm.ts';
import type { Packed } from '../signer/signing-key.ts';
import type { Curve } from './pkcs11/constants.ts';

/** RSA public key field: exponent length(1, or 0 and 2) exponent modulus, both without leading zeros (RFC 3110 2). */
export function rsaPublicField(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const n = withoutLeadingZeros(modulus);
  const e = withoutLeadingZeros(exponent);
  const head = e.length < 256 ? [e.length] : [0, e.length >> 8, e.length & 255];
  return Uint8Array.from([...head, ...e, ...n]);
}

const POINT_OCTETS = { 'P-256': 65, 'P-384': 97, Ed25519: 32, Ed448: 57 } as const;

/**
 * Public key field of an elliptic curve key from CKA_EC_POINT: x | y (RFC 6605 4) or the encoded point (RFC 8080 3).
 * Tokens give the point raw, in an OCTET STRING or in a BIT STRING: told apart by exact length.
 * @returns undefined for anything else
 */
export function curvePublicField(curve: Curve, ecPoint: Uint8Array): Uint8Array | undefined {
  const octets = POINT_OCTETS[curve];
  const point = unwrapPoint(ecPoint, octets);
  if (point === undefined) return undefined;
  if (curve === 'Ed25519' || curve === 'Ed448') return point;
  return point[0] === 4 ? point.slice(1) : undefined;
}

function unwrapPoint(value: Uint8Array, octets: number): Uint8Array | undefined {
  if (value.length === octets) return value.slice();
  if (value[0] === 0x04 && value[1] === octets && value.length === octets + 2) return value.slice(2);
  if (value[0] === 0x03 && value[1] === octets + 1 && value[2] === 0 && value.length === octets + 3) return value.slice(3);
  return undefined;
}

function withoutLeadingZeros(value: Uint8Array): Uint8Array {
  const start = value.findIndex((octet) => octet !== 0);
  return start < 0 ? new Uint8Array() : value.subarray(start);
}

/** A DNSKEY made ready for verification. */
export interface Verifier {
  readonly hash: string | null;
  readonly key: { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' };
}

/**
 * @param rdata DNSKEY RDATA
 * @throws Error if the public key is malformed or the algorithm has no verification here
 */
export function verifierOf(rdata: Uint8Array): Verifier {
  const form = algorithmByNumber(rdata[3] ?? 0)?.form;
  const field = rdata.subarray(4);
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');
  const make = (jwk: Record<string, string>): Verifier['key'] => ({
    key: createPublicKey({ key: jwk, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363',
  });
  switch (form?.kind) {
    case 'rsa': {
      const long = field[0] === 0;
      const octets = long ? (field[1]! << 8) | field[2]! : field[0]!;
      const at = long ? 3 : 1;
      if (!(octets > 0 && at + octets < field.length)) throw new Error('malformed RSA public key in the DNSKEY');
      return {
        hash: form.hash,
        key: make({ kty: 'RSA', e: base64(field.subarray(at, at + octets)), n: base64(field.subarray(at + octets)) }),
      };
    }
    case 'ecdsa': {
      const half = form.fieldOctets;
      if (field.length !== 2 * half) throw new Error('malformed ECDSA public key in the DNSKEY');
      return {
        hash: form.hash,
        key: make({ kty: 'EC', crv: form.curve, x: base64(field.subarray(0, half)), y: base64(field.subarray(half)) }),
      };
    }
    case 'eddsa':
      if (field.length !== form.publicOctets) throw new Error('malformed EdDSA public key in the DNSKEY');
      return { hash: null, key: make({ kty: 'OKP', crv: form.curve, x: base64(field) }) };
    default:
      throw new Error(`no verification for algorithm ${rdata[3]}`);
  }
}

export function verifies(verifier: Verifier, data: Uint8Array, signature: Uint8Array): boolean {
  return verify(verifier.hash, data, verifier.key, signature);
}

/**
 * @param signatures one per item, all of one length, end to end
 * @returns 1 for an item whose signature verifies, else 0
 */
export function verifyPacked(verifier: Verifier, { bytes, ends }: Packed, signatures: Uint8Array): Uint8Array {
  const verdicts = new Uint8Array(ends.length);
  const octets = signatures.length / ends.length;
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    verdicts[i] = verifies(verifier, bytes.subarray(start, ends[i]), signatures.subarray(i * octets, (i + 1) * octets)) ? 1 : 0;
    start = ends[i]!;
  }
  return verdicts;
}
