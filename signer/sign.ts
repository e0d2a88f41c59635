import { RRSIG_FIXED_OCTETS } from './dnssec/signed-data.ts';
import { packJobs } from './pack-jobs.ts';
import { expirationFor } from './plan.ts';
import { isKeyTarget, isLateTarget, keepRules, ownerOfTarget, type SignedZone, type SigningPlan, typeOfTarget } from './plan-data.ts';
import { keeper } from './previous.ts';
import { isResumed, resumeJobs } from './resume.ts';
import type { Packed } from './signing-key.ts';
import { fillZonemd } from './zone-digest.ts';

/** Signatures of one message to the token. */
const BATCH_JOBS = 192;
/** Batches under way at once: enough to keep every worker busy while the main thread writes. */
const BATCHES_AHEAD = 8;

/**
 * Checks signatures that this run did not make.
 * @param dnskey DNSKEY RDATA
 * @param data as SigningKey.sign takes it
 * @param signatures one per item, all of the same length
 * @returns per item 1 (good) or 0
 */
export type SignatureCheck = (dnskey: Uint8Array, data: Packed, signatures: Uint8Array) => Promise<Uint8Array>;

export interface SignCounts {
  made: number;
  kept: number;
  /** Kept by the plan, but they do not verify: made anew. */
  keptButBad: number;
  /** Of an interrupted run, and taken over by the plan, but they do not verify: made anew. */
  resumedButBad?: number;
}

/** Room for the signatures of a plan. */
export function newSignedZone(plan: SigningPlan): SignedZone {
  return { plan, signatures: new Uint8Array(plan.jobs.signatureAt[plan.jobs.count]!) };
}

/**
 * Makes the signatures of a plan, or checks and copies those to be kept. Yields how many jobs are done, counted from the
 * first: what is written by then may be read. ZONEMD comes last, so with it nothing but the end is yielded.
 * @throws Fault of the keys; the signatures are then incomplete and must not be used
 */
export async function* signZone(signed: SignedZone, check: SignatureCheck, counts: SignCounts): AsyncGenerator<number> {
  const { jobs, zone } = signed.plan;
  const late: number[] = [];
  const underWay: { readonly end: number; readonly done: Promise<void> }[] = [];
  for (let from = 0; from < jobs.count; from += BATCH_JOBS) {
    const batch: number[] = [];
    const end = Math.min(jobs.count, from + BATCH_JOBS);
    for (let j = from; j < end; j++) (isLateTarget(zone, jobs.target[j]!) ? late : batch).push(j);
    const done = signBatch(signed, batch, check, counts);
    // Whoever stops reading early (a full disk) leaves batches behind whose failure is nobody's any more.
    done.catch(() => {});
    underWay.push({ end, done });
    if (underWay.length >= BATCHES_AHEAD) yield* finishOldest();
  }
  while (underWay.length > 0) yield* finishOldest();
  if (late.length > 0) {
    fillZonemd(signed);
    keepLate(signed.plan, late);
    resumeJobs(signed.plan, late);
    await signBatch(signed, late, check, counts);
    yield jobs.count;
  }

  async function* finishOldest(): AsyncGenerator<number> {
    const oldest = underWay.shift()!;
    try {
      await oldest.done;
    } catch (error) {
      await Promise.allSettled(underWay.map((batch) => batch.done));
      throw error;
    }
    if (late.length === 0) yield oldest.end;
  }
}

/** Kept ones are checked, the others signed; what fails the check is signed after all. */
async function signBatch(signed: SignedZone, batch: readonly number[], check: SignatureCheck, counts: SignCounts): Promise<void> {
  const { jobs } = signed.plan;
  const tasks: Promise<void>[] = [];
  for (let key = 0; key < signed.plan.keys.length; key++) {
    const own = batch.filter((j) => jobs.key[j] === key);
    const make = own.filter((j) => jobs.kept[j] === 0);
    const keep = own.filter((j) => jobs.kept[j] !== 0);
    if (make.length > 0) tasks.push(makeSignatures(signed, key, make, counts));
    if (keep.length > 0) tasks.push(keepSignatures(signed, key, keep, check, counts));
  }
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function makeSignatures(signed: SignedZone, key: number, jobs: readonly number[], counts: SignCounts): Promise<void> {
  const signer = signed.plan.keys[key]!.key;
  const made = await signer.sign(packJobs(signed.plan, jobs));
  for (const [i, j] of jobs.entries()) {
    signed.signatures.set(made.subarray(i * signer.signatureOctets, (i + 1) * signer.signatureOctets), signed.plan.jobs.signatureAt[j]!);
  }
  counts.made += jobs.length;
}

async function keepSignatures(
  signed: SignedZone,
  key: number,
  jobs: readonly number[],
  check: SignatureCheck,
  counts: SignCounts,
): Promise<void> {
  const { plan } = signed;
  const signer = plan.keys[key]!.key;
  const size = signer.signatureOctets;
  const signatures = new Uint8Array(jobs.length * size);
  for (const [i, j] of jobs.entries()) {
    signatures.set(storedSignature(plan, j, size), i * size);
  }
  const good = await check(signer.dnskey, packJobs(plan, jobs), signatures);
  const bad: number[] = [];
  let resumedButBad = 0;
  for (const [i, j] of jobs.entries()) {
    if (good[i] !== 1 && isResumed(plan, j)) resumedButBad++;
    if (good[i] === 1) signed.signatures.set(signatures.subarray(i * size, (i + 1) * size), plan.jobs.signatureAt[j]!);
    else bad.push(j);
  }
  counts.kept += jobs.length - bad.length;
  counts.keptButBad += bad.length - resumedButBad;
  if (resumedButBad > 0) counts.resumedButBad = (counts.resumedButBad ?? 0) + resumedButBad;
  if (bad.length === 0) return;
  for (const j of bad) renew(plan, j);
  await makeSignatures(signed, key, bad, counts);
}

/** The signature of a job that is kept, where it lies; not verified yet. */
function storedSignature(plan: SigningPlan, j: number, size: number): Uint8Array {
  if (isResumed(plan, j)) return plan.resumed!.made.signature(plan.resumed!.entry[j]!);
  const at = plan.jobs.kept[j]! - 1 + RRSIG_FIXED_OCTETS + plan.zone.apex.length;
  return plan.previous!.wire.subarray(at, at + size);
}

/** Gives a job that was to be kept the times of a new signature. */
function renew(plan: SigningPlan, j: number): void {
  const { zone, denial, jobs, policy, now } = plan;
  const target = jobs.target[j]!;
  jobs.kept[j] = 0;
  jobs.inception[j] = now - policy.inceptionOffset;
  jobs.expiration[j] = expirationFor(
    ownerOfTarget(zone, denial, target, new Uint8Array(256)),
    typeOfTarget(zone, denial, target),
    isKeyTarget(zone, target),
    policy,
    now,
  );
}

/** ZONEMD over an unchanged zone is unchanged, so its signature may be kept too. */
function keepLate(plan: SigningPlan, late: readonly number[]): void {
  const { zone, denial, jobs, previous, now, policy } = plan;
  if (previous === undefined) return;
  for (const j of late) {
    const at = keeper(zone, denial, previous, keepRules(policy, now)).find(zone.apex, jobs.target[j]!, plan.keys[jobs.key[j]!]!);
    if (at < 0) continue;
    const view = new DataView(previous.wire.buffer, at);
    jobs.expiration[j] = view.getUint32(8);
    jobs.inception[j] = view.getUint32(12);
    jobs.kept[j] = at + 1;
  }
}
