import { expect, test } from 'vitest';
import { openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { dsRdata } from '../../../signer/dnssec/dnskey.ts';
import { isoText } from '../../../src/config/time-text.ts';
import { stepOfSigning } from '../../../src/rollover/release-step.ts';
import { zoneRollOf } from '../../../src/rollover/zone-roll.ts';
import { forgetKey, startRoll } from '../../../src/state/zone-rolls.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import type { Session } from '../../../src/workspace/session.ts';
import { addForeign, tokenUri } from '../../lifecycle/stage.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../../support/workspace.ts';
import { later, REASON, secureWorkspace, seen, tagOf, toTheEnd } from './settled.ts';
import { DAY, PLAIN, RollStage, ZONE } from './stage.ts';

// RFC 7583 3.2.1: a key is removed when Iret is over, and not needed from then on.
test('a key that a rollover has taken away is destroyed once all its records are hidden, and not before', async () => {
  using stage = await secureWorkspace();
  const old = tagOf(stage, 'zsk');
  await stage.must('roll', 'start', '--zone', ZONE, '--role', 'zsk', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  await seen(stage);
  await seen(stage);
  const destroy = () => stage.run('key', 'destroy', '--zone', ZONE, '--key', `${old}`, '--confirm', `${old}`, ...REASON);
  stage.now += 30 * DAY;
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk UH', 'zsk OO']);
  const refused = await destroy();
  expect([refused.status, refused.err]).toEqual([
    1,
    expect.stringContaining('by its rollover caches may have it: its DNSKEY is unretentive'),
  ]);
  await toTheEnd(stage);
  const { zones } = JSON.parse((await stage.must('roll', 'status', '--json')).out) as {
    zones: { keys: { keyTag: number; state: object }[] }[];
  };
  expect(zones[0]!.keys.find(({ keyTag }) => keyTag === old)!.state).toEqual({ kind: 'removed', isCached: false });
  expect(await destroy()).toMatchObject({ status: 0 });
  expect(stage.roll.keys.map(({ keyTag }) => keyTag)).not.toContain(old);
  await stage.must('zone', 'sign', ZONE);
});

/** A zone of another signer, whose keys are on the token; `sep`: labels of those that are KSKs. */
async function takenOver(): Promise<{ readonly stage: RollStage; readonly records: Readonly<Record<string, string>> }> {
  const workspace = await makeTestWorkspace({ practice: true, config: PLAIN });
  const stage = new RollStage(workspace, Math.floor(Date.now() / 1000) + DAY);
  await stage.must('zone', 'add', ZONE, '--source', workspace.write('example.zone', EXAMPLE_ZONE), '--apply');
  addForeign(workspace, [
    { kind: 'pair', label: 'their-ksk', id: 'aa01' },
    { kind: 'pair', label: 'their-zsk', id: 'aa02' },
  ]);
  const uri = parsePkcs11Uri(tokenUri(workspace));
  await using keystore = await openKeystore({ uri, pin: choosePinSource(uri), workers: 1 });
  const found = await keystore.listKeys();
  const record = (label: string, flags: number): string =>
    `${ZONE} IN DNSKEY ${flags} 3 13 ${Buffer.from(found.find((key) => key.label === label)!.publicKey!).toString('base64')}\n`;
  return { stage, records: { ksk: record('their-ksk', 257), zsk: record('their-zsk', 256) } };
}

// RFC 7583 3.3.5 lets first keys go without waits; keys that another signer has published are no first keys.
test('a zone with imported keys is not signed as a new one: its DS may be there, and is looked for before anything rolls', async () => {
  const { stage, records } = await takenOver();
  using _ = stage;
  const imports = (text: string) => stage.must('key', 'import', '--zone', ZONE, '--from', stage.workspace.write('keys', text));
  await imports(records['ksk']!);
  await stage.must('key', 'generate', '--zone', ZONE, '--role', 'zsk');
  const half = await stage.run('zone', 'sign', ZONE);
  expect([half.status, half.err]).toEqual([1, expect.stringContaining('roll/import-incomplete')]);
  await imports(records['zsk']!);
  await stage.must('zone', 'sign', ZONE);
  // The generated key was never published, and is not now.
  expect(stage.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(2);
  expect([stage.roll.roll, stage.roll.wantsDs]).toEqual([undefined, true]);
  expect(stage.vectors).toEqual(['ksk RRR', 'zsk RR', 'zsk HH']);
  const start = () => stage.run('roll', 'start', '--zone', ZONE, '--role', 'ksk', ...REASON);
  expect((await start()).err).toMatch(/roll\/(unsettled|ds-unknown)/);
  await stage.published();
  await later(stage);
  expect(stage.vectors).toEqual(['ksk OOR', 'zsk OO', 'zsk HH']);
  expect((await start()).err).toContain('roll/ds-unknown');
  await stage.dsSeen([stage.roll.keys[0]!.name]);
  await later(stage);
  expect(stage.vectors[0]).toBe('ksk OOO');
  expect(await start()).toMatchObject({ status: 0 });
  expect(readWorkspace(stage.workspace.dir).state.zones[ZONE]!.roll!.roll!.kind).toBe('ksk');
});

/** What a command that signs would do with the zone now. */
function signing({ workspace, now }: RollStage): Pick<Session, 'state' | 'config' | 'now'> {
  const { state, config } = readWorkspace(workspace.dir);
  return { state, config, now };
}

// RFC 7583 appendix A: that the DS is there tells of the DS, not of the DNSKEY: with the first release here both are what caches may have.
test('imported keys whose DS was looked at before the first signing stay in the zone', async () => {
  const { stage, records } = await takenOver();
  using _ = stage;
  await stage.must('key', 'import', '--zone', ZONE, '--from', stage.workspace.write('keys', records['ksk']! + records['zsk']!));
  const key = readWorkspace(stage.workspace.dir).state.zones[ZONE]!.keys.find(({ role }) => role === 'ksk')!;
  const digest = Buffer.from(dsRdata(parseName(ZONE), Buffer.from(key.dnskey, 'base64'), 2).subarray(4)).toString('hex');
  const ds = [{ keyTag: key.keyTag, algorithm: key.algorithm, digestType: 2, digest }];
  const servers = [{ name: 'p.', address: '192.0.2.1', ttl: DAY, ds }];
  const file = stage.workspace.write(
    'ds.json',
    JSON.stringify({ format: 1, kind: 'ds', zone: ZONE, observed: isoText(stage.now), servers }),
  );
  expect((await stage.run('evidence', 'import', file)).err).toContain('evidence/contradiction');
  await stage.must('zone', 'sign', ZONE);
  expect(stage.vectors).toEqual(['ksk RRR', 'zsk RR']);
  await stage.must('zone', 'sign', ZONE);
  expect(stage.zoneFile().match(/\sDNSKEY\s+25/g)).toHaveLength(2);
});

test('a first signing that was refused gives way to keys that are imported after it', async () => {
  const { stage, records } = await takenOver();
  using _ = stage;
  await stage.must('key', 'generate', '--zone', ZONE);
  const session = signing(stage);
  const zone = session.config.zones[ZONE]!;
  const begun = stepOfSigning(session as Session, zone).started!;
  await stage.must('key', 'import', '--zone', ZONE, '--from', stage.workspace.write('keys', records['ksk']! + records['zsk']!));
  const after = signing(stage);
  startRoll(after.state.zones[ZONE]!, begun);
  const { zone: taken, change } = stepOfSigning(after as Session, zone);
  expect([taken.roll, change!.roll]).toEqual([undefined, 'none']);
  const published = taken.keys.filter(({ records: { dnskey } }) => dnskey?.kind === 'rumoured').map(({ keyTag }) => keyTag);
  const imported = after.state.zones[ZONE]!.keys.slice(-2).map(({ keyTag }) => keyTag);
  expect(published.toSorted()).toEqual(imported.toSorted());
  expect(taken.keys.filter(({ goals }) => Object.keys(goals).length > 0)).toHaveLength(2);
});

test('a first signing that was refused begins anew when one of its keys was destroyed', async () => {
  const { stage } = await takenOver();
  using _ = stage;
  await stage.must('key', 'generate', '--zone', ZONE);
  const session = signing(stage);
  const zone = session.config.zones[ZONE]!;
  const first = stepOfSigning(session as Session, zone).started!;
  await stage.must('key', 'generate', '--zone', ZONE, '--role', 'zsk');
  const later = signing(stage);
  const known = later.state.zones[ZONE]!;
  startRoll(known, first);
  expect(stepOfSigning(later as Session, zone).started).toBeUndefined();
  const [old] = known.keys.splice(
    known.keys.findIndex(({ role }) => role === 'zsk'),
    1,
  );
  forgetKey(known, old!);
  const again = stepOfSigning(later as Session, zone);
  expect(again.started!.roll).toMatchObject({ id: 2, kind: 'first-signing' });
  expect(again.started!.roll.new.toSorted()).toEqual(
    zoneRollOf(later.state, ZONE)
      .keys.map(({ name }) => name)
      .toSorted(),
  );
  expect(again.moves).toHaveLength(4);
});
