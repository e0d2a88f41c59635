import { constants, createECDH, generateKeyPairSync, type KeyObject, privateDecrypt, privateEncrypt, randomBytes, sign } from 'node:crypto';
import { parseTlv, type Tlv, tlv, valueIn } from './tlv.ts';

export interface CardKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Domain parameters as they came with the order, for the certificate. */
  readonly parameters: readonly Uint8Array[];
}

/** Node's name of a curve, and the order of its group. */
interface CurveFacts {
  readonly name: string;
  readonly order: bigint;
  readonly octets: number;
}

/** By the prime of the field (FIPS 186-4 D.1.2), in hexadecimal. */
const CURVES: Readonly<Record<string, CurveFacts>> = {
  ffffffff00000001000000000000000000000000ffffffffffffffffffffffff: {
    name: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    octets: 32,
  },
  fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff: {
    name: 'secp384r1',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    octets: 48,
  },
};

const PARAMETER_TAGS = ['81', '82', '83', '84', '85'];
const EC_SIGNING = '04007f00070202020203';
const RSA_SIGNING = '04007f00070202020102';

/** @param order public key data object (tag 7F49) that describes the key. @returns undefined for a curve that the card lacks */
export function generateCardKey(order: Buffer): CardKey | undefined {
  const wanted = parseTlv(order);
  const prime = wanted.find(({ tag }) => tag === '81');
  if (prime === undefined) {
    const bits = valueIn(wanted, '02');
    return { ...generateKeyPairSync('rsa', { modulusLength: bits.readUIntBE(0, bits.length) }), parameters: [] };
  }
  const curve = CURVES[prime.value.toString('hex')];
  if (curve === undefined) return undefined;
  const parameters = wanted.filter(({ tag }) => PARAMETER_TAGS.includes(tag) || tag === '87').map(({ octets }: Tlv) => octets);
  return { ...generateKeyPairSync('ec', { namedCurve: curve.name }), parameters };
}

/** The key that signs for the device itself. */
export function deviceKey(): CardKey {
  return { ...generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), parameters: [] };
}

/** Card verifiable certificate of a key (BSI TR-03110-3 C.1), signed by itself. */
export function certificateOf(key: CardKey, holder: string): Buffer {
  const { kty, x, y, n, e } = key.publicKey.export({ format: 'jwk' });
  const octets = (text: string | undefined): Buffer => Buffer.from(text!, 'base64url');
  const publicKey =
    kty === 'EC'
      ? [
          tlv('06', Buffer.from(EC_SIGNING, 'hex')),
          ...key.parameters.slice(0, 5),
          tlv('86', Buffer.of(4), octets(x), octets(y)),
          ...key.parameters.slice(5),
        ]
      : [tlv('06', Buffer.from(RSA_SIGNING, 'hex')), tlv('81', octets(n)), tlv('82', octets(e))];
  const body = tlv(
    '7f4e',
    tlv('5f29', Buffer.of(0)),
    tlv('42', Buffer.from('UTCA00001')),
    tlv('7f49', ...publicKey),
    tlv('5f20', Buffer.from(holder)),
  );
  return tlv('7f21', body, tlv('5f37', sign('sha256', body, key.privateKey)));
}

/** The certificate as the answer to a new key: a request, with an outer signature that nobody here looks at. */
export function requestOf(key: CardKey, holder: string): Buffer {
  return tlv('67', certificateOf(key, holder), tlv('42', Buffer.from(holder)), tlv('5f37', randomBytes(64)));
}

/** Signs as the algorithm octet says. @returns undefined for one that the card lacks */
export function signWith({ privateKey }: CardKey, algorithm: number, data: Buffer): Buffer | undefined {
  switch (algorithm) {
    case 0x70:
      return ecdsaOverDigest(privateKey, data);
    case 0x73:
      return sign('sha256', data, privateKey);
    case 0x74:
      return sign('sha384', data, privateKey);
    case 0x20:
      return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, data);
    case 0x30:
      return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, data);
    case 0x33:
      return sign('sha256', data, privateKey);
    default:
      return undefined;
  }
}

/**
 * ECDSA over a digest as it is (FIPS 186-4 6.4), which node:crypto does not offer; the point of the one-time key comes from its ECDH.
 * @returns DER
 */
function ecdsaOverDigest(privateKey: KeyObject, digest: Buffer): Buffer {
  const name = privateKey.asymmetricKeyDetails?.namedCurve;
  const curve = Object.values(CURVES).find((one) => one.name === name)!;
  const { order, octets } = curve;
  const d = toBigInt(Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url'));
  const z = toBigInt(digest.subarray(0, octets));
  const oneTime = createECDH(curve.name);
  const point = oneTime.generateKeys();
  const r = toBigInt(point.subarray(1, 1 + octets)) % order;
  const s = (inverse(toBigInt(oneTime.getPrivateKey()), order) * (z + r * d)) % order;
  return tlv('30', derInteger(r), derInteger(s));
}

function toBigInt(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

/** By Fermat: the order is prime. */
function inverse(value: bigint, prime: bigint): bigint {
  let result = 1n;
  let power = value % prime;
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % prime;
    power = (power * power) % prime;
  }
  return result;
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return tlv('02', ...(octets[0]! & 0x80 ? [Buffer.of(0)] : []), octets);
}
