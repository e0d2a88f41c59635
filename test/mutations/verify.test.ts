import { describe, expect, test } from 'vitest';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import { nameWire, printZone } from '../support/soft-records.ts';
import { toZone } from '../support/soft-zone.ts';
import { type Base, makeBase, NSEC, ORIGIN, signBase } from './base-zone.ts';
import { BASES, MUTATIONS, makeBaseNamed, mutate } from './corpus.ts';
import type { BaseName, Mutation } from './mutation.ts';

const now = Math.floor(Date.now() / 1000);
const bases = new Map<BaseName, Base>(BASES.map((name) => [name, makeBaseNamed(name, now)]));

describe('zone verify accepts the undamaged zones without a finding', () => {
  test.each(BASES)('%s', async (name) => {
    const { findings } = await verifyZone(toZone(signBase(bases.get(name)!), ORIGIN), { now });
    expect(findings).toEqual([]);
  });

  test.each([8, 10, 14, 15, 16])('algorithm %i', async (algorithm) => {
    const { findings, counts } = await verifyZone(toZone(signBase(makeBase(NSEC, now, { algorithm })), ORIGIN), { now });
    expect(findings).toEqual([]);
    expect(counts.goodSignatures).toBe(counts.signatures);
  });
});

describe('zone verify rejects every mutation, by the rule that it breaks and no other', () => {
  test.each(MUTATIONS)('$name', async (mutation) => {
    const findings = await verifyMutation(mutation);
    const errors = findings.filter((finding) => finding.severity === 'error');
    expect(new Set(errors.map((finding) => finding.id)), errors.map((finding) => finding.text).join('\n')).toEqual(new Set(mutation.rules));
  });
});

async function verifyMutation(mutation: Mutation) {
  const base = bases.get(mutation.base)!;
  const made = mutate(mutation, base, now);
  const { findings } = await verifyZone(toZone(made.records, ORIGIN), {
    now,
    ...(mutation.parentDs === undefined ? {} : { ds: [mutation.parentDs(made.base).rdata] }),
    ...(mutation.hasPrevious === undefined ? {} : { previous: toZone(signBase(base), ORIGIN) }),
  });
  return findings;
}

test('the zones of the corpus reach the verifier as they are written to files', () => {
  const records = signBase(bases.get('nsec')!);
  const zone = toZone(records, ORIGIN);
  expect(zone.recordCount).toBe(printZone(records).trimEnd().split('\n').length);
  expect(Buffer.from(zone.apex)).toEqual(nameWire(ORIGIN));
});
