import { defineConfig } from 'vitest/config';

/** One process a test file: a PKCS#11 module is initialised per process. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
