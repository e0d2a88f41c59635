import { createHash } from 'node:crypto';
import { ownerOfTarget, type SigningPlan, typeOfTarget } from '../../signer/plan-data.ts';

/**
 * sha256 over what is to be signed: per job owner, type, key tag, inception, expiration, and whether a signature is kept. Hexadecimal.
 * What was approved and what was signed are the same if this is.
 */
export function planDigest(plan: SigningPlan): string {
  const { zone, denial, jobs, keys } = plan;
  const hash = createHash('sha256');
  const scratch = new Uint8Array(256);
  const fixed = new DataView(new ArrayBuffer(13));
  for (let j = 0; j < jobs.count; j++) {
    const target = jobs.target[j]!;
    hash.update(ownerOfTarget(zone, denial, target, scratch));
    fixed.setUint16(0, typeOfTarget(zone, denial, target));
    fixed.setUint16(2, keys[jobs.key[j]!]!.key.keyTag);
    fixed.setUint32(4, jobs.inception[j]!);
    fixed.setUint32(8, jobs.expiration[j]!);
    fixed.setUint8(12, jobs.kept[j] === 0 ? 0 : 1);
    hash.update(new Uint8Array(fixed.buffer));
  }
  return hash.digest('hex');
}
