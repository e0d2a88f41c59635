import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './support/compile-cache.ts';
import { SlowestFirst } from './support/slowest-first.ts';

/** One process a test file: a PKCS#11 module is initialised per process. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // More than there are cores: much of the time goes into waiting for slow tokens and for processes that are watched.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // What the program keeps for a user is not mixed with that of whoever runs the tests.
    env: { XDG_STATE_HOME: join(tmpdir(), `coldsign-test-state-${process.pid}`), NODE_COMPILE_CACHE: COMPILE_CACHE },
    globalSetup: ['test/support/compile-cache.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
