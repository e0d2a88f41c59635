import { expect, test } from 'vitest';
import { openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
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
