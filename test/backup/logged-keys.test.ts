import { expect, test } from 'vitest';
import type { BackedKey } from '../../keystore/backup/header.ts';
import { dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { coverage, destroyedIn } from '../../src/backup/logged-keys.ts';
import { emptyState, zoneState } from '../../src/state/state.ts';

const publicKey = (fill: number): Uint8Array => new Uint8Array(64).fill(fill);

function logged(zone: string, fill: number, name: { readonly id: string; readonly label: string }, serial: string): LoggedKey {
  const dnskey = dnskeyRdata(256, 13, publicKey(fill));
  const kind = { zone, role: 'zsk', algorithm: 13, token: 'zsk' } as const;
  return { ...kind, ...name, serial, keyTag: keyTag(dnskey), dnskey: Buffer.from(dnskey).toString('base64') };
}

const backed = (fill: number, name: { readonly id: string; readonly label: string }): BackedKey => ({
  ...name,
  algorithm: 13,
  publicKey: Buffer.from(publicKey(fill)).toString('base64'),
});

const TOKEN = { label: 't', serial: 's1', manufacturer: 'm', model: 'm' };

function covered(keys: readonly LoggedKey[], inBackup: readonly BackedKey[]): readonly (readonly string[])[] {
  const state = emptyState();
  for (const key of keys) zoneState(state, key.zone).keys.push(key);
  const found = coverage(state, { keys: inBackup, token: TOKEN });
  return [found.covered, found.missing].map((list) => list.map(({ zone }) => zone));
}

test('keys without CKA_ID are told apart by label and public key; those of the token that are not in the backup are told', () => {
  const [k1, k2] = [
    { id: '', label: 'K1' },
    { id: '', label: 'K2' },
  ] as const;
  const keys = [logged('a.', 1, k1, 's1'), logged('b.', 2, k2, 's1')];
  expect(covered(keys, [backed(1, k1), backed(2, k2)])).toEqual([['a.', 'b.'], []]);
  expect(covered(keys, [backed(1, k1)])).toEqual([['a.'], ['b.']]);
});

test('on another token another key may have the name, and that is no reason to refuse a backup', () => {
  for (const name of [
    { id: '01', label: 'key' },
    { id: '', label: 'K1' },
  ])
    expect(covered([logged('a.', 1, name, 's1'), logged('b.', 2, name, 's2')], [backed(1, name)])).toEqual([['a.'], []]);
});

test('another public key under the name on the same token, or under a CKA_ID that is one of its kind: refused', () => {
  const few = { id: '01', label: 'key' };
  const random = { id: '5c'.repeat(16), label: 'key' };
  const refusal = expect.objectContaining({ code: 'backup/not-of-log', message: expect.stringContaining('"key"') });
  expect(() => covered([logged('a.', 1, few, 's1')], [backed(2, few)])).toThrow(refusal);
  expect(() => covered([logged('a.', 1, random, 's2')], [backed(2, random)])).toThrow(refusal);
  expect(covered([logged('a.', 1, random, 's2')], [backed(1, random)])).toEqual([['a.'], []]);
});

test('a key that was destroyed and is in the backup is told: a restoration would bring it back', () => {
  const name = { id: '5c'.repeat(16), label: 'key' };
  const state = emptyState();
  zoneState(state, 'a.').past.push(logged('a.', 1, name, 's1'));
  zoneState(state, 'b.').past.push(logged('b.', 3, { id: '01', label: 'other' }, 's1'));
  expect(destroyedIn(state, { keys: [backed(1, name), backed(2, { id: '01', label: 'other' })] }).map(({ zone }) => zone)).toEqual(['a.']);
});
