import { expect, test } from 'vitest';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import type { World } from '../../../keystore/rollover/simulate/history.ts';
import { storyOf } from '../../../keystore/rollover/simulate/story.ts';
import { dnskey, ds, signedBy } from './world.ts';

const HOUR = 3600;
const DAY = 86_400;
const START = Date.UTC(2027, 0, 1) / 1000;

/** Day, DNSKEY RRset, signers of data; DS by day. Ten ZSKs, a KSK by Double-KSK, algorithm 8 to 13 in the conservative order. */
function days(): {
  readonly zone: readonly (readonly [number, string, string])[];
  readonly parent: readonly (readonly [number, string])[];
} {
  const zone: [number, string, string][] = [[0, 'K1 Z0/K1', 'Z0']];
  for (let n = 1; n <= 10; n++) {
    const [k, day] = [n <= 3 ? 'K1' : 'K2', n * 60];
    zone.push(
      [day, `${k} Z${n - 1} Z${n}/${k}`, `Z${n - 1}`],
      [day + 2, `${k} Z${n - 1} Z${n}/${k}`, `Z${n}`],
      [day + 10, `${k} Z${n}/${k}`, `Z${n}`],
    );
  }
  zone.push([200, 'K1 K2 Z3/K1 K2', 'Z3'], [206, 'K2 Z3/K2', 'Z3']);
  zone.push([640, 'K2 Z10/K2', 'Z10 Zn'], [645, 'K2 Z10 Kn Zn/K2 Kn', 'Z10 Zn'], [660, 'Kn Zn/Kn', 'Z10 Zn'], [665, 'Kn Zn/Kn', 'Zn']);
  return {
    zone: zone.sort((a, b) => a[0] - b[0]),
    parent: [
      [0, 'K1'],
      [203, 'K2'],
      [650, 'Kn'],
    ],
  };
}

/** A release a week, and one for each step; everything is signed anew in each and valid for `valid` days. */
function twoYears(valid: number): World {
  const { zone, parent } = days();
  const releases = [...new Set([...zone.map(([day]) => day), ...Array.from({ length: 105 }, (_, week) => week * 7)])].sort((a, b) => a - b);
  const versions = releases.map((day) => {
    const [, keys, signers] = zone.findLast(([since]) => since <= day)!;
    const at = START + day * DAY;
    const validity = { inception: at - HOUR, expiration: at + valid * DAY };
    return { at, dnskey: { ...dnskey(keys, HOUR), validity }, data: { ...signedBy(signers, DAY), validity } };
  });
  const data = versions.map((version) => ({ at: version.at, content: version.data }));
  return {
    operators: [
      {
        name: 'the zone',
        dprpC: HOUR,
        dnskey: versions.map((version) => ({ at: version.at, content: version.dnskey })),
        data: ['first signed', 'last signed', 'negative answers'].map((name) => ({ name, versions: data })),
      },
    ],
    ds: parent.map(([day, text]) => ({ at: START + day * DAY, content: ds(text, DAY) })),
    dprpP: HOUR,
    skew: 300,
    until: START + 730 * DAY,
  };
}

test('two years of a zone, with every release, hold before every cache and every clock', () => {
  expect(checkWorld(twoYears(14))).toBeUndefined();
});

test('a week between releases, a day of TTL, an hour of propagation and the skew: signatures for eight days run out in caches', () => {
  // 7 d + 1 h + 1 d from the release on; the last version of the DNSKEY RRset is needed for 7 d + 2 h.
  expect(checkWorld(twoYears(8))).toMatchObject({ verdict: { reason: { kind: 'outside-validity', of: 'data' } } });
  expect(storyOf(checkWorld(twoYears(8))!)).toContain('the signature over data (first signed) is not valid');
});
