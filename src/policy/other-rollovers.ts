import {
  algorithmDsWait,
  algorithmKeyWait,
  algorithmLiberalWait,
  algorithmSignatureWait,
  firstDsWait,
  insecureIret,
  irev,
  itrp,
  REMOVE_HOLD_DOWN,
} from '../../keystore/rollover/timing.ts';
import type { Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { rolloverTimes } from './rollovers.ts';
import type { ZoneUse } from './rules.ts';

/**
 * What follows from a policy for rollovers that no lifetime asks for: the first DS, another algorithm, going insecure, and trust anchors of RFC 5011.
 * One sentence each, without the safety margins. @param policy with what is known of the registry
 */
export function* otherRollovers(policy: Policy, use: ZoneUse | undefined): Generator<string> {
  const times = rolloverTimes(policy, use?.registry, use?.facts);
  const negativeTtl = use?.facts?.largestTtl ?? policy.zoneMaxTtl;
  const first = firstDsWait({ ...times, negativeTtl });
  yield `The first DS is asked for ${spanText(first)} after the first signed version: max(DprpC + max(TTLkey, TTLneg), Dsgn + DprpC + max(TTLsig, TTLneg)) (RFC 7583 3.3.5).`;
  yield algorithm(policy, times);
  yield `Going insecure, a zone stays signed for DprpP + TTLds + TTLkey = ${spanText(insecureIret(times))} after its DS is gone (RFC 8078 4).`;
  if (policy.rfc5011 !== 'none') {
    const seen = irev(times);
    const revoked = policy.rfc5011 === 'minimum' ? seen : Math.max(seen, REMOVE_HOLD_DOWN);
    yield `A new trust anchor waits Itrp = AddHoldDownTime + 2 * modifiedQueryInterval = ${spanText(itrp(times))}, and a revoked one is published for ` +
      `${spanText(revoked)} (RFC 7583 3.3.4); the revocation takes one visit more.`;
  }
}

function algorithm({ methods, ceremonyInterval }: Policy, times: ReturnType<typeof rolloverTimes>): string {
  const key = algorithmKeyWait(times);
  const ds = algorithmDsWait(times);
  const signature = algorithmSignatureWait(times);
  if (methods.algorithm === 'liberal') {
    const wait = algorithmLiberalWait(times);
    return (
      `A change of algorithm (liberal, RFC 6840 5.11) takes ${visits([wait, ds], ceremonyInterval)}: max(Dsgn + DprpC + TTLsig, DprpC + TTLkey) = ${spanText(wait)} ` +
      `until the DS is asked for, DprpP + TTLds = ${spanText(ds)} from the DS until the old keys go.`
    );
  }
  return (
    `A change of algorithm (conservative, RFC 6781 4.1.4) takes ${visits([signature, key, ds, key], ceremonyInterval)}: Dsgn + DprpC + TTLsig = ${spanText(signature)} ` +
    `for the signatures, DprpC + TTLkey = ${spanText(key)} for the keys, DprpP + TTLds = ${spanText(ds)} for the DS, and ${spanText(key)} until the old signatures go.`
  );
}

/** Each wait is rounded up to visits. */
function visits(waits: readonly number[], ceremonyInterval: number): string {
  const between = waits.map((wait) => (ceremonyInterval === 0 ? 1 : Math.max(1, Math.ceil(wait / ceremonyInterval))));
  return `${between.reduce((sum, count) => sum + count, 1)} visits`;
}
