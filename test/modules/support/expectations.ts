import { expect } from 'vitest';
import type { ExerciseReport, KeyDone } from './run.ts';
import { goodSignatures } from './run.ts';

/** What must hold on every module for each algorithm that it has. @param refused algorithms that the token lacks */
export function expectAllDone(report: ExerciseReport, done: readonly number[], refused: readonly number[]): readonly KeyDone[] {
  expect(report.keys.filter(({ kind }) => kind === 'done').map(({ algorithm }) => algorithm)).toEqual(done);
  const lacks = report.keys.filter((key) => key.kind === 'refused').map(({ algorithm, code }) => [algorithm, code]);
  expect(lacks).toEqual(refused.map((algorithm) => [algorithm, 'token/unsupported']));
  const keys = report.keys.filter((key) => key.kind === 'done');
  for (const key of keys) {
    expect(key).toMatchObject({ foundById: 1, foundByLabel: 1, listed: 1, outcome: 'destroyed', foundAfterwards: 0 });
    expect(key.attestation.extractable).toBe(false);
    expect(goodSignatures(key)).toBe(key.batch.ends.length);
  }
  // Nothing of what was made stays, and the keys of the zone are gone too.
  expect(report.left).toEqual([]);
  return keys;
}
