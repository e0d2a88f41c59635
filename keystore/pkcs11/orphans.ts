import { toHex } from '../../signer/dns/bytes.ts';
import { Fault } from '../../signer/errors.ts';
import { RequestFailed } from './keystore-process.ts';
import { generationMs, type Lane, type LaneKey } from './lane.ts';
import type { GeneratedKey, GenerateOrder, KeyReference } from './protocol.ts';

/**
 * A new key pair, or none: where the answer is an error, or the process is lost, the module may have made one all the same. It is looked
 * for by its CKA_ID in a new process and removed; it is never used, for nobody knows what it is.
 * @throws RequestFailed that says what was done, or what may be left
 */
export async function generateOrNothing(lane: Lane, order: GenerateOrder): Promise<GeneratedKey> {
  try {
    return await lane.ask('generate', order, generationMs(order.bits));
  } catch (error) {
    // The CKA_ID was in use: nothing was made, and what has it belongs to somebody.
    if (error instanceof RequestFailed && error.failure.call === 'C_FindObjects' && error.failure.kind === 'policy') throw error;
    throw await withoutPair(lane, order, error);
  }
}

/** The first signature of a new pair, verified; a pair that fails it is removed. @throws RequestFailed, Fault sign/bad-signature */
export async function provedOrNothing(lane: Lane, key: LaneKey): Promise<void> {
  try {
    await lane.prepare(key);
  } catch (error) {
    throw await withoutPair(lane, key, error);
  }
}

/** @returns the error, with what became of the pair */
async function withoutPair(lane: Lane, { id, label }: KeyReference, error: unknown): Promise<unknown> {
  const what = `the new key pair "${label}" (CKA_ID ${toHex(id)})`;
  try {
    await lane.recover('process', lane.era);
    const removed = await lane.ask('remove-new', { id, label });
    return removed === 0 ? error : withAftermath(error, `${what} was removed again`);
  } catch {
    return withAftermath(error, `${what} may be left on the token and must not be used; look for it with: coldsign key list --token URI`);
  }
}

function withAftermath(error: unknown, aftermath: string): unknown {
  if (error instanceof RequestFailed) return new RequestFailed({ ...error.failure, aftermath });
  if (error instanceof Fault) return new Fault(error.code, `${error.message}; ${aftermath}`, error.hint, { cause: error });
  return error;
}
