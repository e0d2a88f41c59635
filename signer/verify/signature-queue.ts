import { WireWriter } from '../dns/bytes.ts';
import type { Packed } from '../signing-key.ts';
import type { Zone } from '../zone/zone.ts';
import type { SignatureChecker } from './public-key.ts';
import type { Rrsig } from './rrsig.ts';
import { appendSignedOctets } from './signed-octets.ts';
import type { ZoneKey } from './zone-keys.ts';

/** A signature to be checked: made by one of `candidates`, which share algorithm and key tag. */
export interface PendingSignature {
  readonly rrsig: Rrsig;
  readonly rrset: number;
  /** The RRSIG record. */
  readonly record: number;
  readonly candidates: readonly ZoneKey[];
}

export interface SignatureQueue {
  /** @returns true when a batch is full: call `flush` before adding more */
  add(item: PendingSignature): boolean;
  /** Hands full batches over; returns when there is room for more. */
  flush(): Promise<void>;
  /** Hands over what is left, waits for all results. */
  finish(): Promise<void>;
}

const BATCH_ITEMS = 256;
const BATCH_OCTETS = 1 << 20;

interface Batch {
  readonly key: ZoneKey;
  readonly attempt: number;
  readonly data: WireWriter;
  readonly ends: number[];
  readonly signatures: WireWriter;
  readonly signatureEnds: number[];
  readonly items: PendingSignature[];
}

/** @param settle called once a signature, with the key that verifies it, or undefined if none does */
export function makeSignatureQueue(
  zone: Zone,
  checker: SignatureChecker,
  settle: (item: PendingSignature, key: ZoneKey | undefined) => void,
): SignatureQueue {
  const open = new Map<string, Batch>();
  const full: Batch[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly cause: unknown } | undefined;

  function put(item: PendingSignature, attempt: number): void {
    const key = item.candidates[attempt]!;
    const id = `${key.algorithm} ${key.tag} ${attempt}`;
    const batch = open.get(id) ?? newBatch(key, attempt);
    open.set(id, batch);
    appendSignedOctets(batch.data, zone, item.rrset, item.rrsig, zone.rdataAt[item.record]!);
    batch.ends.push(batch.data.length);
    batch.signatures.append(zone.wire, item.rrsig.signatureAt, item.rrsig.end);
    batch.signatureEnds.push(batch.signatures.length);
    batch.items.push(item);
    if (batch.items.length < BATCH_ITEMS && batch.data.length < BATCH_OCTETS) return;
    open.delete(id);
    full.push(batch);
  }

  async function run(batch: Batch): Promise<void> {
    const good = await checker.check(batch.key.rdata, pack(batch.data, batch.ends), pack(batch.signatures, batch.signatureEnds));
    for (const [i, item] of batch.items.entries()) {
      if (good[i] === 1) settle(item, batch.key);
      else if (batch.attempt + 1 < item.candidates.length) put(item, batch.attempt + 1);
      else settle(item, undefined);
    }
  }

  async function flush(): Promise<void> {
    for (let batch = full.pop(); batch !== undefined; batch = full.pop()) {
      // kept for the next flush: a rejection that nobody waits for yet would end the process
      const task: Promise<void> = run(batch)
        .catch((cause: unknown) => {
          failure ??= { cause };
        })
        .finally(() => running.delete(task));
      running.add(task);
      // one batch waiting behind each one in work keeps the lanes busy
      while (running.size >= 2 * checker.lanes) await Promise.race(running);
    }
    if (failure !== undefined) throw failure.cause;
  }

  async function finish(): Promise<void> {
    while (open.size > 0 || full.length > 0 || running.size > 0) {
      full.push(...open.values());
      open.clear();
      await flush();
      await Promise.all(running);
    }
    if (failure !== undefined) throw failure.cause;
  }

  return {
    add: (item) => {
      put(item, 0);
      return full.length > 0;
    },
    flush,
    finish,
  };
}

function newBatch(key: ZoneKey, attempt: number): Batch {
  return { key, attempt, data: new WireWriter(65_536), ends: [], signatures: new WireWriter(32_768), signatureEnds: [], items: [] };
}

function pack(writer: WireWriter, ends: readonly number[]): Packed {
  return { bytes: writer.bytes.subarray(0, writer.length), ends: Uint32Array.from(ends) };
}
