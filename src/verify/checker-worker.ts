import { parentPort } from 'node:worker_threads';
import { verifyBatch } from '../../signer/verify/public-key.ts';
import type { CheckReply, CheckRequest } from './checker-pool.ts';

parentPort?.on('message', ({ id, dnskey, data, signatures }: CheckRequest) => {
  const good = verifyBatch(dnskey, data, signatures) as Uint8Array<ArrayBuffer>;
  const reply: CheckReply = { id, good };
  parentPort?.postMessage(reply, [good.buffer]);
});
