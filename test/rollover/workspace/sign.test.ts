import { expect, test } from 'vitest';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../../support/workspace.ts';

// RFC 7583 3.3.5: for the first keys of a zone nothing needs to be waited for; the DS follows when caches have the DNSKEY RRset.
test('the first signing publishes all keys and asks for no DS', async () => {
  using workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE } });
  await workspace.must('zone', 'sign', 'example.');
  const { state } = readWorkspace(workspace.dir);
  const { roll, releases } = state.zones['example.']!;
  expect(roll!.roll!.kind).toBe('first-signing');
  expect(roll!.keys.map(({ role, records }) => [role, records.dnskey?.kind, records.ds?.kind])).toEqual([
    ['ksk', 'rumoured', undefined],
    ['zsk', 'rumoured', undefined],
  ]);
  expect(roll!.versions).toEqual([expect.objectContaining({ serial: releases[0]!.serial, from: 'awaited', negativeTtl: 3600 })]);
  expect(Object.keys(state.intents)).toEqual([]);
  expect(workspace.read('releases', 'example', `${releases[0]!.serial}`, 'zone.signed')).not.toMatch(/\sCDS\s/);
});

test('a key that is generated stays out of the zone until a rollover takes it, and signing again advances nothing', async () => {
  using workspace = await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE } });
  await workspace.must('zone', 'sign', 'example.');
  const before = readWorkspace(workspace.dir).state.zones['example.']!;
  await workspace.must('key', 'generate', '--zone', 'example.', '--role', 'zsk');
  await workspace.must('zone', 'sign', 'example.');
  const { roll, releases } = readWorkspace(workspace.dir).state.zones['example.']!;
  expect(releases.at(-1)!.keyTags).toEqual(before.releases[0]!.keyTags);
  expect(roll!.keys).toEqual(before.roll!.keys);
  expect(roll!.versions.map(({ serial }) => serial)).toEqual(releases.map(({ serial }) => serial));
});
