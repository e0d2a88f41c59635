import { afterAll, beforeAll, expect, test } from 'vitest';
import { KSK, softKey, ZSK } from '../../support/soft-keys.ts';
import { Follower, JUDGED, rolled, toItsEnd, type Way } from './every-kind.ts';
import { loseKey } from './lose-key.ts';
import { REASON, secureWorkspace, tagOf } from './settled.ts';
import { StageTemplate, ZONE } from './stage.ts';

let secure: StageTemplate;
beforeAll(async () => {
  secure = new StageTemplate(await secureWorkspace(JUDGED));
});
afterAll(() => secure?.[Symbol.dispose]());

const KNOT = 'kzonecheck abstain';

const WAYS: readonly Way[] = [
  // RFC 6781 4.1.1.1 (new DNSKEY, new RRSIGs, DNSKEY removal); RFC 7583 3.2.1.
  ['ZSK, Pre-Publication', ['--role', 'zsk'], ['k1 z1 z2 | k1 | z1 | -', 'k1 z1 z2 | k1 | z2 | -', 'k1 z2 | k1 | z2 | -'], ''],
  // RFC 6781 4.1.1.2 (new DNSKEY, DNSKEY removal); RFC 7583 3.2.2.
  ['ZSK, Double-Signature', ['--role', 'zsk', '--method', 'double-signature'], ['k1 z1 z2 | k1 | z1 z2 | -', 'k1 z2 | k1 | z2 | -'], ''],
  // RFC 6781 4.1.2 (new DNSKEY, DS change, DNSKEY removal); RFC 7583 3.3.1.
  ['KSK, Double-KSK', ['--role', 'ksk'], ['k1 k2 z1 | k1 k2 | z1 | -', 'k1 k2 z1 | k1 k2 | z1 | k2', 'k2 z1 | k2 | z1 | -'], ''],
  // RFC 7583 3.3.2: both DS at the parent, then the one key in the place of the other, then the old DS goes.
  [
    'KSK, Double-DS',
    ['--role', 'ksk', '--method', 'double-ds'],
    ['k1 z1 | k1 | z1 | k1 k2', 'k2 z1 | k2 | z1 | -', 'k2 z1 | k2 | z1 | k2'],
    KNOT,
  ],
  // RFC 7583 3.3.3: DNSKEY and DS come at the same time, and go at the same time.
  ['KSK, Double-RRset', ['--role', 'ksk', '--method', 'double-rrset'], ['k1 k2 z1 | k1 k2 | z1 | k1 k2', 'k2 z1 | k2 | z1 | k2'], ''],
  // RFC 6781 4.1.3: what holds for a KSK and for a ZSK holds for a key that is both; data are signed by old and new one until the DS has changed.
  ['KSK and ZSK to one key', ['--to', 'csk'], ['c1 k1 z1 | c1 k1 | z1 | -', 'c1 k1 z1 | c1 k1 | c1 z1 | c1', 'c1 | c1 | c1 | -'], ''],
  // RFC 7583 4: a standby ZSK is published and not used; of a standby KSK the DS or the DNSKEY is there before it is needed.
  ['a standby ZSK', ['--standby', 'zsk', '--how', 'dnskey'], ['k1 z1 z2 | k1 | z1 | -'], ''],
  ['a standby KSK, its DS', ['--standby', 'ksk', '--how', 'ds'], ['k1 z1 | k1 | z1 | k1 k2'], KNOT],
  // RFC 8078 4: the delete form; RFC 4035 5.2: signed as long as some cache has a DS. The release after it is unsigned.
  ['going insecure', ['--insecure'], ['k1 z1 | k1 | z1 | delete'], ''],
];

test.each(WAYS)(
  '%s: each release is what the RFC says, passes all judges on both sides, and is applied',
  async (_, start, phases, abstained) => {
    using stage = secure.begin();
    const follower = await rolled(stage, start);
    expect(follower.phases).toEqual(phases);
    expect([...follower.abstained].join()).toBe(abstained);
    expect(follower.manifest!.kind).toBe(start.includes('--insecure') ? 'unsigned' : 'zone');
  },
);

// RFC 7583 3.3.4, RFC 5011 2.1: after the DS has changed the old KSK is published revoked, and signs the DNSKEY RRset; 2.4.1: 30 days before the new one counts.
test('a KSK that is a trust anchor', async () => {
  using stage = secure.begin();
  stage.workspace.edit((text) => text.replace(/policies:\n {2}default:\n/, '$&    rfc5011: minimum\n'));
  await stage.must('policy', 'apply');
  expect((await rolled(stage, ['--role', 'ksk'], 32)).phases).toEqual([
    'k1 k2 z1 | k1 k2 | z1 | -',
    'k1 k2 z1 | k1 k2 | z1 | k2',
    'k1! k2 z1 | k1! k2 | z1 | -',
    'k2 z1 | k2 | z1 | -',
  ]);
});

// RFC 4035 5.3.1: any zone key of the DNSKEY RRset may sign; here the KSK signs what changes, and the ZSK that is gone signs nothing anew.
test('a ZSK that is lost', async () => {
  using stage = secure.begin();
  const follower = await rolled(stage, ['--lost', `${await loseKey(stage, 'zsk')}`]);
  expect(follower.phases).toEqual(['k1 z1 z2 | k1 | k1 | -', 'k1 z1 z2 | k1 | z2 | -', 'k1 z2 | k1 | z2 | -']);
  expect([...follower.abstained]).toEqual([KNOT]);
});

// RFC 6781 4.2.1.2: the chain is broken: the key is taken out at once, and the new one signs.
test('a ZSK that is known to others, and two people who break the chain', async () => {
  using stage = secure.begin();
  const two = ['--break', 'bogus', '--approved-by', 'alice,bob', '--accept-bogus', '9999999'];
  const follower = await rolled(stage, ['--emergency', `${tagOf(stage, 'zsk')}`, ...two]);
  expect(follower.phases).toEqual(['k1 z2 | k1 | z2 | -']);
});

// RFC 8901 2.1.2: own KSK, own ZSK, and the ZSKs of the others; 8: CDS of all KSKs.
test('another operator who signs, too', async () => {
  using stage = secure.begin();
  const theirKsk = softKey(KSK, 13);
  const theirs = [theirKsk, softKey(ZSK, 13, [theirKsk])]
    .map(({ flags, algorithm, rdata }) => `${ZONE} IN DNSKEY ${flags} 3 ${algorithm} ${rdata.subarray(4).toString('base64')}\n`)
    .join('');
  const follower = new Follower(stage);
  await follower.take();
  const keys = stage.workspace.write('theirs', theirs);
  await stage.must('roll', 'join', '--zone', ZONE, '--operator', 'B', '--keys', keys, ...REASON);
  await toItsEnd(stage, follower);
  expect(follower.phases.slice(1)).toEqual(['k1 other-z1 z1 | k1 | z1 | k1 other-k1']);
  expect([...follower.abstained]).toEqual([KNOT]);
  expect(follower.manifest!.expected.map(({ form }) => form)).toEqual(['requested']);
});
