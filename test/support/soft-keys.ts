import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { nameWire } from './soft-records.ts';

/** A key in software, for tests alone. */
export interface SoftKey {
  readonly flags: number;
  readonly algorithm: number;
  readonly tag: number;
  /** DNSKEY RDATA. */
  readonly rdata: Buffer;
  readonly private: KeyObject;
}

export const KSK = 257;
export const ZSK = 256;

/** @param avoid keys whose tags the new one must not share */
export function softKey(flags: number, algorithm: number, avoid: readonly SoftKey[] = []): SoftKey {
  for (;;) {
    const pair = generate(algorithm);
    const key = fromPair(flags, 3, algorithm, publicKeyOctets(algorithm, pair.publicKey), pair.privateKey);
    if (!avoid.some((other) => other.tag === key.tag)) return key;
  }
}

/** The same key pair published under other flags, or with another protocol octet. */
export function withFlags(key: SoftKey, flags: number, protocol = 3): SoftKey {
  return fromPair(flags, protocol, key.algorithm, key.rdata.subarray(4), key.private);
}

function fromPair(flags: number, protocol: number, algorithm: number, publicKey: Buffer, privateKey: KeyObject): SoftKey {
  const rdata = Buffer.concat([Buffer.of(flags >> 8, flags & 255, protocol, algorithm), publicKey]);
  return { flags, algorithm, tag: keyTag(rdata), rdata, private: privateKey };
}

/** RFC 4034 appendix B. */
export function keyTag(rdata: Buffer): number {
  let sum = 0;
  for (let i = 0; i < rdata.length; i++) sum += i % 2 === 0 ? rdata[i]! * 256 : rdata[i]!;
  return (sum + Math.floor(sum / 65536)) % 65536;
}

function generate(algorithm: number): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case 8:
    case 10:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 13:
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    case 14:
      return generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    case 15:
      return generateKeyPairSync('ed25519');
    case 16:
      return generateKeyPairSync('ed448');
    default:
      throw new Error(`soft signer has no algorithm ${algorithm}`);
  }
}

/** RFC 3110 2 (exponent length, exponent, modulus), RFC 6605 4 (x | y), RFC 8080 3. */
function publicKeyOctets(algorithm: number, key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  const part = (name: 'e' | 'n' | 'x' | 'y'): Buffer => Buffer.from(jwk[name] as string, 'base64url');
  switch (algorithm) {
    case 8:
    case 10:
      return Buffer.concat([Buffer.of(part('e').length), part('e'), part('n')]);
    case 13:
    case 14:
      return Buffer.concat([part('x'), part('y')]);
    default:
      return part('x');
  }
}

const HASHES: Readonly<Record<number, string | null>> = { 8: 'sha256', 10: 'sha512', 13: 'sha256', 14: 'sha384', 15: null, 16: null };

/** RFC 6605 4: r | s, not DER. */
export function signWith(key: SoftKey, data: Buffer): Buffer {
  return sign(HASHES[key.algorithm] ?? null, data, { key: key.private, dsaEncoding: 'ieee-p1363' });
}

const DIGESTS: Readonly<Record<number, string>> = { 1: 'sha1', 2: 'sha256', 4: 'sha384' };

/** RFC 4034 5.1.4: digest over owner and DNSKEY RDATA. */
export function dsDigest(owner: string, key: SoftKey, digestType: number): Buffer {
  const hash = DIGESTS[digestType];
  if (hash === undefined) throw new Error(`soft signer has no digest type ${digestType}`);
  return createHash(hash).update(nameWire(owner)).update(key.rdata).digest();
}
