import { printName } from '../../../signer/dns/name.ts';
import { typeMnemonic } from '../../../signer/dns/rrtype.ts';
import { planSigning } from '../../../signer/plan.ts';
import { ownerOfTarget, type SigningPlan, typeOfTarget } from '../../../signer/plan-data.ts';
import type { SigningPolicy } from '../../../signer/policy.ts';
import type { Zone } from '../../../signer/zone/zone.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';

/** Key with both roles that is never asked to sign. */
export const IDLE_KEY: ZoneKey = {
  role: 'csk',
  key: {
    algorithm: 13,
    keyTag: 1,
    flags: 257,
    dnskey: new Uint8Array(68),
    signatureOctets: 64,
    sign: () => Promise.reject(new Error('not to be asked')),
  },
};

/** `owner TYPE` of every signature of a plan. */
export function signatureTitles(plan: SigningPlan): readonly string[] {
  const { zone, denial, jobs } = plan;
  return Array.from({ length: jobs.count }, (_, j) => {
    const target = jobs.target[j]!;
    return `${printName(ownerOfTarget(zone, denial, target, new Uint8Array(256)))} ${typeMnemonic(typeOfTarget(zone, denial, target))}`;
  });
}

/** What is signed in a zone as it stands. */
export function plannedSignatures(zone: Zone, policy: SigningPolicy): readonly string[] {
  return signatureTitles(planSigning({ zone, keys: [IDLE_KEY], policy, now: 1_700_000_000, previous: undefined }));
}
