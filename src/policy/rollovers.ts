import type { CskMethod, KskMethod, ZskMethod } from '../../keystore/rollover/model.ts';
import {
  cskIret,
  kskDoubleDsIpub,
  kskDoubleDsIret,
  kskDoubleKskIpub,
  kskDoubleKskIret,
  kskDoubleRrsetIpub,
  type RolloverTimes,
  trustAnchorIpub,
  zskDoubleSignatureIret,
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
  const values = rolloverTimes(policy, registry, times);
  return policy.keys === 'csk' ? [csk(policy, values)] : [ksk(policy, values), zsk(policy, values)];
}

/** @param policy with what is known of the registry */
export function rolloverTimes(policy: Policy, registry: RegistryProfile | undefined, times: ZoneTimes | undefined): RolloverTimes {
  return {
    propagation: policy.zonePropagationDelay,
    parentPropagation: policy.parentPropagationDelay,
    keyTtl: policy.dnskeyTtl,
    signatureTtl: Math.max(times?.largestTtl ?? policy.zoneMaxTtl, policy.dnskeyTtl),
    dsTtl: policy.parentDsTtl,
    registration: registry?.cdsScan ?? 0,
  };
}

type Parts = Omit<Rollover, 'shortest' | 'visits' | 'visitsTake'>;

function zsk(policy: Policy, times: RolloverTimes): Rollover {
  const { publishSafety, retireSafety } = policy;
  const methods: Readonly<Record<ZskMethod, Omit<Parts, 'role'>>> = {
    'pre-publication': {
      method: 'Pre-Publication',
      reference: 'RFC 7583 3.2.1',
      publish: safe('Ipub', zskPrePublicationIpub(times), 'publish-safety', publishSafety),
      retire: safe('Iret', zskPrePublicationIret(times), 'retire-safety', retireSafety),
    },
    'double-signature': {
      method: 'Double-Signature',
      reference: 'RFC 7583 3.2.2',
      publish: AT_ONCE,
      retire: safe('Iret', zskDoubleSignatureIret(times), 'publish-safety', publishSafety),
    },
  };
  return rollover(policy, { role: 'zsk', ...methods[policy.methods.zsk] });
}

/** A trust anchor is published for longer before it is used (RFC 7583 3.3.4.1). */
function keyIpub({ rfc5011 }: Policy, times: RolloverTimes): number {
  return rfc5011 === 'none' ? kskDoubleKskIpub(times) : trustAnchorIpub(times);
}

function ksk(policy: Policy, times: RolloverTimes): Rollover {
  const { publishSafety, retireSafety, rfc5011 } = policy;
  const registration = ['Dreg', times.registration] as const;
  const hold = rfc5011 === 'none' ? [] : [['IpubC', trustAnchorIpub(times)] as const];
  const both = Math.max(kskDoubleRrsetIpub(times), keyIpub(policy, times));
  const methods: Readonly<Record<KskMethod, Omit<Parts, 'role'>>> = {
    'double-ksk': {
      method: 'Double-KSK',
      reference: 'RFC 7583 3.3.1',
      publish: safe('Ipub', keyIpub(policy, times), 'publish-safety', publishSafety),
      retire: sumOf([registration, ['Iret', kskDoubleKskIret(times)], ['retire-safety', retireSafety]]),
    },
    'double-ds': {
      method: 'Double-DS',
      reference: 'RFC 7583 3.3.2',
      publish: sumOf([registration, ['IpubP', kskDoubleDsIpub(times)], ...hold, ['publish-safety', publishSafety]]),
      retire: safe('Iret', kskDoubleDsIret(times), 'publish-safety', publishSafety),
    },
    'double-rrset': {
      method: 'Double-RRset',
      reference: 'RFC 7583 3.3.3',
      publish: AT_ONCE,
      retire: safe('Ipub', both, 'publish-safety', publishSafety),
    },
  };
  return rollover(policy, { role: 'ksk', ...methods[policy.methods.ksk] });
}

function csk(policy: Policy, times: RolloverTimes): Rollover {
  const { publishSafety, retireSafety } = policy;
  const reference = 'RFC 6781 4.1.3';
  const ipub = keyIpub(policy, times);
  const registration = ['Dreg', times.registration] as const;
  const methods: Readonly<Record<CskMethod, Omit<Parts, 'role'>>> = {
    'pre-publication': {
      method: 'pre-published CSK',
      reference,
      publish: safe('Ipub', ipub, 'publish-safety', publishSafety),
      retire: safe('Iret', cskIret(times), 'retire-safety', retireSafety),
    },
    'double-signature': {
      method: 'CSK that signs twice',
      reference,
      publish: safe('Ipub', Math.max(ipub, zskDoubleSignatureIret(times)), 'publish-safety', publishSafety),
      retire: sumOf([registration, ['Iret', kskDoubleKskIret(times)], ['retire-safety', retireSafety]]),
    },
    'delayed-signatures': {
      method: 'CSK with delayed signatures',
      reference,
      publish: safe('Ipub', ipub, 'publish-safety', publishSafety),
      retire: sumOf([
        registration,
        ['IretK', kskDoubleKskIret(times)],
        ['IretZ', zskPrePublicationIret(times)],
        ['retire-safety', 2 * retireSafety],
      ]),
    },
    'double-ds': {
      method: 'CSK with two DS',
      reference,
      publish: safe('Ipub', Math.max(kskDoubleRrsetIpub(times), ipub), 'publish-safety', publishSafety),
      retire: safe('Iret', zskDoubleSignatureIret(times), 'retire-safety', retireSafety),
    },
  };
  return rollover(policy, { role: 'csk', ...methods[policy.methods.csk] });
}

/** The new key is used as soon as it is published. */
const AT_ONCE: Sum = { total: 0, text: 'nothing' };

function safe(name: string, seconds: number, safety: string, margin: number): Sum {
  return sumOf([
    [name, seconds],
    [safety, margin],
  ]);
}

function rollover(policy: Policy, parts: Parts): Rollover {
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
  if (seconds === 0) return 0;
  return ceremonyInterval === 0 ? 1 : Math.ceil(seconds / ceremonyInterval);
}
