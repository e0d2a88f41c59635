import {
  cskIret,
  kskDoubleKskIpub,
  kskDoubleKskIret,
  type RolloverTimes,
  zskPrePublicationIpub,
  zskPrePublicationIret,
} from '../../keystore/rollover/timing.ts';
import type { Policy, RegistryProfile } from '../config/config.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';
import { withRegistry } from './effective.ts';
import { type Sum, sumOf } from './sum-text.ts';

/** How one kind of key is replaced, at the fastest. */
export interface Rollover {
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly method: string;
  readonly reference: string;
  /** From the publication of the new key until it may be used. */
  readonly publish: Sum;
  /** From then until the old key may go. */
  readonly retire: Sum;
  /** Of the policy: publish and retire. */
  readonly shortest: number;
  /** Visits to the signing side: publish, change over, remove; each interval is rounded up to visits. */
  readonly visits: number;
  /** Between the first and the last of these visits, all of them as late as they are planned. */
  readonly visitsTake: number;
}

/** The rollovers that a policy's keys need, without a predecessor in the way. TTLsig is that of the zone, or the most the policy allows. */
export function rolloversOf(written: Policy, registry: RegistryProfile | undefined, times: ZoneTimes | undefined): readonly Rollover[] {
  const policy = withRegistry(written, registry);
  const values: RolloverTimes = {
    propagation: policy.zonePropagationDelay,
    parentPropagation: policy.parentPropagationDelay,
    keyTtl: policy.dnskeyTtl,
    signatureTtl: Math.max(times?.largestTtl ?? policy.zoneMaxTtl, policy.dnskeyTtl),
    dsTtl: policy.parentDsTtl,
    registration: registry?.cdsScan ?? 0,
  };
  return policy.keys === 'csk' ? [csk(policy, values)] : [ksk(policy, values), zsk(policy, values)];
}

function zsk(policy: Policy, times: RolloverTimes): Rollover {
  return rollover(policy, {
    role: 'zsk',
    method: 'Pre-Publication',
    reference: 'RFC 7583 3.2.1',
    publish: sumOf([
      ['Ipub', zskPrePublicationIpub(times)],
      ['publish-safety', policy.publishSafety],
    ]),
    retire: sumOf([
      ['Iret', zskPrePublicationIret(times)],
      ['retire-safety', policy.retireSafety],
    ]),
  });
}

function ksk(policy: Policy, times: RolloverTimes): Rollover {
  return rollover(policy, {
    role: 'ksk',
    method: 'Double-KSK',
    reference: 'RFC 7583 3.3.1',
    publish: sumOf([
      ['Ipub', kskDoubleKskIpub(times)],
      ['publish-safety', policy.publishSafety],
    ]),
    retire: sumOf([
      ['Dreg', times.registration],
      ['Iret', kskDoubleKskIret(times)],
      ['retire-safety', policy.retireSafety],
    ]),
  });
}

function csk(policy: Policy, times: RolloverTimes): Rollover {
  return rollover(policy, {
    role: 'csk',
    method: 'pre-published CSK',
    reference: 'RFC 6781 4.1.3',
    publish: sumOf([
      ['Ipub', kskDoubleKskIpub(times)],
      ['publish-safety', policy.publishSafety],
    ]),
    retire: sumOf([
      ['Iret', cskIret(times)],
      ['retire-safety', policy.retireSafety],
    ]),
  });
}

function rollover(policy: Policy, parts: Omit<Rollover, 'shortest' | 'visits' | 'visitsTake'>): Rollover {
  const between = visitsFor(parts.publish.total, policy) + visitsFor(parts.retire.total, policy);
  return {
    ...parts,
    shortest: parts.publish.total + parts.retire.total,
    visits: between + 1,
    visitsTake: between * policy.ceremonyInterval,
  };
}

/** An interval that has passed is acted upon at the next visit. */
function visitsFor(seconds: number, { ceremonyInterval }: Policy): number {
  return ceremonyInterval === 0 ? 1 : Math.max(1, Math.ceil(seconds / ceremonyInterval));
}
