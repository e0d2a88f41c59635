import type { Finding } from '../../signer/finding.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { DEFAULT_EXCESSIVE_VALIDITY } from '../../signer/verify/options.ts';
import type { Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { effectivePolicy, marginNeeded } from './effective.ts';
import { type PolicyUse, policyFinding, type ZoneFacts, zoneFinding } from './rules.ts';
import { type Sum, sumOf } from './sum-text.ts';

const DAY = 86_400;

/**
 * POLICY-VALIDITY, POLICY-VALIDITY-DNSKEY: validity >= ceremony-interval + ceremony-slack + refresh + SOA EXPIRE + largest TTL
 * (RFC 6781 4.4.1, 4.4.2). A signature that was kept at one visit because it had `refresh` left must last until the next one is
 * surely over, and from then on a cut-off secondary and a cache must still be served. What fails without a zone fails for all.
 */
export function* validities({ policy, zones }: PolicyUse): Generator<Finding> {
  const knobs = [
    ['POLICY-VALIDITY', 'signatures-validity', policy.signaturesValidity],
    ['POLICY-VALIDITY-DNSKEY', 'signatures-validity-dnskey', policy.signaturesValidityDnskey],
  ] as const;
  for (const [id, knob, validity] of knobs) {
    if (validity === 'auto') continue;
    const words = (sum: Sum) => `${knob} ${spanText(validity)} is less than ${sum.text}`;
    const compared = (sum: Sum) => ({ found: spanText(validity), expected: `at least ${spanText(sum.total)}, or auto` });
    const always = needed(policy, undefined);
    if (validity < always.total) {
      yield policyFinding(id, policy, `${words(always)}, before SOA expire and TTLs are added`, compared(always));
      continue;
    }
    for (const use of zones) {
      const sum = needed(policy, use.facts);
      if (validity < sum.total) yield zoneFinding(id, use, words(sum), compared(sum));
    }
  }
}

function needed(policy: Policy, facts: ZoneFacts | undefined): Sum {
  const ofZone: readonly (readonly [string, number])[] =
    facts === undefined
      ? []
      : [
          ['SOA expire', facts.soaExpire],
          ['largest TTL', Math.max(facts.largestTtl, policy.dnskeyTtl)],
        ];
  return sumOf([
    ['ceremony-interval', policy.ceremonyInterval],
    ['ceremony-slack', policy.ceremonySlack],
    ['signatures-refresh', policy.signaturesRefresh],
    ...ofZone,
  ]);
}

/** POLICY-REFRESH: a signature is refreshed before it ends (RFC 6781 4.4.2.2). */
export function* refresh({ policy }: PolicyUse): Generator<Finding> {
  const { signaturesRefresh } = policy;
  for (const [knob, validity] of validityKnobs(policy)) {
    if (validity === 'auto' || signaturesRefresh < validity) continue;
    yield policyFinding(
      'POLICY-REFRESH',
      policy,
      `signatures-refresh ${spanText(signaturesRefresh)} is not shorter than ${knob} ${spanText(validity)}: no signature would ever be kept`,
      { found: spanText(signaturesRefresh), expected: `less than ${spanText(validity)}` },
    );
  }
}

const validityKnobs = (policy: Policy) =>
  [
    ['signatures-validity', policy.signaturesValidity],
    ['signatures-validity-dnskey', policy.signaturesValidityDnskey],
  ] as const;

/** POLICY-JITTER: expirations are spread over at most a tenth of the validity; a longer jitter is shortened. */
export function* jitter({ policy }: PolicyUse): Generator<Finding> {
  const validity = policy.signaturesValidity === 'auto' ? DEFAULT_POLICY.signaturesValidity : policy.signaturesValidity;
  const most = Math.floor(validity / 10);
  if (policy.signaturesJitter <= most) return;
  yield policyFinding(
    'POLICY-JITTER',
    policy,
    `signatures-jitter ${spanText(policy.signaturesJitter)} is more than a tenth of the validity of ${spanText(validity)}, and is shortened to that`,
    { found: spanText(policy.signaturesJitter), expected: `at most ${spanText(most)}` },
  );
}

const MIN_OFFSET = 300;

/** POLICY-INCEPTION-OFFSET: validators' clocks differ by minutes (RFC 6781 4.4.2.1), hardly by more than a day. */
export function* inceptionOffset({ policy }: PolicyUse): Generator<Finding> {
  const { inceptionOffset: offset } = policy;
  if (offset >= MIN_OFFSET && offset <= DAY) return;
  const why = offset < MIN_OFFSET ? 'a validator with a slow clock rejects new signatures' : 'no clock is as slow as that';
  yield policyFinding('POLICY-INCEPTION-OFFSET', policy, `inception-offset ${spanText(offset)} is outside of 5min to 1d: ${why}`, {
    found: spanText(offset),
    expected: '5min to 1d',
  });
}

const LONG = 90 * DAY;

/**
 * POLICY-VALIDITY-RANGE: the verifier of the gate refuses signatures that last longer, from inception to expiration.
 * POLICY-VALIDITY-LONG: a signature can be replayed until it ends (RFC 6781 4.4.2).
 */
export function* longValidities({ policy, zones }: PolicyUse): Generator<Finding> {
  for (const [knob, validity] of validityKnobs(policy)) {
    if (validity === 'auto') continue;
    const text = `${knob} ${spanText(validity)}`;
    if (validity > longest(policy)) {
      yield policyFinding('POLICY-VALIDITY-RANGE', policy, `${text}${tooLong(policy)}`, rangeCompared(validity, policy));
    } else if (validity > LONG)
      yield policyFinding('POLICY-VALIDITY-LONG', policy, `${text} is longer than ${spanText(LONG)}: ${REPLAY}`, longCompared(validity));
  }
  if (policy.signaturesValidity !== 'auto') return;
  for (const use of zones) {
    if (use.facts === undefined) continue;
    const { signaturesValidity } = effectivePolicy(policy, use.registry, use.facts);
    const why = needed(policy, use.facts).text;
    if (signaturesValidity > longest(policy)) {
      const text = `signatures-validity auto is ${spanText(signaturesValidity)}, because of ${why};`;
      yield zoneFinding('POLICY-VALIDITY-RANGE', use, `${text}${tooLong(policy)}`, rangeCompared(signaturesValidity, policy));
    } else if (signaturesValidity > LONG) {
      const text = `signatures last ${spanText(signaturesValidity)}, longer than ${spanText(LONG)}, because of ${why}: ${REPLAY}`;
      yield zoneFinding('POLICY-VALIDITY-LONG', use, text, longCompared(signaturesValidity));
    }
  }
}

const longest = ({ inceptionOffset }: Policy): number => DEFAULT_EXCESSIVE_VALIDITY - inceptionOffset;

function tooLong({ inceptionOffset }: Policy): string {
  return ` with inception-offset ${spanText(inceptionOffset)} that is more than ${spanText(DEFAULT_EXCESSIVE_VALIDITY)}, and the gate refuses every zone`;
}

const rangeCompared = (validity: number, policy: Policy) => ({
  found: spanText(validity),
  expected: `at most ${spanText(Math.max(0, longest(policy)))}`,
});

const REPLAY = 'whoever has an old answer can replay it as long (RFC 6781 4.4.2)';
const longCompared = (validity: number) => ({ found: spanText(validity), expected: `at most ${spanText(LONG)}` });

/** POLICY-CEREMONY-SLACK: without slack a visit that is an hour late finds expired signatures. */
export function* slack({ policy }: PolicyUse): Generator<Finding> {
  if (policy.ceremonySlack > 0) return;
  yield policyFinding(
    'POLICY-CEREMONY-SLACK',
    policy,
    `ceremony-slack is 0s, so nothing is kept in hand for a visit that is late; signatures last ${spanText(marginNeeded(policy))} over the next one`,
    { found: '0s', expected: 'what a visit may be late' },
  );
}

/** POLICY-ZONE-TTL-ABOVE-MAX: rollovers wait zone-max-ttl and not longer (TTLsig of RFC 7583 3.2.1). */
export function* zoneTtls({ policy, zones }: PolicyUse): Generator<Finding> {
  for (const use of zones) {
    const ttl = use.facts?.largestTtl ?? 0;
    if (ttl <= policy.zoneMaxTtl) continue;
    yield zoneFinding(
      'POLICY-ZONE-TTL-ABOVE-MAX',
      use,
      `the largest TTL ${spanText(ttl)} is above zone-max-ttl ${spanText(policy.zoneMaxTtl)}`,
      {
        found: spanText(ttl),
        expected: `at most ${spanText(policy.zoneMaxTtl)}`,
      },
    );
  }
}

/** POLICY-TTL-ABOVE-HALF-REFRESH: what a cache took last must be gone well before its signature ends (RFC 6781 4.4.1). */
export function* ttlsAndRefresh({ policy, zones }: PolicyUse): Generator<Finding> {
  for (const use of zones) {
    if (use.facts === undefined) continue;
    const left = effectivePolicy(policy, use.registry, use.facts).signaturesRefresh;
    const ttl = use.facts.largestTtl;
    if (ttl * 2 <= left) continue;
    yield zoneFinding(
      'POLICY-TTL-ABOVE-HALF-REFRESH',
      use,
      `the largest TTL ${spanText(ttl)} is more than half of ${spanText(left)}, what signatures have left when they are refreshed`,
      { found: spanText(ttl), expected: `at most ${spanText(Math.floor(left / 2))}` },
    );
  }
}

/** POLICY-SOA-EXPIRE: the expire timer is a fraction of the validity (RFC 6781 4.4.1: a third or a quarter); `auto` follows the timer. */
export function* soaExpire({ policy, zones }: PolicyUse): Generator<Finding> {
  const validity = policy.signaturesValidity;
  if (validity === 'auto') return;
  for (const use of zones) {
    if (use.facts === undefined || use.facts.soaExpire * 2 <= validity) continue;
    yield zoneFinding(
      'POLICY-SOA-EXPIRE',
      use,
      `SOA expire ${spanText(use.facts.soaExpire)} is more than half of signatures-validity ${spanText(validity)}; RFC 6781 4.4.1 advises a third`,
      { found: spanText(use.facts.soaExpire), expected: `at most ${spanText(Math.floor(validity / 2))}` },
    );
  }
}

/** POLICY-ZONE-UNREAD: nothing is known of TTLs and SOA expire. */
export function* unreadZones({ zones }: PolicyUse): Generator<Finding> {
  for (const use of zones)
    if (use.facts === undefined)
      yield zoneFinding(
        'POLICY-ZONE-UNREAD',
        use,
        `${use.zone.source} cannot be read as a zone; what depends on its SOA expire and TTLs was not looked at`,
      );
}
