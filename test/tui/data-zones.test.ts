import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { parseEntry } from '../../src/audit/entry-line.ts';
import { type EntryFilter, fits } from '../../src/audit/filter.ts';
import { planZone } from '../../src/plan/plan-zone.ts';
import { lineSieve } from '../../src/tui/line-sieve.ts';
import { WorkspaceData } from '../../src/tui/workspace-data.ts';
import { ArtifactStore } from '../../src/workspace/artifacts.ts';
import type { Answer, Job, Request, ZoneRow } from '../../tui/data.ts';
import { makeDesk } from '../../tui/desk.ts';
import type { Model } from '../../tui/model.ts';
import { started } from './support/drive.ts';
import { MADE_AT, type MadeEntry, type MadeWorkspace, makeLargeWorkspace, zoneNameOf } from './support/made-workspace.ts';

/** Zones, and searches of the log: what is quicker says the same as what takes longer. */
const ZONES = 70;
const DAY = 86_400;
const HASH = '5d41402abc4b2a76b9719d911017c592ae1f3c9a7b4d8e60f1a2b3c4d5e6f708';

let top: string;
let site: MadeWorkspace;
let data: WorkspaceData;
beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'coldsign-zones-'));
  site = await makeLargeWorkspace(join(top, 'site'), { zones: ZONES, entries: 800 });
  site.append(aboutZone3(site));
  site.append(ceremonies());
  await site.close();
  data = new WorkspaceData(site.dir, { command: 'false', args: [] });
});
afterAll(() => {
  data[Symbol.dispose]();
  rmSync(top, { recursive: true, force: true });
});

/** Entries that speak of a zone without its name, or not in the form that the name has elsewhere. */
function aboutZone3({ dir }: MadeWorkspace): readonly MadeEntry[] {
  const artifacts = new ArtifactStore(join(dir, 'artifacts'));
  const config = artifacts.put(readFileSync(join(dir, 'coldsign.yaml')), 'coldsign.yaml');
  const keys = artifacts.put(Buffer.from(JSON.stringify([{ zone: zoneNameOf(3), keyTag: 6, id: '00' }])), 'keys.json');
  return [
    ['policy.loaded', { config, diff: [{ path: 'zones.zone-00003.example.owner', after: 'x' }] }],
    ['intent.resolved', { intent: 3 + 7 * 3, outcome: 'abandoned', because: 'nothing was there' }],
    ['key.backup', { method: 'wrap', token: { label: 't', serial: '00' }, keys }],
    ['batch.begun', { zones: artifacts.put(Buffer.from(JSON.stringify([zoneNameOf(3)])), 'zones.json') }],
  ] as unknown as readonly MadeEntry[];
}
/** One that has to do with zone 4, and one of the same day that has not. */
function ceremonies(): readonly MadeEntry[] {
  const opened = (ceremony: string, title: string) => ({
    ...{ ceremony, title, plan: HASH, environment: HASH, people: { administrator: ['ada'] } },
    script: { sha256: HASH, size: 1, name: 'script.yaml' },
  });
  return [
    ['ceremony.opened', opened('20261124T110000Z-000001', 'Routine signing of zone 4')],
    ['gate.refused', { zone: zoneNameOf(4), serial: 3, verdicts: [] }],
    ['gate.refused', { zone: zoneNameOf(4), serial: 4, verdicts: [] }],
    ['ceremony.ended', { ceremony: '20261124T110000Z-000001', outcome: 'done' }],
    ['ceremony.opened', opened('20261124T113000Z-000002', 'Routine signing of another')],
    ['ceremony.ended', { ceremony: '20261124T113000Z-000002', outcome: 'done' }],
  ] as unknown as readonly MadeEntry[];
}

const ELSEWHERE = ['policy.loaded', 'intent.resolved', 'key.backup', 'batch.begun'];

async function ask<T extends Request['of']>(
  request: Extract<Request, { of: T }>,
  { now = MADE_AT + 60, job }: { readonly now?: number; readonly job?: Job } = {},
): Promise<Extract<Answer, { of: T }>> {
  const quiet: Job = { progress: () => {}, signal: new AbortController().signal };
  return (await data.load(request, now, job ?? quiet)) as Extract<Answer, { of: T }>;
}

test('a ceremony that had to do with a zone stands on its timeline, once, and no other does', async () => {
  const { timeline } = await ask({ of: 'timeline', zone: zoneNameOf(4) });
  const held = timeline.marks.filter(({ text }) => text.startsWith('ceremony'));
  expect(held.map(({ kind, text }) => [kind, text])).toEqual([['visit', 'ceremony: Routine signing of zone 4']]);
  const other = await ask({ of: 'timeline', zone: zoneNameOf(5) });
  expect(other.timeline.marks.filter(({ text }) => text.startsWith('ceremony'))).toEqual([]);
});

describe('overview', () => {
  test.each([0, 9, 12, 40, 89, 340])('after %i days next visit and last safe moment are those of a plan that reaches far', async (days) => {
    const now = MADE_AT + 60 + days * DAY;
    const { zones } = await ask({ of: 'zones' }, { now });
    expect(zones).toHaveLength(ZONES);
    for (const { zone, next, lastSafe } of zones) {
      const { due, latest } = planZone(data, data.config.zones[zone]!, now, now + 90 * DAY).plan.nextVisit;
      expect({ zone, next, lastSafe }).toEqual({ zone, next: due, lastSafe: latest });
    }
  });

  test('those on the screen are worked out first and shown before the others are; afterwards nothing that is half known is', async () => {
    using open = new WorkspaceData(site.dir, { command: 'false', args: [] });
    const { zones: quick } = await ask({ of: 'zones-quick' });
    const { zones: exact } = await ask({ of: 'zones' });
    const first = started().model;
    const outside = { now: () => MADE_AT + 60, run: async () => 0, explain: String, every: () => () => {}, onEnd: () => () => {} };
    let told: (readonly ZoneRow[])[] = [];
    const show = ({ screens }: Model): void => {
      const { zones } = screens.overview;
      // Before them there are those that the model of tests begins with.
      if (zones?.length === ZONES && zones !== told.at(-1)) told.push(zones);
    };
    const desk = makeDesk({ ...outside, data: open }, first, { show, exit: () => {}, suspend: async (during) => await during() });
    desk.carryOut([{ kind: 'load', request: { of: 'zones' } }]);
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const [part, whole] = told;
    const of = (rows: readonly ZoneRow[], zone: string): ZoneRow | undefined => rows.find((row) => row.zone === zone);
    expect(part).toHaveLength(ZONES);
    for (const { zone } of quick.slice(0, 32)) expect(of(part!, zone)).toEqual(of(exact, zone));
    for (const { zone } of quick.slice(32)) expect(of(part!, zone)).toEqual(of(quick, zone));
    expect(whole).toEqual(exact);
    told = [];
    const parts: Answer[] = [];
    await open.load({ of: 'zones' }, MADE_AT, {
      progress: () => {},
      partly: (answer) => parts.push(answer),
      signal: new AbortController().signal,
    });
    expect(parts).toEqual([]);
  });

  test('a zone of which something cannot be told is told with what to do; the others are there all the same', async () => {
    const folder = join(top, 'lost');
    const lost = await makeLargeWorkspace(folder, { zones: 3 });
    const [release] = data.state.zones[zoneNameOf(1)]!.releases;
    const inputList = { sha256: HASH, size: 2, name: 'input-files.json' };
    lost.append([
      ['release.intent', { folder: 'x', release: { ...release, serial: 3, inputList } }],
      ['release.result', { intent: lost.size, zone: zoneNameOf(1), serial: 3 }],
    ] as unknown as readonly MadeEntry[]);
    using open = new WorkspaceData(folder, { command: 'false', args: [] });
    const answer = await open.load({ of: 'zones' }, MADE_AT, { progress: () => {}, signal: new AbortController().signal });
    const zones = answer.of === 'zones' ? answer.zones : [];
    expect(zones).toHaveLength(3);
    expect(zones.find(({ zone }) => zone === zoneNameOf(1))).toMatchObject({
      urgency: 'due',
      who: 'operator',
      what: expect.stringMatching(/^audit\/artifact-missing: .*input-files\.json.*; next: /),
    });
  });

  test('a source of the same size and another content is a changed one', async () => {
    const path = join(site.dir, 'zones', `${zoneNameOf(1)}zone`);
    const text = readFileSync(path, 'utf8');
    const told = async (): Promise<string | undefined> =>
      (await ask({ of: 'zones' })).zones.find(({ zone }) => zone === zoneNameOf(1))?.what;
    expect(await told()).not.toMatch(/changed/);
    writeFileSync(path, text.replace('192.0.2.1', '192.0.2.7'));
    expect(await told()).toBe(`zones/${zoneNameOf(1)}zone changed`);
    writeFileSync(path, text);
  });
});

describe('a release that is missing, or there by half, is one line for the screen', () => {
  test('nothing of it, some of it', async () => {
    const zone = zoneNameOf(2);
    await expect(ask({ of: 'release', zone, serial: 2 })).rejects.toMatchObject({ code: 'release/not-found' });
    await expect(ask({ of: 'contents', zone })).rejects.toMatchObject({ code: 'file/read-failed' });
    const folder = join(site.dir, 'releases', zone.slice(0, -1), '2');
    mkdirSync(join(folder, 'MANIFEST'), { recursive: true });
    mkdirSync(join(folder, 'zone.signed'));
    await expect(ask({ of: 'release', zone, serial: 2 })).rejects.toMatchObject({ code: expect.stringMatching(/^(release|file)\//) });
    await expect(ask({ of: 'contents', zone })).rejects.toMatchObject({ code: 'file/read-failed' });
  });

  test('a zone of 10 MB is counted in pieces, between which keys are taken', async () => {
    const zone = zoneNameOf(4);
    const folder = join(site.dir, 'releases', zone.slice(0, -1), '2');
    mkdirSync(folder, { recursive: true });
    const line = `www.${zone}\t3600\tIN\tA\t192.0.2.1\n`;
    const records = Math.ceil(10_000_000 / line.length);
    writeFileSync(join(folder, 'zone.signed'), line.repeat(records));
    let turns = 0;
    let isDone = false;
    const other = (): void => {
      turns++;
      if (!isDone) setImmediate(other);
    };
    setImmediate(other);
    const { contents } = await ask({ of: 'contents', zone });
    isDone = true;
    expect(contents.types).toEqual([{ type: 'A', records }]);
    expect(turns).toBeGreaterThan(30);
  });
});

describe('search', () => {
  const lines = (): readonly string[] =>
    readFileSync(join(site.dir, 'audit', 'entries.jsonl'), 'latin1')
      .trimEnd()
      .split('\n');
  const sources = () => ({ entry: (seq: number) => data.log.entryAt(seq), artifact: () => undefined });

  test('what is told of a line without parsing it is so', () => {
    const all = lines().map((text, seq) => ({ text, entry: parseEntry(text, seq) }));
    const filters: readonly EntryFilter[] = [
      { zone: zoneNameOf(3) },
      { zone: 'nowhere.' },
      { key: { kind: 'tag', tag: 6 } },
      { key: { kind: 'id', id: data.state.zones[zoneNameOf(3)]!.keys[0]!.id.slice(0, 8), known: [] } },
      { person: 'made' },
      { person: 'carol' },
      { types: ['gate'] },
      { types: ['key.generate.result', 'roll'] },
      { session: '20261124T' },
      { session: '2027' },
      { since: '2026-11-24T12:00:00Z', until: '2026-11-24T12:00:00Z' },
      { since: '2026-11-24T12:00:01Z' },
      { zone: zoneNameOf(3), types: ['release'] },
    ];
    for (const filter of filters) {
      const sieve = lineSieve(filter);
      const wrong = all.filter(({ text, entry }) => sieve(text) === (fits(entry, filter, sources()) ? 'no' : 'yes'));
      expect(wrong.map(({ text }) => text)).toEqual([]);
    }
    // And most are left out.
    expect(all.filter(({ text }) => lineSieve({ zone: zoneNameOf(3) })(text) !== 'no').length).toBeLessThan(all.length / 5);
    expect(all.filter(({ text }) => lineSieve({ types: ['roll'] })(text) === 'yes').length).toBe(ZONES);
  });

  test('entries that speak of a zone without its name are found', async () => {
    const { found } = await ask({ of: 'log-search', query: `zone:${zoneNameOf(3)}` });
    const types = found.map((seq) => data.log.entryAt(seq).type);
    for (const type of ELSEWHERE) expect(types).toContain(type);
  });

  test.each(['Zoë', 'a"b', 'back\\slash', '名前', '\u{1F511}'])('the name %s is looked for as the log writes it', (name) => {
    const line = canonicalJson({ actor: { name, role: 'operator' } });
    expect(lineSieve({ person: name })(line)).toBe('maybe');
    expect(lineSieve({ person: `${name}x` })(line)).toBe('no');
  });
});

test('keys of many zones are told as those of a few are', async () => {
  const { keys, tokens } = await ask({ of: 'keys' });
  expect(keys).toHaveLength(2 * ZONES);
  expect(tokens.map(({ role, keys: count }) => [role, count])).toEqual([
    ['ksk', ZONES],
    ['zsk', ZONES],
    ['audit', 0],
  ]);
});
