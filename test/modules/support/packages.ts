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

/**
 * Are the packages there? Then the tests run.
 * @returns the optional packages that are missing, so that a module can be left out by name
 * @throws Error a package is missing that is not named as optional, or is not in the list
 */
export function missingOptional(names: readonly string[]): readonly string[] {
  const missing = names.filter((name) => !isInstalled(name));
  for (const name of names) {
    if (!PACKAGES.some((known) => known.name === name)) throw new Error(`${name} is not in test/modules/packages.txt`);
  }
  const required = missing.filter((name) => PACKAGES.some((known) => known.name === name && !known.optional));
  if (required.length > 0) {
    throw new Error(
      `Debian packages are missing: ${required.join(' ')}. Install them with "sh softhsm/bootstrap.sh --for-tests"; where Debian has none, test/modules/packages.txt is the place to call one optional.`,
    );
  }
  return missing;
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  return stdout?.includes('install ok installed') === true;
}
