import { isInRange } from '../../keystore/tag-range.ts';
import { ALGORITHM_REGISTRY_DATE, algorithmByNumber, algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { Finding } from '../../signer/finding.ts';
import { tagsOf } from '../workspace/key-tags.ts';
import { type PolicyUse, policyFinding, zoneFinding } from './rules.ts';

/** RSASHA512 gains nothing over RSASHA256, and validators without Ed448 treat its zones as unsigned (RFC 9904, IANA registry). */
const UNCOMMON: Readonly<Record<number, string>> = {
  10: 'RFC 9904 does not recommend it for signing; 13 has signatures of a quarter of the size',
  16: 'many validators do not know it and treat the zone as unsigned; 13 and 15 are known',
};

/** POLICY-ALGORITHM, POLICY-ALGORITHM-UNCOMMON: status in the IANA registry of DNSSEC algorithms (RFC 9904, 9905, 9906). */
export function* algorithm({ policy }: PolicyUse): Generator<Finding> {
  const known = algorithmByNumber(policy.algorithm);
  const label = algorithmLabel(policy.algorithm);
  const compared = { found: label, expected: '13 (ECDSAP256SHA256), or 8, 14, 15' };
  const refused = known === undefined ? `is not an algorithm that coldsign knows (registry of ${ALGORITHM_REGISTRY_DATE})` : known.refused;
  if (refused !== undefined) yield policyFinding('POLICY-ALGORITHM', policy, `algorithm ${label}: ${refused}`, compared);
  const uncommon = UNCOMMON[policy.algorithm];
  if (uncommon !== undefined) yield policyFinding('POLICY-ALGORITHM-UNCOMMON', policy, `algorithm ${label}: ${uncommon}`, compared);
}

const ADVISED_BITS = 2048;

/** POLICY-BITS, POLICY-BITS-FEW, POLICY-BITS-UNUSED: RSA keys have a size (RFC 5702 2, RFC 6781 3.4.2), others have not. */
export function* bits({ policy }: PolicyUse): Generator<Finding> {
  const form = algorithmByNumber(policy.algorithm)?.form;
  if (policy.bits === undefined || form === undefined) return;
  const found = `${policy.bits}`;
  if (form.kind !== 'rsa') {
    const text = `bits ${policy.bits} has no meaning for algorithm ${algorithmLabel(policy.algorithm)}, whose keys have one size`;
    yield policyFinding('POLICY-BITS-UNUSED', policy, text, { found, expected: 'no bits' });
  } else if (policy.bits < form.minBits || policy.bits > form.maxBits) {
    const expected = `${form.minBits} to ${form.maxBits}`;
    yield policyFinding(
      'POLICY-BITS',
      policy,
      `bits ${policy.bits} is outside of ${expected} for algorithm ${algorithmLabel(policy.algorithm)}`,
      {
        found,
        expected,
      },
    );
  } else if (policy.bits < ADVISED_BITS) {
    const text = `bits ${policy.bits} is less than ${ADVISED_BITS}, which RFC 6781 3.4.2 advises`;
    yield policyFinding('POLICY-BITS-FEW', policy, text, { found, expected: `at least ${ADVISED_BITS}` });
  }
}

/** POLICY-DIGEST-TYPE: SHA-1 must not be used for DS (RFC 9905), and only SHA-256 and SHA-384 are made. */
export function* digestTypes({ policy }: PolicyUse): Generator<Finding> {
  for (const type of policy.cdsDigestTypes) {
    if (type === 2 || type === 4) continue;
    const why = type === 1 ? 'SHA-1 must not be used (RFC 9905)' : 'only SHA-256 and SHA-384 are made';
    yield policyFinding('POLICY-DIGEST-TYPE', policy, `cds-digest-types has ${type}: ${why}`, { found: `${type}`, expected: '2 or 4' });
  }
}

/** POLICY-KEY-TAG-RANGE: keys that were made before the range was, or elsewhere; another signer of the zone may have their tags (RFC 8901). */
export function* keyTagRange({ policy, zones }: PolicyUse): Generator<Finding> {
  const range = policy.keyTagRange;
  if (range === undefined) return;
  const expected = `${range.low}-${range.high}`;
  for (const use of zones) {
    for (const key of use.keys ?? []) {
      if (isInRange(Buffer.from(key.dnskey, 'base64'), range)) continue;
      const found = tagsOf(key).join(' and ');
      const text = `${key.role.toUpperCase()} ${key.keyTag} has the tags ${found} (now, and when revoked), which are not both in key-tag-range ${expected}`;
      yield zoneFinding('POLICY-KEY-TAG-RANGE', use, text, { found, expected });
    }
  }
}

const MANY_DELEGATIONS = 10_000;

/** POLICY-NSEC3, …-ITERATIONS, …-SALT, …-OPT-OUT: RFC 9276 3.1 asks for NSEC where it will do, and for 0 iterations, no salt, no opt-out. */
export function* nsec3({ policy, zones }: PolicyUse): Generator<Finding> {
  const { denial } = policy;
  if (denial.kind !== 'nsec3') return;
  const { iterations, salt, optOut } = denial;
  yield policyFinding(
    'POLICY-NSEC3',
    policy,
    'NSEC3 costs servers and validators a hash for each name; NSEC does the same where names are no secret (RFC 9276 3.1)',
  );
  if (iterations > 0)
    yield policyFinding(
      'POLICY-NSEC3-ITERATIONS',
      policy,
      `NSEC3 with ${iterations} iterations; RFC 9276 3.1 asks for 0, and validators may treat the zone as unsigned`,
      {
        found: `${iterations}`,
        expected: '0',
      },
    );
  if (salt.length > 0)
    yield policyFinding(
      'POLICY-NSEC3-SALT',
      policy,
      `NSEC3 with ${salt.length} octets of salt, which keeps nothing secret; RFC 9276 3.1 asks for none`,
      {
        found: `${salt.length} octets`,
        expected: 'none',
      },
    );
  for (const use of optOut ? zones : []) {
    const delegations = use.facts?.delegations;
    if (delegations === undefined || delegations >= MANY_DELEGATIONS) continue;
    const text = `opt-out with ${delegations} delegations: unsigned ones are not protected, and little is saved below some ${MANY_DELEGATIONS} (RFC 9276 3.1)`;
    yield zoneFinding('POLICY-NSEC3-OPT-OUT', use, text, { found: 'opt-out: true', expected: 'opt-out: false' });
  }
}

/** POLICY-SERIAL-KEEP: signatures change without a change of the data, and secondaries take a zone over only when its serial is ahead (RFC 1982). */
export function* serialKeep({ policy }: PolicyUse): Generator<Finding> {
  if (policy.serialPolicy !== 'keep') return;
  yield policyFinding(
    'POLICY-SERIAL-KEEP',
    policy,
    'serial-policy is keep: a zone that is signed again with the same data has the same serial, and the gate refuses it',
    { found: 'keep', expected: 'increment, unixtime or date' },
  );
}

/** POLICY-GATE-JUDGES-FEW, POLICY-GATE-JUDGES-OVERRIDABLE: what the signer and its verifier get wrong, another implementation sees. */
export function* gate({ policy }: PolicyUse): Generator<Finding> {
  const { agree, judges, overridable } = policy.gate;
  if (agree < 2)
    yield policyFinding(
      'POLICY-GATE-JUDGES-FEW',
      policy,
      `gate: agree is ${agree} of ${judges.length} judges; an error that one implementation shares goes out`,
      {
        found: `${agree}`,
        expected: 'at least 2',
      },
    );
  if (overridable.includes('judges'))
    yield policyFinding(
      'POLICY-GATE-JUDGES-OVERRIDABLE',
      policy,
      'gate: judges are overridable, so a zone that other implementations call bogus can be released',
      {
        found: 'judges',
        expected: 'an overridable list without judges',
      },
    );
}
