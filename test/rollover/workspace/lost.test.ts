import { afterAll, beforeAll, expect, test } from 'vitest';
import { loseKey } from './lose-key.ts';
import { later, REASON, secureWorkspace, seen, signersOf, tagOf, toTheEnd } from './settled.ts';
import { DAY, type RollStage, StageTemplate, ZONE } from './stage.ts';

const lost = (stage: RollStage, tag: number) => stage.run('roll', 'start', '--zone', ZONE, '--lost', `${tag}`, ...REASON);
const dnskeyOf = (stage: RollStage): readonly string[] =>
  stage
    .zoneFile()
    .split('\n')
    .filter((line) => /\sIN\s+(DNSKEY|RRSIG\s+DNSKEY)\s/.test(line));

let secure: StageTemplate;
beforeAll(async () => {
  secure = new StageTemplate(await secureWorkspace());
});
afterAll(() => secure?.[Symbol.dispose]());

// RFC 4035 5.3.1: an RRSIG is good that some zone key of the DNSKEY RRset has made; which role it has does not matter.
test('a lost ZSK: what it signed is kept, what changes is signed by the KSK until all caches have the new ZSK', async () => {
  using stage = secure.begin();
  const ksk = tagOf(stage, 'ksk');
  const gone = await loseKey(stage, 'zsk');
  expect((await stage.run('zone', 'sign', ZONE)).err).toContain('key/not-found');
  const started = await lost(stage, gone);
  expect(started.err).toMatch(/what the lost key has signed ends at \S+; to replace it takes .*so it must begin by \S+Z/);
  expect(started.status).toBe(0);
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect([signersOf(stage, 'SOA'), signersOf(stage, 'NS'), signersOf(stage, 'DNSKEY')]).toEqual([[ksk], [gone], [ksk]]);
  stage.workspace.write('example.zone', `${stage.workspace.read('example.zone')}new.example. IN A 192.0.2.99\n`);
  await stage.must('zone', 'sign', ZONE);
  expect(stage.zoneFile()).toContain('192.0.2.99');
  await toTheEnd(stage);
  expect(signersOf(stage, 'NS')).toEqual([tagOf(stage, 'zsk', -1)]);
  expect(stage.zoneFile()).not.toMatch(new RegExp(` ${gone} example\\. `));
});

// RFC 7583 3.3.2: with Double-DS the new DS is everywhere before the DNSKEY changes.
test('a lost KSK: the DNSKEY RRset stays as it was signed, without CDS, until the DS of the new key is with all caches', async () => {
  using stage = await secureWorkspace((text) => text.replace('cds-cdnskey-publish: rollover', 'cds-cdnskey-publish: always'));
  const gone = await loseKey(stage, 'ksk');
  const before = dnskeyOf(stage);
  expect((await lost(stage, gone)).err).toMatch(/Dreg|TTLds/);
  await stage.must('roll', 'advance', '--zone', ZONE);
  await stage.must('zone', 'sign', ZONE);
  expect(dnskeyOf(stage)).toEqual(before);
  expect(stage.zoneFile()).not.toMatch(/\sCDS\s/);
  const fresh = stage.roll.keys.at(-1)!;
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO', 'ksk HHR']);
  // Whatever else would sign the DNSKEY RRset anew is refused: nobody can.
  stage.workspace.edit((text) => text.replace(/policies:\n {2}default:\n/, '$&    dnskey-ttl: 2h\n'));
  await stage.must('policy', 'apply');
  const refused = await stage.run('zone', 'sign', ZONE);
  expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('sign/key-lost')]);
  stage.workspace.edit((text) => text.replace('    dnskey-ttl: 2h\n', ''));
  await stage.must('policy', 'apply');
  await stage.dsSeen(stage.roll.parent.request!.keys);
  await later(stage);
  expect([stage.vectors[0], stage.vectors[2]]).toEqual(['ksk UUO', 'ksk RRO']);
  expect(signersOf(stage, 'DNSKEY')).toEqual([fresh.keyTag]);
  await toTheEnd(stage);
  expect(stage.roll.parent.request!.keys).toEqual([fresh.name]);
});

test('a lost KSK beside one that stands by in the DNSKEY RRset: only its DS is waited for', async () => {
  using stage = secure.begin();
  await stage.must('roll', 'start', '--zone', ZONE, '--standby', 'ksk', ...REASON);
  await toTheEnd(stage);
  const gone = await loseKey(stage, 'ksk');
  expect((await lost(stage, gone)).status).toBe(0);
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect([stage.vectors[0], stage.vectors[2]]).toEqual(['ksk OOU', 'ksk OOR']);
  expect(signersOf(stage, 'DNSKEY')).toEqual(
    stage.roll.keys
      .filter(({ role }) => role === 'ksk')
      .map(({ keyTag }) => keyTag)
      .sort((a, b) => a - b),
  );
  await seen(stage);
  await toTheEnd(stage);
  expect(signersOf(stage, 'DNSKEY')).toEqual([tagOf(stage, 'ksk', -1)]);
});

test('after the end of what a lost KSK has signed nothing can replace it without a break', async () => {
  using stage = secure.begin();
  const gone = await loseKey(stage, 'ksk');
  stage.now += 200 * DAY;
  expect((await lost(stage, gone)).err).toContain('roll/too-late');
});
