import type { WireWriter } from './dns/bytes.ts';
import { appendRrsigFields, rrsigLabels } from './dnssec/signed-data.ts';
import { ownerOfTarget, type SignedZone, type SigningPlan, ttlOfTarget, typeOfTarget } from './plan-data.ts';

/** RRSIG RDATA of job j up to the signature. */
export function appendRrsigHead({ zone, denial, jobs, keys }: SigningPlan, j: number, out: WireWriter, scratch: Uint8Array): void {
  const target = jobs.target[j]!;
  const { key } = keys[jobs.key[j]!]!;
  appendRrsigFields(
    {
      typeCovered: typeOfTarget(zone, denial, target),
      algorithm: key.algorithm,
      labels: rrsigLabels(ownerOfTarget(zone, denial, target, scratch)),
      originalTtl: ttlOfTarget(zone, denial, target),
      expiration: jobs.expiration[j]!,
      inception: jobs.inception[j]!,
      keyTag: key.keyTag,
      signerName: zone.apex,
    },
    out,
  );
}

/** RRSIG RDATA of job j, signature included. */
export function appendRrsig({ plan, signatures }: SignedZone, j: number, out: WireWriter, scratch: Uint8Array): void {
  appendRrsigHead(plan, j, out, scratch);
  out.append(signatures, plan.jobs.signatureAt[j]!, plan.jobs.signatureAt[j + 1]!);
}
