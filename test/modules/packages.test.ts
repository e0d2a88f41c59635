import { expect, test } from 'vitest';
import { missingOptional, parsePackages, refuseMissing } from './support/packages.ts';

test('the list of packages: one a line, comments, and the word optional', () => {
  expect(parsePackages('# a list\n\nfirst # why\n  optional second\n')).toEqual([
    { name: 'first', optional: false },
    { name: 'second', optional: true },
  ]);
});

test('a missing package fails the tests that need it, unless the list calls it optional', () => {
  const known = parsePackages('dpkg\nno-such-package-a\noptional no-such-package-b\n');
  expect(missingOptional(['dpkg', 'no-such-package-a', 'no-such-package-b'], known)).toEqual(['no-such-package-b']);
  expect(() => refuseMissing(['dpkg', 'no-such-package-a'])).toThrow(/missing: no-such-package-a\./);
  expect(() => missingOptional(['not-listed'], known)).toThrow('not-listed is not in test/modules/packages.txt');
});
