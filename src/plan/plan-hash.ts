import { createHash } from 'node:crypto';
import type { RollPlan } from '../../keystore/rollover/plan/types.ts';
import { canonicalJson } from '../audit/canonical-json.ts';

/** SHA-256 over the canonical JSON of a plan, 64 lower-case hex digits: two plans with one hash say the same. */
export function planHash(plan: RollPlan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}
