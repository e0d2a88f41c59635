import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { LIMIT_NAMES, OVERRIDABLE_RULES } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { policyMembers } from '../../src/config/policy-members.ts';
import type { RawPolicy } from '../../src/config/schema.ts';
import { spanText } from '../../src/config/span-text.ts';
import { parseDuration } from '../../src/config/time-text.ts';
import { configDiff } from '../../src/policy/diff.ts';

const span = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const text = span.map(spanText);
const limit = fc.oneof(
  fc.nat(1000),
  fc.nat(900).map((n) => `${n / 10}%`),
  fc.constant('none'),
  fc.record({ count: fc.nat(9), percent: fc.nat(99) }, { requiredKeys: [] }),
);

const members = fc.record(
  {
    algorithm: fc.constantFrom(8, 13, 'ED25519'),
    bits: fc.integer({ min: 512, max: 4096 }),
    keys: fc.constantFrom('csk', 'ksk-zsk'),
    'ksk-lifetime': fc.oneof(text, span, fc.constant('unlimited')),
    'signatures-validity': fc.oneof(text, span, fc.constant('auto')),
    'dnskey-ttl': fc.oneof(text, span),
    'ceremony-slack': fc.oneof(text, span),
    'key-tag-range': fc.constantFrom('0-32767', '32768-65535', '00000-01023'),
    'backup-proof-max-age': fc.oneof(text, span, fc.constant('none')),
    'cds-digest-types': fc.constantFrom(2, [2, 4], ['SHA-384']),
    nsec3: fc.constantFrom(true, false, { 'opt-out': true }, { iterations: 3, salt: 'AB12' }),
    zonemd: fc.constantFrom(true, false, 'sha512', ['sha512', 'sha384']),
    gate: fc.record({
      judges: fc.constant(['kzonecheck', 'named-checkzone']),
      agree: fc.nat(2),
      limits: fc.record(Object.fromEntries(LIMIT_NAMES.map((name) => [name, limit])), { requiredKeys: [] }),
      overridable: fc.subarray([...OVERRIDABLE_RULES]),
    }),
  },
  { requiredKeys: [] },
);

const configWith = (policy: unknown) =>
  parseConfig(stringify({ format: 1, log: { origin: 'a' }, tokens: { ksk: 'pkcs11:token=a' }, policies: { p: policy } }), 'f', '/root');

test('a policy written out in full is the same policy', () => {
  fc.assert(
    fc.property(members, (written) => {
      const config = configWith(written);
      const { given: _, ...policy } = config.policies['p']!;
      const again = configWith(policyMembers(config.policies['p']!) satisfies RawPolicy);
      const { given: __, ...values } = again.policies['p']!;
      expect(values).toEqual(policy);
      expect(configDiff(config, again)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('spans are printed as they are read', () => {
  expect([0, 59, 60, 3661, 86_400, 14 * 86_400 + 90].map(spanText)).toEqual(['0s', '59s', '1min', '1h1min1s', '1d', '14d1min30s']);
  fc.assert(fc.property(fc.nat(), (seconds) => parseDuration(spanText(seconds)) === seconds));
});
