import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, Visits } from './visits.ts';

/* Led from the first step to the last. Visits of which nothing new is to be seen run their commands alone. */

let world: Visits;
beforeAll(async () => {
  world = await Visits.begin('signed');
});
afterAll(() => world?.[Symbol.asyncDispose]());

const LATER = { zone: 'example.', begin: [], backup: [], destroy: [], fresh: [], reason: 'replaced as planned' };
const KSK_LATER = { ...LATER, submitted: [], retracted: [], parent: [], gone: 'none is destroyed at this visit' };

test('a ZSK is replaced in four visits: nothing is published before the drill, and the old key is destroyed last, in the backups too', async () => {
  await using visits = world.copy();
  const { workspace } = visits.stage;
  const old = visits.tag('zsk', 'first');
  const saved = workspace.path('saved');
  const first = await visits.hold('zsk-rollover', { ...LATER, evidence: [], begin: ['example.'], backup: [saved] });
  const fresh = visits.tag('zsk', 'last');
  expect(Object.keys(first).filter((id) => /^(begin|backup|drill|advance|sign|destroy|next)(:|$)/.test(id))).toEqual([
    'begin:example.',
    `backup:${saved}`,
    `drill:${saved}`,
    'advance',
    'sign',
    'next',
  ]);
  expect(first['begin:example.']).toContain(`made for it: ZSK ${fresh}`);
  expect(first['advance']).toContain(`done: DNSKEY of ZSK ${fresh} rumoured`);
  expect(first['next']).toContain(`sign the data with ZSK ${fresh} in place of ZSK ${old}`);

  for (const done of [`signatures over the data of ZSK ${fresh} rumoured`, `DNSKEY of ZSK ${old} unretentive`]) {
    const seen = visits.zoneSeen();
    visits.now += 20 * DAY;
    const told = await visits.commands('zsk-rollover', { ...LATER, evidence: [seen] });
    expect(told['advance']).toContain(`done: ${done}`);
  }
  const seen = visits.zoneSeen();
  visits.now += 3 * DAY;
  const last = await visits.commands('zsk-rollover', { ...LATER, evidence: [seen], destroy: [old] });
  expect(last['advance']).toContain(`known: DNSKEY of ZSK ${old} hidden`);
  // Who says that nobody can bring it back must see to the backups.
  expect(last[`destroy:${old}`]).toMatch(/warning: a backup of .* has the key[\s\S]*destroyed, and read back as not found/);
  expect((await workspace.must('key', 'backup', '--show', saved)).out).toMatch(new RegExp(` zsk +13 +${old} `));
});

test('a KSK is replaced in four visits, and destroyed when the parent was seen without its DS, and not before', async () => {
  await using visits = world.copy();
  const { workspace } = visits.stage;
  const old = visits.tag('ksk', 'first');
  await visits.commands('ksk-rollover', { ...KSK_LATER, evidence: [], begin: ['example.'] });
  const fresh = visits.tag('ksk', 'last');
  let seen = [visits.zoneSeen()];
  visits.now += DAY;
  const second = await visits.commands('ksk-rollover', { ...KSK_LATER, evidence: seen, parent: ['example.'] });
  expect(second['parent:example.']).toContain(` DS ${fresh} `);
  expect(second['parent:example.']).not.toContain(` DS ${old} `);
  seen = [visits.zoneSeen(), visits.parentSeen(fresh)];
  visits.now += 3 * DAY;
  const third = await visits.commands('ksk-rollover', { ...KSK_LATER, evidence: seen, submitted: [fresh], retracted: [old] });
  expect(third['known']).toContain(`the parent has: DS of KSK ${fresh}`);
  expect(third['advance']).toContain(`done: DNSKEY of KSK ${old} unretentive`);
  // Its DNSKEY is still in caches: whoever skips ahead is refused.
  const early = await workspace.run(
    'key',
    'destroy',
    '--zone',
    'example.',
    '--key',
    old,
    '--reason',
    'too early',
    '--attest-no-ds',
    'seen without it',
    '--confirm',
    old,
    ...visits.time(),
  );
  expect(early).toMatchObject({ status: 1, err: expect.stringContaining('key/still-needed') });
  seen = [visits.zoneSeen(), visits.parentSeen(fresh)];
  visits.now += 3 * DAY;
  const after = workspace.path('after');
  const gone = 'gone from both servers of the parent for three days, its TTL is one';
  const last = await visits.hold('ksk-rollover', { ...KSK_LATER, evidence: seen, destroy: [old], fresh: [after], gone });
  expect(last[`destroy:${old}`]).toContain('destroyed, and read back as not found');
  const ids = Object.keys(last);
  const [destroyed, saved, proved, others] = [`destroy:${old}`, `fresh:${after}`, `fresh-drill:${after}`, `old-backups:${old}`].map((id) =>
    ids.indexOf(id),
  );
  expect([saved, proved, others]).toEqual([1, 2, 3].map((i) => destroyed! + i));
  expect((await workspace.must('key', 'backup', '--show', after)).out).not.toMatch(new RegExp(` ksk +13 +${old} `));
  expect(await visits.verdict()).toBe('verified');
  const report = (await workspace.must('ceremony', 'report', visits.ceremony)).out;
  expect(report).toMatch(new RegExp(`KSK ${old} of example\\., algorithm 13: DESTROYED\\n {12}[0-9a-f]{4} `));
});

test('a ZSK that others may have: the rollover has begun, is saved, proved and published when people leave', async () => {
  await using visits = world.copy();
  const tag = visits.tag('zsk', 'first');
  const parent = visits.tag('ksk', 'first');
  const evidence = [visits.zoneSeen(), visits.parentSeen(parent)];
  const values = { zone: 'example.', tag, evidence, backup: visits.stage.workspace.path('saved'), reason: 'the bag was found open' };
  const told = await visits.hold('emergency-rollover', values);
  const fresh = visits.tag('zsk', 'last');
  expect(told['begin']).toContain(`made for it: ZSK ${fresh}`);
  // There is no new fingerprint for the parent then, and what is said must not promise one.
  expect(told['fingerprint']).toMatch(new RegExp(`DS ${parent} `));
  expect(told['fingerprint']).not.toMatch(new RegExp(`DS ${fresh} `));
  expect(told['drill']).toContain('proved');
  expect(told['advance']).toContain(`done: DNSKEY of ZSK ${fresh} rumoured`);
  expect(told['next']).toContain(`in place of ZSK ${tag}`);
});
