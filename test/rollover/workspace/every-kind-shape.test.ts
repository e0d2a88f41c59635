import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JUDGED, rolled, type Way } from './every-kind.ts';
import { secureWorkspace } from './settled.ts';
import { StageTemplate } from './stage.ts';

const KNOT = 'kzonecheck abstain';

/** RSA keys take long to make: one set for all tests of an algorithm. */
const RSA = (text: string): string => JUDGED(text).replace(/^ {4}algorithm: .*$/m, '    algorithm: 8\n    bits: 2048');
const CSK = (text: string): string => JUDGED(text).replace(/^ {4}# keys: ksk-zsk.*$/m, '    keys: csk');

const OF_ONE_KEY: readonly Way[] = [
  // The new key signs the DNSKEY RRset when it is published; data when all caches have it (RFC 7583 3.2.1, 3.3.1).
  ['Pre-Publication', ['--role', 'csk'], ['c1 c2 | c1 c2 | c1 | -', 'c1 c2 | c1 c2 | c2 | c2', 'c2 | c2 | c2 | -'], KNOT],
  // RFC 6781 4.1.3 (new DNSKEY, DS change, DNSKEY removal): both sign everything.
  [
    'Double-Signature',
    ['--role', 'csk', '--method', 'double-signature'],
    ['c1 c2 | c1 c2 | c1 c2 | -', 'c1 c2 | c1 c2 | c1 c2 | c2', 'c2 | c2 | c2 | -'],
    KNOT,
  ],
  // Data are signed by the new key when its DS is there; the old one stays published until no cache has signatures of it (RFC 7583 3.2.1, Iret).
  [
    'delayed signatures',
    ['--role', 'csk', '--method', 'delayed-signatures'],
    ['c1 c2 | c1 c2 | c1 | -', 'c1 c2 | c1 c2 | c1 | c2', 'c1 c2 | c2 | c2 | -', 'c2 | c2 | c2 | -'],
    KNOT,
  ],
  // RFC 7583 3.3.2 with the new key published meanwhile, for it signs data, too: both DS first, then the other one signs, then the old DS goes.
  ['Double-DS', ['--role', 'csk', '--method', 'double-ds'], ['c1 c2 | c1 | c1 | c1 c2', 'c1 c2 | c2 | c2 | -', 'c2 | c2 | c2 | c2'], KNOT],
  // RFC 6781 4.1.3: data are signed by the old key and the new one until the DS has changed.
  ['to KSK and ZSK', ['--to', 'split'], ['c1 k1 z1 | c1 k1 | c1 | -', 'c1 k1 z1 | c1 k1 | c1 z1 | k1', 'k1 z1 | k1 | z1 | -'], KNOT],
];

const OF_ALGORITHM: readonly Way[] = [
  // RFC 6781 4.1.4: new RRSIGs, new DNSKEY, new DS, DNSKEY removal, RRSIGs removal.
  [
    'conservative',
    ['--algorithm', '13'],
    [
      'k1 z1 | k1 | z1 z2 | -',
      'k1 k2 z1 z2 | k1 k2 | z1 z2 | -',
      'k1 k2 z1 z2 | k1 k2 | z1 z2 | k2',
      'k2 z2 | k2 | z1 z2 | -',
      'k2 z2 | k2 | z2 | -',
    ],
    '',
  ],
  // The same without the steps of signatures alone: keys and signatures come and go together.
  [
    'liberal',
    ['--algorithm', '13', '--method', 'liberal'],
    ['k1 k2 z1 z2 | k1 k2 | z1 z2 | -', 'k1 k2 z1 z2 | k1 k2 | z1 z2 | k2', 'k2 z2 | k2 | z2 | -'],
    '',
  ],
];

describe.each([
  ['one key for both roles', CSK, OF_ONE_KEY],
  ['an algorithm', RSA, OF_ALGORITHM],
] as const)('%s', (_name, config, ways) => {
  let secure: StageTemplate;
  beforeAll(async () => {
    secure = new StageTemplate(await secureWorkspace(config));
  });
  afterAll(() => secure?.[Symbol.dispose]());

  test.each(ways)(
    '%s: each release is what the RFC says, passes all judges on both sides, and is applied',
    async (_, start, phases, abstained) => {
      using stage = secure.begin();
      const follower = await rolled(stage, start);
      expect(follower.phases).toEqual(phases);
      expect([...follower.abstained].join()).toBe(abstained);
    },
  );
});
