import { parentPort } from 'node:worker_threads';
import { type Verifier, verifierOf, verifies } from './public-key.ts';
import type { VerifyAnswer, VerifyOrder } from './verify-pool.ts';

/** Thread that checks signatures with node:crypto. Never loads a PKCS#11 module. */
const verifiers = new Map<string, Verifier>();

parentPort?.on('message', (order: VerifyOrder) => {
  const answer: VerifyAnswer = { number: order.number, verdicts: verifyAll(order) };
  parentPort?.postMessage(answer, [answer.verdicts.buffer as ArrayBuffer]);
});

function verifyAll({ dnskey, bytes, ends, signatures }: VerifyOrder): Uint8Array {
  const verdicts = new Uint8Array(ends.length);
  const octets = signatures.length / ends.length;
  const verifier = verifierFor(dnskey);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const signature = signatures.subarray(i * octets, (i + 1) * octets);
    verdicts[i] = verifies(verifier, bytes.subarray(start, ends[i]), signature) ? 1 : 0;
    start = ends[i]!;
  }
  return verdicts;
}

function verifierFor(dnskey: Uint8Array): Verifier {
  const name = Buffer.from(dnskey.buffer, dnskey.byteOffset, dnskey.byteLength).toString('latin1');
  let verifier = verifiers.get(name);
  if (verifier === undefined) {
    verifier = verifierOf(dnskey);
    verifiers.set(name, verifier);
  }
  return verifier;
}
