import { expect, test } from 'vitest';
import { readText, vectorText } from './support/vector-zone.ts';

// RFC 8976 A.3 has a ZONEMD record with Scheme 241 (private use), Hash Algorithm 1 and a digest of 20 octets: what a digest of a scheme
// that is not SIMPLE holds, nobody but its makers knows. 2.2.4: the Digest field MUST NOT be shorter than 12 octets.
test('RFC 8976 A.3: the zone with a private scheme can be read', () => {
  expect(readText(vectorText('rfc8976-a3-multiple.zone'), 'example.').findings.map(({ text }) => text)).toEqual([]);
});
