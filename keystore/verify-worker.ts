import { parentPort } from 'node:worker_threads';
import { type Verifier, verifierOf, verifyPacked } from './public-key.ts';
import type { VerifyAnswer, VerifyOrder } from './verify-pool.ts';

/** Thread that checks signatures with node:crypto. Never loads a PKCS#11 module. */
const verifiers = new Map<string, Verifier>();

parentPort?.on('message', ({ number, dnskey, bytes, ends, signatures }: VerifyOrder) => {
  const answer: VerifyAnswer = { number, verdicts: verifyPacked(verifierFor(dnskey), { bytes, ends }, signatures) };
  parentPort?.postMessage(answer, [answer.verdicts.buffer as ArrayBuffer]);
});

function verifierFor(dnskey: Uint8Array): Verifier {
  const name = Buffer.from(dnskey.buffer, dnskey.byteOffset, dnskey.byteLength).toString('latin1');
  let verifier = verifiers.get(name);
  if (verifier === undefined) {
    verifier = verifierOf(dnskey);
    verifiers.set(name, verifier);
  }
  return verifier;
}
