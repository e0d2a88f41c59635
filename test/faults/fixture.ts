import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

export const LABEL = 'example.org. zsk 13';
/** What every test signs with. */
export const SELECTOR = { uri: { object: LABEL } } as const;

/** A token with one P-256 key, named {@link LABEL}. */
export async function makeTokenWithKey(): Promise<TestToken> {
  const token = await makeTestToken('faults');
  await using keystore = await token.open({ workers: 1 });
  await keystore.generate({ zone: parseName('example.org.'), role: 'zsk', algorithm: 13 });
  return token;
}

/** Messages that are all different. */
export function makeBatch(count: number): Packed {
  return {
    bytes: Uint8Array.from(
      { length: count * 20 },
      (_, i) => (i % 20 === 0 ? Math.floor(i / 20) : i % 20 === 1 ? Math.floor(i / 5120) : i) & 255,
    ),
    ends: Uint32Array.from({ length: count }, (_, i) => (i + 1) * 20),
  };
}

/** Verified here, without the code that coldsign verifies with: P-256 key of RFC 6605 section 4, signature r | s. */
export function allVerify(key: SigningKey, { bytes, ends }: Packed, signatures: Uint8Array): boolean {
  if (signatures.length !== ends.length * 64) return false;
  const point = Buffer.from(key.dnskey.subarray(4));
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(0, 32).toString('base64url'), y: point.subarray(32).toString('base64url') };
  const publicKey: KeyObject = createPublicKey({ key: jwk, format: 'jwk' });
  return ends.every((end, i) => {
    const message = bytes.subarray(ends[i - 1] ?? 0, end);
    return verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signatures.subarray(i * 64, i * 64 + 64));
  });
}

/** `signed`, or the code of the refusal or fault; anything else is a bug and thrown. */
export async function outcome(signing: () => Promise<unknown>): Promise<string> {
  try {
    await signing();
    return 'signed';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && /^[a-z]+\/[a-z-]+$/.test(code)) return code;
    throw error;
  }
}

/** A zombie is gone, too: only its parent's book-keeping is left. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export const untilGone = (pids: readonly number[]): Promise<void> =>
  expect.poll(() => pids.filter(isRunning), { timeout: 20_000, interval: 5 }).toEqual([]);
