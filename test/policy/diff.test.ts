import { expect, test } from 'vitest';
import { configDiff } from '../../src/policy/diff.ts';
import { configOf } from './support.ts';

test('values are compared, not words: what means the same is no change', () => {
  const short = configOf('signatures-validity: 14d, algorithm: 13');
  const long = configOf('signatures-validity: P2W, algorithm: ecdsap256sha256, dnskey-ttl: 3600, keys: ksk-zsk');
  expect(configDiff(short, long)).toEqual([]);
});

test('each changed, new and removed value by its path, sorted', () => {
  const before = configOf('zsk-lifetime: 90d, nsec3: { opt-out: true }', 'people: { a: { name: A } }', 'owner: Old');
  const after = configOf(
    'zsk-lifetime: unlimited, gate: { limits: { added: { count: 5, percent: 2.5 } } }',
    'witnesses: [w+01234567+AA]',
    'owner: New, group: g',
  );
  expect(configDiff(before, after)).toEqual([
    { path: 'people.a.name', before: 'A' },
    { path: 'people.a.roles', before: '' },
    { path: 'policies.p.gate.limits.added', before: 'none', after: '5 and 2.5%' },
    { path: 'policies.p.nsec3', before: 'true, opt-out', after: 'false' },
    { path: 'policies.p.zsk-lifetime', before: '90d', after: 'unlimited' },
    { path: 'witnesses.0', after: 'w+01234567+AA' },
    { path: 'zones.example.org.group', after: 'g' },
    { path: 'zones.example.org.owner', before: 'Old', after: 'New' },
  ]);
});

test('without a configuration before, all of it is new; turned around, every change is turned around', () => {
  const config = configOf();
  const all = configDiff(undefined, config);
  expect(all.every(({ before, after }) => before === undefined && after !== undefined)).toBe(true);
  expect(all.map(({ path }) => path)).toEqual([...all.map(({ path }) => path)].sort());
  expect(all).toContainEqual({ path: 'tokens.ksk', after: 'pkcs11:token=a' });
  const other = configOf('bits: 2048');
  expect(configDiff(other, config)).toEqual(configDiff(config, other).map(({ path, ...values }) => ({ path, ...turned(values) })));
});

function turned({ before, after }: { before?: string; after?: string }) {
  return { ...(after === undefined ? {} : { before: after }), ...(before === undefined ? {} : { after: before }) };
}
