import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { defaultConfigText } from '../../src/config/default-config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { checkPolicies } from '../../src/policy/check.ts';

const ORIGIN = fc.stringMatching(/^[!-*,-~]{1,40}$/);
const URI = fc
  .record({ token: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), path: fc.stringMatching(/^[a-z"'#: \\]{1,12}$/) })
  .map(({ token, path }) =>
    printPkcs11Uri({ token, modulePath: `/lib/${path}`, pinSource: `file:${path}`, otherPath: [], otherQuery: [] }),
  );

test('what init writes can be read, for every name of a log and every URI', () => {
  fc.assert(
    fc.property(ORIGIN, URI, URI, (origin, ksk, audit) => {
      const config = parseConfig(defaultConfigText({ origin, tokens: { ksk, audit } }), 'coldsign.yaml', '/root');
      expect(config.origin).toBe(origin);
      expect(config.tokens.zsk).toEqual(config.tokens.ksk);
      expect(config.tokens.audit[0]).toContain('/root');
    }),
    { numRuns: 100 },
  );
});

const TEXT = defaultConfigText({ origin: 'a.example/b', tokens: { ksk: 'pkcs11:token=a' } });

test('it says what holds without it: the same values, and its comments name the defaults', () => {
  const bare = parseConfig('format: 1\nlog: { origin: a.example/b }\ntokens: { ksk: "pkcs11:token=a" }\n', 'f', '/root');
  const config = parseConfig(TEXT, 'f', '/root');
  const { given: _, ...values } = config.policies['default']!;
  const { given: __, ...defaults } = bare.policies['default']!;
  expect(values).toEqual(defaults);
  const uncommented = TEXT.replace(/^( *)# (?=(?: {4})?(?:[a-z0-9-]+): \S)/gm, (line, blanks: string) =>
    blanks.length === 4 || blanks.length === 2 ? blanks : line,
  );
  expect(uncommented).not.toBe(TEXT);
  const { given, ...written } = parseConfig(uncommented, 'f', '/root').policies['default']!;
  expect(Object.keys(given).length).toBeGreaterThan(20);
  expect(written).toEqual(defaults);
});

test('it can be applied as it is', () => {
  expect(checkPolicies(parseConfig(TEXT, 'f', '/root'), {})).toEqual([]);
});
