import { describe, expect, test } from 'vitest';
import * as timing from '../../../keystore/rollover/timing.ts';
import { rulesOf, run } from './run.ts';
import { EPOCH, seconds, VECTORS, type Vector } from './vectors.ts';

const FUNCTIONS = new Map(
  Object.entries(timing).filter((entry): entry is [string, (times: object) => number] => typeof entry[1] === 'function'),
);

/** In the method that the vector is of: RFC 5011 has its own waits. */
const happened = (vector: Vector, rfc5011: 'minimum' | 'advised' = 'minimum') =>
  run(vector, rulesOf(vector, vector.method === 'RFC 5011' ? rfc5011 : 'none'));

describe.each(VECTORS.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
  test.each(vector.intervals.map((each) => [each.interval, each] as const))('%s', (_name, { is, by, margin, differs }) => {
    const seen = FUNCTIONS.get(by)!(rulesOf(vector)) + (margin === undefined ? 0 : seconds(vector.params[margin]!));
    expect(seen).toBe(seconds(differs?.ours ?? is));
    if (differs !== undefined) expect(seen).not.toBe(seconds(is));
  });

  test('every event to the second', () => {
    const runs = { minimum: happened(vector), advised: happened(vector, 'advised') };
    const ours = vector.events.map(({ event, move, rfc5011 }) => [event, runs[rfc5011 === 'advised' ? 'advised' : 'minimum'].get(move)]);
    expect(ours).toEqual(vector.events.map(({ event, rel, differs }) => [event, seconds(differs?.ours ?? rel)]));
  });

  test('dates are the spans from the epoch', () => {
    const epoch = Temporal.Instant.from(EPOCH);
    for (const { rel, abs } of vector.events) expect(epoch.add({ seconds: seconds(rel) }).toString()).toBe(abs);
  });
});

test('what differs has its reason, and is later than the vector: no cache is left earlier than it says', () => {
  const differing = VECTORS.flatMap(({ id, events }) => events.flatMap(({ rel, differs }) => (differs ? [{ id, rel, ...differs }] : [])));
  expect(new Set(differing.map(({ id }) => id))).toEqual(
    new Set(['INSECURE-a', 'BIND-algorithm-roll', 'BIND-enable-dnssec', 'BIND-going-insecure']),
  );
  for (const { rel, ours, because } of differing) {
    expect(seconds(ours)).toBeGreaterThan(seconds(rel));
    expect(because.length).toBeGreaterThan(40);
  }
});

test('ids are unique, and every method has its vectors', () => {
  expect(new Set(VECTORS.map(({ id }) => id)).size).toBe(VECTORS.length);
  expect(new Set(VECTORS.map(({ method }) => method))).toEqual(
    new Set([
      'ZSK Pre-Publication',
      'ZSK Double-Signature',
      'KSK Double-KSK',
      'KSK Double-DS',
      'KSK Double-RRset',
      'RFC 5011',
      'Algorithm, conservative',
      'Algorithm, liberal',
      'CSK pre-publication',
      'Split to CSK',
      'First signing',
      'Going insecure',
    ]),
  );
});
