import { WireWriter } from './dns/bytes.ts';
import { TYPE } from './dns/rrtype.ts';
import { appendSignedRecord } from './dnssec/signed-data.ts';
import { DENIAL_BIT, ownerOfTarget, type SigningPlan } from './plan-data.ts';
import { appendRrsigHead } from './rrsig.ts';
import type { Packed } from './signing-key.ts';

/** The octets that each job signs: RRSIG RDATA without signature | canonical RRset (RFC 4034 3.1.8.1). */
export function packJobs(plan: SigningPlan, jobs: readonly number[]): Packed {
  const out = new WireWriter(jobs.length * 256);
  const ends = new Uint32Array(jobs.length);
  const scratch = new Uint8Array(256);
  for (const [i, j] of jobs.entries()) {
    appendRrsigHead(plan, j, out, scratch);
    appendRrset(plan, plan.jobs.target[j]!, out, scratch);
    ends[i] = out.length;
  }
  return { bytes: out.bytes.subarray(0, out.length), ends };
}

function appendRrset({ zone, denial }: SigningPlan, target: number, out: WireWriter, scratch: Uint8Array): void {
  const owner = ownerOfTarget(zone, denial, target, scratch);
  if ((target & DENIAL_BIT) !== 0) {
    const index = target & ~DENIAL_BIT;
    const at = denial.rdataAt[index]!;
    const type = denial.kind === 'nsec' ? TYPE.NSEC : TYPE.NSEC3;
    appendSignedRecord(owner, type, denial.ttl, denial.rdata.bytes, at, denial.rdataAt[index + 1]! - at, out);
    return;
  }
  const type = zone.rrsetType[target]!;
  const ttl = zone.rrsetTtl[target]!;
  for (let k = zone.rrsetFirstRecord[target]!; k < zone.rrsetFirstRecord[target + 1]!; k++) {
    appendSignedRecord(owner, type, ttl, zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!, out);
  }
}
