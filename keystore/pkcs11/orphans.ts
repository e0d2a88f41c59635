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

/** Removes a new pair that is in order and not wanted; in a new process where the first try fails. @throws RequestFailed that says what may be left */
export async function discardUnfit(lane: Lane, key: KeyReference): Promise<void> {
  try {
    await lane.ask('discard-new', { id: key.id });
  } catch (error) {
    try {
      await removeAnew(lane, key);
    } catch {
      throw withAftermath(error, mayBeLeft(key));
    }
  }
}

/** @returns the error, with what became of the pair */
async function withoutPair(lane: Lane, key: KeyReference, error: unknown): Promise<unknown> {
  try {
    return (await removeAnew(lane, key)) === 0 ? error : withAftermath(error, `${nameOf(key)} was removed again`);
  } catch {
    return withAftermath(error, mayBeLeft(key));
  }
}

async function removeAnew(lane: Lane, { id, label }: KeyReference): Promise<number> {
  await lane.recover('process', lane.era);
  return await lane.ask('remove-new', { id, label });
}

const nameOf = ({ id, label }: KeyReference): string => `the new key pair "${label}" (CKA_ID ${toHex(id)})`;

const mayBeLeft = (key: KeyReference): string =>
  `${nameOf(key)} may be left on the token and must not be used; look for it with: coldsign key list --token URI`;

function withAftermath(error: unknown, aftermath: string): unknown {
  if (error instanceof RequestFailed) return new RequestFailed({ ...error.failure, aftermath });
  if (error instanceof Fault) return new Fault(error.code, `${error.message}; ${aftermath}`, error.hint, { cause: error });
  return error;
}
