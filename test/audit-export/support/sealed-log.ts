import { afterAll, beforeAll, expect } from 'vitest';
import { type Case, judgeCases, mistakesIn } from './cases.ts';
import { resealed } from './forge.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './sample-export.ts';
import { type Files, relisted } from './second-verifier.ts';

/** Places in the sample log. */
export const AT = {
  genesis: 0,
  policy: 2,
  generated: 6,
  opened: 8,
  signed: 11,
  gate: 12,
  exception: 13,
  release: 14,
  released: 15,
  closed: 16,
  lost: 19,
  resolved: 23,
  second: 28,
};

/** With an entry less before it, a MANIFEST was made after more entries than there are. */
export const EARLY = 'AUDIT-RELEASE-MANIFEST';

export interface SealedLog {
  readonly log: SampleExport;
  readonly files: Files;
  /** What was changed, sealed by the keys of the log and listed anew; `errors` are the codes that both verifiers must find. */
  sealed(name: string, changed: Files, ...errors: readonly string[]): Promise<Case>;
  /** Both verifiers find in each case what it says, and nothing else. */
  expectAll(cases: readonly Promise<Case>[]): Promise<void>;
}

/** The sample log for the tests of one file; `log` and `files` are there once the tests run. */
export function sharedSealedLog(): SealedLog {
  const folder = new TestFolder();
  let made: SampleExport | undefined;
  const log = (): SampleExport => made!;
  beforeAll(async () => {
    made = await makeSampleExport(folder.path, 'log');
  });
  afterAll(() => folder[Symbol.dispose]());
  return {
    get log() {
      return log();
    },
    get files() {
      return log().files;
    },
    sealed: async (name, changed, ...errors) => ({ name, files: relisted(await resealed(changed, log().signers)), errors }),
    async expectAll(cases) {
      expect(cases.length).toBeGreaterThan(0);
      expect(mistakesIn(await judgeCases(log(), await Promise.all(cases)))).toEqual([]);
    },
  };
}
