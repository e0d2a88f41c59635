import { randomBytes } from 'node:crypto';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';

/** What zones have their signatures over, on average: RRSIG RDATA and a small RRset. */
const MESSAGE_OCTETS = 120;
const FIRST_BATCH = 2;
const LARGEST_BATCH = 16_384;
/** Batches grow until one takes this long: few enough messages that an interruption is heeded soon. */
const BATCH_MS = 250;

export interface Measured {
  readonly signatures: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/**
 * Signs batch after batch for some seconds. Batches that served to find the size of the next are not counted, unless the signal ends the
 * measurement with them.
 * @param workers processes that sign
 */
export async function measureSigning(
  key: SigningKey,
  workers: number,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<Measured> {
  let items = FIRST_BATCH * workers;
  let batch = newBatch(items);
  const started = performance.now();
  for (;;) {
    const before = performance.now();
    await key.sign(batch);
    const now = performance.now();
    const isLarge = now - before >= BATCH_MS || items >= LARGEST_BATCH;
    if (signal.aborted) return measured(items, now - before);
    if (isLarge || now - started >= seconds * 1000) break;
    items = Math.min(LARGEST_BATCH, items * 4);
    batch = newBatch(items);
  }
  let signatures = 0;
  const start = performance.now();
  do {
    await key.sign(batch);
    signatures += items;
  } while (performance.now() - start < seconds * 1000 && !signal.aborted);
  return measured(signatures, performance.now() - start);
}

function measured(signatures: number, milliseconds: number): Measured {
  const seconds = Math.max(milliseconds, 1) / 1000;
  return { signatures, seconds: Math.round(seconds * 1000) / 1000, perSecond: Math.round((signatures / seconds) * 10) / 10 };
}

function newBatch(items: number): Packed {
  return {
    bytes: Uint8Array.from(randomBytes(items * MESSAGE_OCTETS)),
    ends: Uint32Array.from({ length: items }, (_, i) => (i + 1) * MESSAGE_OCTETS),
  };
}
