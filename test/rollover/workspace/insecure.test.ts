import { afterAll, beforeAll, expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { release } from '../../support/release-cli.ts';
import { REASON, secureWorkspace, seen, signersOf, tagOf } from './settled.ts';
import { RollStage, ZONE } from './stage.ts';

let base: RollStage;
beforeAll(async () => {
  base = await secureWorkspace();
});
afterAll(() => base[Symbol.dispose]());

let copies = 0;
/** The same secure zone for each test. */
const copied = (): RollStage => new RollStage(base.workspace.copyTo(`${base.workspace.dir}-${++copies}`), base.now);

// RFC 8078 4: the delete form is `CDS 0 0 0 00` and `CDNSKEY 0 3 0 AA==`, one record each; RFC 6781 4.2.1.2: the zone stays signed meanwhile.
test('going insecure asks for no DS in the delete form, and goes back to the DS of before', async () => {
  using stage = copied();
  await stage.must('roll', 'start', '--zone', ZONE, '--insecure', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.zoneFile().match(/\sIN\s+CDS\s+\d.*/g)).toEqual([expect.stringMatching(/CDS\s+0 0 0 00/)]);
  expect(stage.zoneFile().match(/\sIN\s+CDNSKEY\s+\d.*/g)).toEqual([expect.stringMatching(/CDNSKEY\s+0 3 0 AA==/)]);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  await seen(stage, 0);
  const { serial } = stage;
  // DprpP + TTLds after the DS was last seen: until then the zone is signed as it was.
  expect((await stage.must('roll', 'status', '--zone', ZONE)).out).toMatch(/waits: DS of KSK \d+ hidden: until \d{4}-/);
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  expect(stage.serial).toBe(serial);
  await stage.must('roll', 'cancel', '--zone', ZONE, ...REASON);
  expect(stage.vectors).toEqual(['ksk OOR', 'zsk OO']);
  expect(stage.zoneFile()).toMatch(new RegExp(`\\sCDS\\s+${tagOf(stage, 'ksk')} 13 2 `));
});

/** `release verify` of the newest release, as the connected side does it. */
const verified = ({ workspace, serial, now }: RollStage) =>
  release(
    ...['verify', workspace.path('releases', 'example', `${serial}`), '--key', workspace.path('audit', 'vkeys')],
    ...['--practice', '--judges', 'none', '--now', isoText(now)],
  );

// RFC 7583 3.3.1, 3.3.2: of the new KSK the DNSKEY comes first, its DS when caches have it, or the other way round; RFC 8078 4: the delete form asks for none.
test.each([
  ['a new KSK that has no DS yet', ['--role', 'ksk'], 1],
  ['a new KSK whose DS comes before it', ['--role', 'ksk', '--method', 'double-ds'], 1],
  ['a zone that goes insecure', ['--insecure'], 0],
])('the connected side takes a release of %s', async (_, what, entryPoints) => {
  using stage = copied();
  const old = tagOf(stage, 'ksk');
  await stage.must('roll', 'start', '--zone', ZONE, ...what, ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  const dsset = stage.workspace.read('releases', 'example', `${stage.serial}`, 'dsset');
  expect([...dsset.matchAll(/ IN DS (\d+) /g)].map(([, tag]) => Number(tag))).toEqual(entryPoints === 0 ? [] : [old]);
  expect(await verified(stage)).toMatch(/serial \d+: good\n$/);
});

// RFC 5011 5: a zone that is a trust anchor revokes all anchors before it is unsigned; 2.1: a revoked key signs the DNSKEY RRset itself.
test('a zone whose keys are trust anchors revokes them before it is unsigned', async () => {
  const judged = (text: string): string =>
    text.replace(/judges: \[\]\n {2}agree: 0/, 'judges: [named-checkzone, ldns-verify-zone, kzonecheck]\n  agree: 3');
  using stage = await secureWorkspace((text) =>
    judged(text).replace(/policies:\n {2}default:\n/, '$&    rfc5011: minimum\n    cds-cdnskey-publish: always\n'),
  );
  const ksk = tagOf(stage, 'ksk');
  await stage.must('roll', 'start', '--zone', ZONE, '--insecure', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  await seen(stage);
  expect(stage.zoneFile()).toMatch(/\sDNSKEY\s+385 /);
  // RFC 7344 4.1: CDS are signed by a key of the DS RRset; there is none, and a revoked key vouches for nothing.
  expect(stage.zoneFile()).not.toMatch(/\sCDS\s/);
  expect([signersOf(stage, 'DNSKEY'), signersOf(stage, 'SOA')]).toEqual([[ksk + 128], [tagOf(stage, 'zsk')]]);
  expect(await verified(stage)).toMatch(/serial \d+: good\n$/);
  await seen(stage);
  expect(stage.vectors).toEqual(['ksk UUH', 'zsk UU']);
  expect(stage.workspace.read('releases', 'example', `${stage.serial}`, 'zone.unsigned')).not.toMatch(/\s(?:RRSIG|DNSKEY)\s/);
});
