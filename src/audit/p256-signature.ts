/** Order of the group of P-256 (FIPS 186-4 D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The one of the two forms of an ECDSA signature that has the smaller s: whoever has (r, s) has (r, n - s) too, without the key, and both
 * verify. Files whose sha256 counts, signature included, hold this form alone.
 * @param signature SEQUENCE { INTEGER r, INTEGER s } in DER, of P-256 (RFC 3279 2.2.3)
 * @returns undefined for what is not of this form
 */
export function lowestS(signature: Uint8Array): Uint8Array | undefined {
  const r = integerAt(signature, 2);
  const s = r === undefined ? undefined : integerAt(signature, r.end);
  if (r === undefined || s === undefined || signature[0] !== 0x30 || signature[1] !== signature.length - 2 || s.end !== signature.length)
    return undefined;
  const value = BigInt(`0x${Buffer.from(s.content).toString('hex')}`);
  if (value * 2n <= ORDER) return signature.slice();
  const low = derInteger(ORDER - value);
  return Uint8Array.of(0x30, r.end - 2 + low.length, ...signature.subarray(2, r.end), ...low);
}

/** @param at where its tag stands */
function integerAt(der: Uint8Array, at: number): { readonly content: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  return der[at] === 0x02 && length > 0 && length <= 33 && end <= der.length ? { content: der.subarray(at + 2, end), end } : undefined;
}

/** Not negative, of the least length (X.690 8.3.2). */
function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const sign = octets[0]! >= 0x80 ? [0] : [];
  return Uint8Array.of(0x02, octets.length + sign.length, ...sign, ...octets);
}
