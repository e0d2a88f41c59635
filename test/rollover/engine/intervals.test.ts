import { describe, expect, test } from 'vitest';
import {
  addHoldDownTime,
  algorithmDsWait,
  algorithmKeyWait,
  algorithmLiberalWait,
  algorithmSignatureWait,
  firstDsWait,
  insecureIret,
  irev,
  itrp,
  kskDoubleRrsetIpub,
  kskDoubleRrsetIret,
  modifiedQueryInterval,
  queryInterval,
  trustAnchorIpub,
  zskDoubleSignatureIret,
  zskPrePublicationIret,
} from '../../../keystore/rollover/timing.ts';
import { DAY, HOUR, RULES } from './support.ts';

describe('RFC 5011 2.3, 2.4.1 and RFC 7583 3.3.4', () => {
  test.each([
    [HOUR, HOUR, 30 * DAY, 30 * DAY + 2 * HOUR, 30 * DAY + 3 * HOUR, 2 * HOUR],
    [2 * DAY, DAY, 30 * DAY, 32 * DAY, 32 * DAY + HOUR, DAY + HOUR],
    [60 * DAY, 15 * DAY, 60 * DAY, 90 * DAY, 90 * DAY + HOUR, 15 * DAY + HOUR],
  ])('TTLkey %i', (keyTtl, query, hold, trust, publish, revoke) => {
    const times = { propagation: HOUR, keyTtl };
    expect([modifiedQueryInterval(times), addHoldDownTime(times), itrp(times), trustAnchorIpub(times), irev(times)]).toEqual([
      query,
      hold,
      trust,
      publish,
      revoke,
    ]);
  });

  test('RFC 7583 3.3.4.1: the modified interval is never below that of any validity', () => {
    for (const keyTtl of [1, HOUR, 2 * HOUR + 1, 9 * DAY, 100 * DAY]) {
      for (const validity of [0, DAY, 400 * DAY])
        expect(queryInterval({ keyTtl, validity })).toBeLessThanOrEqual(modifiedQueryInterval({ keyTtl }));
    }
  });
});

test('Dsgn is part of what waits for signatures', () => {
  const times = { ...RULES, dsgn: 7 * DAY };
  expect(zskPrePublicationIret(times)).toBe(8 * DAY + HOUR);
  expect(zskDoubleSignatureIret(times)).toBe(8 * DAY + HOUR);
  expect(algorithmSignatureWait(times)).toBe(8 * DAY + HOUR);
  expect(algorithmLiberalWait(times)).toBe(8 * DAY + HOUR);
  expect(firstDsWait(times)).toBe(8 * DAY + HOUR);
});

test('the other intervals', () => {
  expect([algorithmKeyWait(RULES), algorithmDsWait(RULES), insecureIret(RULES)]).toEqual([2 * HOUR, DAY + HOUR, DAY + 2 * HOUR]);
  const slow = { ...RULES, registration: 12 * HOUR };
  expect([kskDoubleRrsetIpub(slow), kskDoubleRrsetIret(slow)]).toEqual([DAY + 13 * HOUR, DAY + HOUR]);
  expect(firstDsWait({ ...RULES, propagation: 2, keyTtl: 5, signatureTtl: 7, negativeTtl: 30 })).toBe(32);
});
