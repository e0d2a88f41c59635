import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isoText } from '../../../src/config/time-text.ts';
import { needsOfKey } from '../../../src/keys/zone-needs.ts';
import { parseManifest } from '../../../src/release/manifest.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { answerOf, askSecondVerifier } from '../../audit-export/support/second-verifier.ts';
import { CrashStage, expectWhole } from '../../crash/harness.ts';
import { EXAMPLE_ZONE, inProcess } from '../../support/workspace.ts';
import { later, REASON, secureWorkspace, seen, tagOf } from './settled.ts';
import { RollStage, signedWorkspace, ZONE } from './stage.ts';

/** The way of a zone back to insecure, and from there to keys again; each test goes on from where the one before it ended. */
let stage: RollStage;
/** Serial of the last release that was signed. */
let signed: number;

const DS = 'child.example. IN DS 4711 13 2 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n';
/** A source that is a signed zone of another signer: what is the signer's has to go. */
const OLD = 'example. IN NSEC3PARAM 1 0 0 -\nexample. IN DNSKEY 257 3 13 AQID\nwww.example. IN NSEC ns1.example. A NSEC\n';
const SIGNER_OWNED = /\s(?:RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY|CDS|CDNSKEY|ZONEMD)\s/;

beforeAll(async () => {
  stage = await secureWorkspace((text) => text.replace(/policies:\n {2}default:\n/, '$&    cds-cdnskey-publish: always\n'));
  stage.workspace.edit((text) => text.replace(/ {2}agree: 0\n/, '$&  limits: { removed: 2 }\n'));
  await stage.must('policy', 'apply');
  stage.workspace.write('example.zone', `${EXAMPLE_ZONE}${DS}${OLD}`);
  await stage.must('zone', 'sign', ZONE);
  await seen(stage);
  await stage.must('roll', 'start', '--zone', ZONE, '--insecure', ...REASON);
  await stage.must('roll', 'advance', '--zone', ZONE);
  signed = stage.serial;
  await seen(stage, 0);
});
afterAll(() => stage[Symbol.dispose]());

const place = (name: string): string => stage.workspace.path('releases', 'example', `${stage.serial}`, name);
const read = (name: string): string => stage.workspace.read('releases', 'example', `${stage.serial}`, name);
const manifest = () => parseManifest(read('MANIFEST').split('\n\n')[0]!.concat('\n'));
/** `plan simulate`: no resolver finds it bogus on the way that lies ahead. */
const isSafe = async () => expect((await stage.must('plan', 'simulate', '--zone', ZONE)).out).toContain('no resolver can find it bogus');
const state = () => readWorkspace(stage.workspace.dir).state.zones[ZONE]!;
const isDue = async (): Promise<string> =>
  (await stage.must('zone', 'list')).out
    .trimEnd()
    .split(/\s{2,}/)
    .at(-1)!;

// RFC 6781 4.1.4, RFC 8078 4: DNSKEY and signatures go when no cache has the DS any more, and not before.
test('a step that the gate refuses has not happened', async () => {
  expect(stage.vectors).toEqual(['ksk OOU', 'zsk OO']);
  stage.workspace.write('example.zone', EXAMPLE_ZONE.split('\n').slice(0, 4).join('\n').concat('\nns1.example. IN A 192.0.2.1\n'));
  stage.now += 3 * 86_400;
  const { status, err } = await stage.run('roll', 'advance', '--zone', ZONE);
  expect([status, err]).toEqual([1, expect.stringContaining('gate/refused')]);
  expect(stage.vectors).toEqual(['ksk OOH', 'zsk OO']);
  expect(stage.serial).toBe(signed);
  expect(state().unsignedSince).toBeUndefined();
  expect(Object.keys(readWorkspace(stage.workspace.dir).state.intents)).toEqual([]);
  stage.workspace.write('example.zone', `${EXAMPLE_ZONE}${DS}${OLD}`);
});

/** So many of the calls that change the disk. */
const POINTS = 4;

test('killed: the zone is released unsigned with the step, or it is signed as it was; the next command ends it', {
  timeout: 120_000,
}, async () => {
  const args = ['roll', 'advance', '--zone', ZONE];
  const copy = stage.workspace.copyTo(`${stage.workspace.dir}-killed`);
  using crash = new CrashStage(copy, [...args, '--now', isoText(stage.now + 60)]);
  const calls = await crash.calls();
  const outcomes = new Set<string>();
  for (let i = 0; i < POINTS; i++) {
    const workspace = await crash.crash(1 + Math.floor(((i + 0.5) * calls.length) / POINTS), 'before');
    const next = new RollStage(workspace, stage.now + 120);
    await next.must('zone', 'sign', ZONE);
    const { releases, unsignedSince } = readWorkspace(workspace.dir).state.zones[ZONE]!;
    outcomes.add(next.vectors.join());
    expect(next.vectors.join()).toBe(unsignedSince === undefined ? 'ksk OOH,zsk OO' : 'ksk UUH,zsk UU');
    expect(releases.at(-1)!.kind).toBe(unsignedSince === undefined ? undefined : 'unsigned');
    await next.must(...args);
    expect(next.vectors).toEqual(['ksk UUH', 'zsk UU']);
    await expectWhole(workspace);
  }
  expect(outcomes.size).toBe(2);
});

test('the unsigned zone is a release like any other, with the step that ends the signatures', async () => {
  const { out } = await stage.must('roll', 'advance', '--zone', ZONE);
  expect(out).toMatch(/^example\. serial \d+ released UNSIGNED\n/);
  expect(stage.vectors).toEqual(['ksk UUH', 'zsk UU']);
  expect(stage.serial).toBeGreaterThan(signed);
  const text = read('zone.unsigned');
  expect(text).not.toMatch(SIGNER_OWNED);
  expect(text).toMatch(/^child\.example\.\s.*\sDS\s+4711 13 2 /m);
  expect(text).toMatch(new RegExp(`^example\\.\\s+3600\\s+IN\\s+SOA\\s+\\S+ \\S+ ${stage.serial} `));
  expect(['zone.signed', 'dsset', 'cds', 'sign-report.json'].filter((name) => existsSync(place(name)))).toEqual([]);
  const nothing = { validFrom: undefined, validUntil: undefined, keys: [], expected: [] };
  expect(manifest()).toMatchObject({ kind: 'unsigned', serial: stage.serial, ...nothing, previous: { serial: signed } });
  const shown = await inProcess('release', 'show', place('.'), '--key', stage.workspace.path('audit', 'vkeys'));
  expect([shown.status, shown.out]).toEqual([0, expect.stringContaining('zone.unsigned')]);
  const { verdicts } = JSON.parse(read('gate-report.json')) as { verdicts: { rule: string; verdict: string }[] };
  expect(verdicts.filter(({ rule }) => !rule.startsWith('limit-')).map(({ rule, verdict }) => `${rule} ${verdict}`)).toEqual(
    ['unsigned', 'preservation', 'serial', 'findings', 'judges'].map((rule) => `${rule} pass`),
  );
  const release = state().releases.at(-1)!;
  expect(release).toMatchObject({ kind: 'unsigned', validUntil: 'unsigned', refreshAt: 'unsigned', keyTags: [], cds: { kind: 'none' } });
  // The answers of the unsigned zone are in caches, and for how long is told by its own TTLs.
  expect(release.version).toMatchObject({ isSigned: false, signatureTtl: 3600, negativeTtl: 3600 });
  expect(state().roll!.versions.at(-1)!.isSigned).toBe(false);
  await isSafe();
});

test('its data may change at any time, which neither signs it nor moves the rollover', async () => {
  expect(await isDue()).toBe('no');
  stage.workspace.write('example.zone', `${EXAMPLE_ZONE}${DS}${OLD}new.example. IN A 192.0.2.99\n`);
  expect(await isDue()).toContain('changed');
  const { unsignedSince } = state();
  const before = stage.serial;
  const json = JSON.parse((await stage.must('zone', 'sign', ZONE, '--json')).out) as { kind: string; report: object };
  expect(json.kind).toBe('unsigned');
  expect(json.report).toMatchObject({ zone: ZONE, serial: stage.serial, input: { stripped: { DNSKEY: 1, NSEC: 1, NSEC3PARAM: 1 } } });
  expect(stage.vectors).toEqual(['ksk UUH', 'zsk UU']);
  expect(manifest()).toMatchObject({ kind: 'unsigned', previous: { serial: before } });
  expect(read('zone.unsigned')).toMatch(/^new\.example\./m);
  expect(state().releases.at(-1)!.roll).toBeUndefined();
  expect(state().unsignedSince).toBe(unsignedSince);
  expect((await stage.must('zone', 'sign', '--all')).out).toContain(`${ZONE} serial ${stage.serial} released UNSIGNED\n`);
  // No DS of a key that has left is for the parent.
  expect((await stage.must('zone', 'show', ZONE)).out).not.toContain('  DS ');
  expect(JSON.parse((await stage.must('zone', 'show', ZONE, '--json')).out)).toMatchObject({ ds: [], unsignedSince: expect.any(String) });
});

// RFC 7583 3.2.1: Iret; what caches have of keys and signatures is gone when the unsigned version has been everywhere for so long.
test('the rollover ends when no cache has signatures, and everything tells since when the zone is unsigned', async () => {
  await stage.published();
  expect((await stage.must('roll', 'advance', '--all')).out).toContain('unsigned: since ');
  stage.now += 2 * 86_400;
  expect(await stage.run('roll', 'advance', '--all')).toMatchObject({ status: 0 });
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk HH']);
  expect(stage.roll.roll).toBeUndefined();
  const needs = state().keys.map((key) => needsOfKey(readWorkspace(stage.workspace.dir), key));
  // RFC 7583 3.2.1: a key that left may be forgotten when the zone without it is everywhere, and what it has signed has run out.
  expect(needs).toEqual(Array(2).fill([{ reason: expect.stringContaining(`release ${signed} has it`), until: expect.any(Number) }]));
  const since = new Date(state().unsignedSince! * 1000).toISOString().replace('.000', '');
  const again = `since ${since}; to sign it again: coldsign roll start --zone ${ZONE} --first-signing --reason TEXT`;
  expect((await stage.must('roll', 'advance', '--zone', ZONE)).out).toBe(`example. no new version\n  unsigned: ${again}\n`);
  expect((await stage.must('roll', 'status')).out).toContain(`  unsigned: ${again}\n`);
  expect((await stage.must('plan', 'show', '--zone', ZONE)).out).toContain(`unsigned       ${again}\n`);
  expect((await stage.must('status')).out).toContain(`unsigned since ${since}`);
  expect((await stage.must('zone', 'show', ZONE)).out).toContain(`unsigned   since ${since}`);
  expect((await stage.workspace.must('ds', 'export', ZONE)).out).toBe(
    `; example.: the parent is to have no DS; the zone is unsigned since ${since}\n`,
  );
  expect((await stage.must('audit', 'show')).out).toMatch(/UNSIGNED zone, 9 records, MANIFEST/);
  const json = JSON.parse((await stage.must('status', '--format', 'json')).out) as { zones: object[] };
  expect(json.zones[0]).toMatchObject({ unsignedSince: since, serial: stage.serial, due: [] });
  expect(json.zones[0]).not.toHaveProperty('validUntil');
  expect(await isDue()).toBe('no');
  await isSafe();
});

// RFC 4035 5.2: a DS RRset says that the zone is signed; without keys and signatures its answers are bogus.
test('that the parent has a DS again is told wherever the zone is said to be unsigned', async () => {
  using bogus = new RollStage(stage.workspace.copyTo(`${stage.workspace.dir}-bogus`), stage.now);
  await bogus.dsSeen([bogus.roll.keys[0]!.name]);
  const told = 'the parent has a DS and the zone is not signed: resolvers that validate find it BOGUS now; have it removed at the parent';
  const { status, out } = await bogus.run('status');
  expect(status).toBe(1);
  expect(out).toMatch(/ unsigned since \S+, BOGUS /);
  expect((await bogus.must('plan', 'show', '--zone', ZONE)).out).toContain('then breaks    what is bogus now stays so\n');
  expect(out).toContain(`next: example.: ${told}`);
  expect((await bogus.must('roll', 'status')).out).toContain(told);
  expect((await bogus.must('plan', 'show', '--zone', ZONE)).out).toContain(told);
  expect((await bogus.must('roll', 'advance', '--zone', ZONE)).out).toContain(told);
  expect((await bogus.must('zone', 'sign', ZONE)).err).toContain(`example.: ${told}`);
  await bogus.dsSeen([]);
  await later(bogus, 0);
  expect((await bogus.must('roll', 'status')).out).toContain('caches may have a DS of it still');
  await bogus.dsSeen([]);
  await later(bogus);
  expect((await bogus.must('status')).out).not.toContain('BOGUS');
});

test('a way back is of the data: what was signed comes back unsigned', async () => {
  expect((await stage.workspace.run('zone', 'diff', ZONE, '--from', `${signed}`, '--to', `${stage.serial}`)).out).toMatch(
    /^\+ new\.example\.\s/m,
  );
  await stage.must('release', 'rollback', ZONE, '--to', `${signed}`, '--reason', 'the new name was a mistake');
  expect(manifest().kind).toBe('unsigned');
  expect(read('zone.unsigned')).not.toMatch(/^new\.example\./m);
  expect(read('zone.unsigned')).not.toMatch(SIGNER_OWNED);
});

// RFC 7583 3.3.5 of first keys: "no wait"; but the DS has to wait until no cache has an answer without signatures any more.
test('it is signed anew with new keys, by a first signing alone', async () => {
  const old = [tagOf(stage, 'ksk'), tagOf(stage, 'zsk')];
  await stage.must('key', 'generate', '--zone', ZONE);
  await stage.must('zone', 'sign', ZONE);
  expect(manifest().kind).toBe('unsigned');
  await stage.must('roll', 'start', '--zone', ZONE, '--first-signing', ...REASON);
  await stage.must('zone', 'sign', ZONE);
  expect(manifest().kind).toBe('unsigned');
  await isSafe();
  expect((await stage.must('roll', 'advance', '--zone', ZONE)).out).toMatch(/^example\. serial \d+ released\n/);
  await isSafe();
  expect(stage.vectors).toEqual(['ksk HHH', 'zsk HH', 'ksk RRH', 'zsk RR']);
  expect(manifest()).toMatchObject({ kind: 'zone' });
  expect(
    manifest()
      .keys.map(({ tag }) => tag)
      .sort(),
  ).toEqual([tagOf(stage, 'ksk', -1), tagOf(stage, 'zsk', -1)].sort());
  expect(manifest().keys.map(({ tag }) => tag)).not.toEqual(expect.arrayContaining(old));
  expect(read('dsset')).toBe('');
  expect(state().unsignedSince).toBeUndefined();
  await stage.published();
  // The largest of TTLsig, TTLkey and that of negative answers is an hour.
  stage.now += 3600 - 180;
  await stage.must('roll', 'advance', '--zone', ZONE);
  expect(stage.vectors.slice(2)).toEqual(['ksk RRH', 'zsk RR']);
  await later(stage, 1);
  expect(stage.vectors.slice(2)).toEqual(['ksk OOR', 'zsk OO']);
  expect((await stage.workspace.must('ds', 'export', ZONE)).out).toMatch(new RegExp(`DS ${tagOf(stage, 'ksk', -1)} 13 2 `));
  await seen(stage);
  expect(stage.vectors.slice(2)).toEqual(['ksk OOO', 'zsk OO']);
  expect(stage.roll.roll).toBeUndefined();
});

test('a first signing that turns back before it had a DS ends with an unsigned zone, too', async () => {
  using other = await signedWorkspace();
  const told = (await other.must('roll', 'cancel', '--zone', ZONE, ...REASON)).out;
  expect(told).toContain(`serial ${other.serial} released UNSIGNED\n`);
  expect((await other.must('roll', 'status')).out).toMatch(/\n {2}goes back: /);
  expect(other.vectors).toEqual(['ksk UUH', 'zsk UU']);
  expect(readWorkspace(other.workspace.dir).state.zones[ZONE]!.releases.map(({ kind }) => kind)).toEqual([undefined, 'unsigned']);
  await seen(other);
  expect(other.roll.roll).toBeUndefined();
  await other.must('roll', 'start', '--zone', ZONE, '--first-signing', ...REASON);
  // Before anything was published there is nothing to wait for.
  await other.must('roll', 'cancel', '--zone', ZONE, ...REASON);
  expect(other.roll.roll).toBeUndefined();
  expect((await other.must('roll', 'status')).out).toContain(': no rollover\n');
  await other.must('roll', 'start', '--zone', ZONE, '--first-signing', ...REASON);
  await other.must('roll', 'advance', '--all');
  expect(other.vectors).toEqual(['ksk HHH', 'zsk HH', 'ksk HHH', 'zsk HH', 'ksk RRH', 'zsk RR']);
});

test('the log tells it all, and both verifiers read it so', async () => {
  await stage.must('audit', 'export', stage.workspace.path('export.tar'));
  const path = stage.workspace.path('export.tar');
  const first = answerOf(JSON.parse((await inProcess('audit', 'verify', path, '--json')).out) as Parameters<typeof answerOf>[0]);
  expect(first).toEqual([true, expect.not.arrayContaining(['AUDIT-INTENT-OPEN'])]);
  expect(await askSecondVerifier([{ path, options: {} }])).toEqual([first]);
});
