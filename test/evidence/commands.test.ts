import { expect, test } from 'vitest';
import { parseName } from '../../signer/dns/name.ts';
import { dsRdata } from '../../signer/dnssec/dnskey.ts';
import { isoText } from '../../src/config/time-text.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { DAY, PLAIN, RollStage, signedWorkspace, ZONE } from '../rollover/workspace/stage.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../support/workspace.ts';

const HOUR = 3600;

/** A stage that brings its evidence as operators do, in files. */
class Evidence {
  readonly stage: RollStage;
  #count = 0;

  constructor(stage: RollStage) {
    this.stage = stage;
  }

  get kskTag(): number {
    return this.stage.roll.keys.find(({ role }) => role === 'ksk')!.keyTag;
  }

  /** @param dnskey what all of them give out; absent: they were not asked */
  zone(serials: readonly (number | string)[], at = this.stage.now, dnskey?: readonly object[]) {
    const servers = serials.map((serial, i) => ({
      name: `ns${i + 1}.example.`,
      address: `192.0.2.${i + 1}`,
      ...(typeof serial === 'number' ? { serial, ...(dnskey === undefined ? {} : { dnskey }) } : { error: serial }),
    }));
    return this.#import({ kind: 'zone', servers }, at);
  }

  /** @param sets by server: does it have the DS of the KSK? */
  ds(sets: readonly boolean[], at = this.stage.now) {
    const servers = sets.map((has, i) => ({ name: `p${i + 1}.`, address: `192.0.2.${i + 1}`, ttl: DAY, ds: has ? [this.record()] : [] }));
    return this.#import({ kind: 'ds', servers }, at);
  }

  record() {
    const key = readWorkspace(this.stage.workspace.dir).state.zones[ZONE]!.keys.find(({ role }) => role === 'ksk')!;
    const rdata = dsRdata(parseName(ZONE), Buffer.from(key.dnskey, 'base64'), 2);
    return { keyTag: key.keyTag, algorithm: key.algorithm, digestType: 2, digest: Buffer.from(rdata.subarray(4)).toString('hex') };
  }

  dnskeys() {
    return readWorkspace(this.stage.workspace.dir).state.zones[ZONE]!.keys.map(({ dnskey }) => {
      const rdata = Buffer.from(dnskey, 'base64');
      return { flags: rdata.readUInt16BE(0), algorithm: rdata[3]!, publicKey: rdata.subarray(4).toString('base64') };
    });
  }

  #import(body: object, at: number, ...more: readonly string[]) {
    const file = this.stage.workspace.write(
      `evidence-${++this.#count}.json`,
      JSON.stringify({ format: 1, zone: ZONE, observed: isoText(at), ...body }),
    );
    return this.stage.run('evidence', 'import', file, ...more);
  }
}

async function untilDs(): Promise<Evidence> {
  const stage = await signedWorkspace();
  const evidence = new Evidence(stage);
  expect(await evidence.zone([stage.serial, stage.serial])).toMatchObject({ status: 0 });
  stage.now += DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  return evidence;
}

test('a first DS: not before its time, then on evidence of every server of the parent', async () => {
  using stage = await signedWorkspace();
  const evidence = new Evidence(stage);
  const tag = `${evidence.kskTag}`;
  const early = await stage.run('ds', 'submit', ZONE, '--key', tag);
  expect(early).toMatchObject({ status: 1, err: expect.stringContaining('ds/not-yet') });
  expect(await stage.run('ds', 'export', ZONE).catch((error: unknown) => error)).toMatchObject({ status: 2 });
  const silent = await evidence.zone([stage.serial, 'timed out']);
  expect(silent).toMatchObject({ status: 1, err: expect.stringContaining('evidence/server-silent') });
  await evidence.zone([stage.serial, stage.serial - 1]);
  expect(stage.roll.versions.at(-1)!.from).toBe('awaited');
  const [ksk, zsk] = evidence.dnskeys();
  const other = await evidence.zone([stage.serial, stage.serial], stage.now, [ksk!]);
  expect(other).toMatchObject({ status: 1, err: expect.stringMatching(/evidence\/contradiction.*lacks DNSKEY \d+\/13 with flags 256/s) });
  expect(stage.roll.versions.at(-1)!.from).toBe('awaited');
  await evidence.zone([stage.serial, stage.serial], stage.now, [zsk!, ksk!]);
  expect(stage.roll.versions.at(-1)!.from).not.toBe('awaited');
  stage.now += 3 * HOUR;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toContain('ksk OOR');
  await stage.must('ds', 'submit', ZONE, '--key', tag);
  expect(await stage.run('ds', 'seen', ZONE, '--key', tag)).toMatchObject({ status: 1, err: expect.stringContaining('ds/no-evidence') });
  await evidence.ds([true, false]);
  stage.now += 3 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors, 'servers that do not agree let no time pass').toContain('ksk OOR');
  await evidence.ds([true, true]);
  stage.now += DAY + 3 * HOUR;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toContain('ksk OOO');
});

test('the word of an operator is an exception in the log; checkds is the same under the words of BIND', async () => {
  const evidence = await untilDs();
  using stage = evidence.stage;
  const tag = `${evidence.kskTag}`;
  const exceptions = () => readWorkspace(stage.workspace.dir).state.exceptions;
  const before = exceptions();
  await stage.must('checkds', 'published', ZONE, '--key', tag, '--attest', '--reason', 'seen with dig on all four servers');
  expect(exceptions()).toBe(before + 1);
  await stage.must('release', 'published', ZONE, `${stage.serial}`, '--attest', '--reason', 'the monitoring is green everywhere');
  expect(exceptions()).toBe(before + 2);
  const known = await stage.must(
    'release',
    'published',
    ZONE,
    `${stage.serial}`,
    '--attest',
    '--reason',
    'the monitoring is green everywhere',
  );
  expect(known.out, 'a word that changes nothing is no exception').toMatch(
    /is known to be with all servers since \S+; nothing was written/,
  );
  expect(exceptions()).toBe(before + 2);
  // Since a server went back, nothing is known any more; a word about the time before says nothing.
  const { serial } = stage;
  const doubted = stage.now;
  expect(await evidence.zone([serial, serial - 1])).toMatchObject({ status: 1, err: expect.stringContaining('evidence/contradiction') });
  const late = ['--at', isoText(doubted), '--attest', '--reason', 'all had it then'];
  const older = await stage.run('release', 'published', ZONE, `${serial}`, ...late);
  expect([older.status, older.err]).toEqual([1, expect.stringContaining('evidence/older')]);
  expect(exceptions()).toBe(before + 2);
  const future = await stage.run(
    'release',
    'published',
    ZONE,
    `${stage.serial}`,
    '--at',
    isoText(stage.now + DAY),
    '--attest',
    '--reason',
    'not seen at all yet',
  );
  expect(future).toMatchObject({ status: 1, err: expect.stringContaining('evidence/future') });
  const unknown = await stage.run('release', 'published', ZONE, '4711', '--attest', '--reason', 'a serial of somebody else');
  expect(unknown).toMatchObject({ status: 1, err: expect.stringContaining('evidence/unknown-serial') });
});

test('lost, delayed, duplicated, reordered and contradicting files never make time run faster', async () => {
  const evidence = await untilDs();
  using stage = evidence.stage;
  const first = stage.now;
  await evidence.ds([true, true], first);
  const since = () => stage.roll.keys.find(({ role }) => role === 'ksk')!.records.ds;
  expect(since()).toMatchObject({ kind: 'rumoured', from: first });
  stage.now += HOUR;
  await evidence.ds([true, true], first);
  await evidence.ds([true, true]);
  expect(since(), 'the same again').toMatchObject({ from: first });
  const back = await evidence.ds([true, true], first - HOUR);
  expect(back.out, 'an older file is told and not used').toContain('older than the last observation');
  const gone = await evidence.ds([false, false]);
  expect(gone.status).toBe(0);
  expect(since(), 'gone before it was everywhere: its time begins anew').toMatchObject({ kind: 'rumoured', from: 'awaited' });
  stage.now += HOUR;
  await evidence.ds([true, true]);
  expect(since()).toMatchObject({ from: expect.any(Number) });
  expect((since() as { from: number }).from).toBeGreaterThan(first);
  stage.now += DAY + 3 * HOUR;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toContain('ksk OOO');
  const vanished = await evidence.ds([false, false]);
  expect(vanished).toMatchObject({ status: 1, err: expect.stringContaining('evidence/contradiction') });
});

test('a DS with tag and algorithm of our key and another digest is of no key of the zone', async () => {
  const evidence = await untilDs();
  using stage = evidence.stage;
  const record = { ...evidence.record(), digest: '00'.repeat(32) };
  const file = stage.workspace.write(
    'twin.json',
    JSON.stringify({
      format: 1,
      kind: 'ds',
      zone: ZONE,
      observed: isoText(stage.now),
      servers: [{ name: 'p1.', address: '192.0.2.1', ttl: DAY, ds: [record] }],
    }),
  );
  expect(await stage.run('evidence', 'import', file)).toMatchObject({ status: 1, err: expect.stringContaining('of no key of the zone') });
});

test('every server of the last file is asked again, unless the servers have changed; a zone that is not configured, a serial of somebody else', async () => {
  const evidence = await untilDs();
  using stage = evidence.stage;
  expect(await evidence.zone([stage.serial])).toMatchObject({ status: 1, err: expect.stringContaining('evidence/server-missing') });
  const body = {
    format: 1,
    kind: 'zone',
    zone: ZONE,
    observed: isoText(stage.now),
    servers: [{ name: 'ns1.example.', address: '192.0.2.1', serial: stage.serial }],
  };
  const file = stage.workspace.write('fewer.json', JSON.stringify(body));
  await stage.must('evidence', 'import', file, '--servers-changed', 'ns2 was taken out of the zone');
  const other = stage.workspace.write('other.json', JSON.stringify({ ...body, zone: 'elsewhere.' }));
  expect(await stage.run('evidence', 'import', other)).toMatchObject({ status: 1, err: expect.stringContaining('workspace/unknown-zone') });
  const foreign = stage.workspace.write(
    'foreign.json',
    JSON.stringify({ ...body, servers: [{ ...body.servers[0], serial: stage.serial + 9 }] }),
  );
  expect(await stage.run('evidence', 'import', foreign)).toMatchObject({
    status: 1,
    err: expect.stringContaining('evidence/unknown-serial'),
  });
});

// RFC 4035 5.2: with a DS and without a DNSKEY that fits to it a zone is bogus; what ends that is to sign it, or to take the DS away.
test('a DS that is at the parent before the zone was ever signed: told as bogus with the way out, which works', async () => {
  const workspace = await makeTestWorkspace({ practice: true, zones: { [ZONE]: EXAMPLE_ZONE }, config: PLAIN });
  using stage = new RollStage(workspace, Math.floor(Date.now() / 1000) + DAY);
  const evidence = new Evidence(stage);
  const early = await evidence.ds([true, true]);
  expect([early.status, early.err]).toEqual([
    1,
    expect.stringMatching(/evidence\/contradiction.*BOGUS now; sign it.*coldsign zone sign example\./s),
  ]);
  await stage.must('zone', 'sign', ZONE);
  expect(stage.vectors).toEqual(['ksk RRR', 'zsk RR']);
  expect((await stage.workspace.must('ds', 'export', ZONE)).out).toContain(`DS ${evidence.kskTag} 13 2`);
  await evidence.zone([stage.serial]);
  await evidence.ds([true, true]);
  stage.now += 2 * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors).toEqual(['ksk OOO', 'zsk OO']);
  expect(stage.roll.roll).toBeUndefined();
  const file = workspace.write('large.json', ' '.repeat(8 * 1024 * 1024 + 1));
  const refused = await stage.run('evidence', 'import', file);
  expect([refused.status, refused.err], 'far too large for evidence: not read').toEqual([
    1,
    expect.stringMatching(/evidence\/form.*8388609 octets; 8388608 are the most/s),
  ]);
});
