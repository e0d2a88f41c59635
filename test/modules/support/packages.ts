import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Package {
  readonly name: string;
  readonly optional: boolean;
}

/** The one list of packages that these tests need. */
export function parsePackages(text: string): readonly Package[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => ({ name: line.replace(/^optional +/, ''), optional: line.startsWith('optional ') }));
}

const PACKAGES = parsePackages(readFileSync(new URL('../packages.txt', import.meta.url), 'utf8'));

/** @throws Error naming the packages that are missing and are not named as optional */
export function refuseMissing(names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  throw new Error(
    `Debian packages are missing: ${missing.join(' ')}. Install them with "sh softhsm/bootstrap.sh --for-tests"; where Debian has none, test/modules/packages.txt is the place to call one optional.`,
  );
}

/** Those of the packages that are missing and may be: then their tests say so and pass. @throws Error a package is not in the list */
export function missingOptional(names: readonly string[], known: readonly Package[] = PACKAGES): readonly string[] {
  for (const name of names) {
    if (!known.some((one) => one.name === name)) throw new Error(`${name} is not in test/modules/packages.txt`);
  }
  return names.filter((name) => known.some((one) => one.name === name && one.optional) && !isInstalled(name));
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  return stdout?.includes('install ok installed') === true;
}
