import { test } from 'vitest';
import { missingOptional } from './packages.ts';

/**
 * `test` for a module that needs these packages. Where one is missing that packages.txt calls optional, the name of the test says that it
 * was not run; where another is missing, the test fails.
 */
export function testsOf(packages: readonly string[]): (name: string, run: () => Promise<void>) => void {
  const missing = missingOptional(packages);
  if (missing.length === 0) return (name, run) => test(name, run);
  return (name) => test(`not run without the optional ${missing.join(' ')}: ${name}`, () => {});
}
