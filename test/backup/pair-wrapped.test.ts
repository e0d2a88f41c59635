import { expect, test } from 'vitest';
import type { BackedKey } from '../../keystore/backup/header.ts';
import { pairWrapped, type WrappedKey } from '../../keystore/backup/wrapped-keys.ts';

const key = (id: string, label: string): BackedKey => ({ id, label, algorithm: 13, publicKey: 'AAAA', zone: 'a.', role: 'zsk' });
const form = (id: string, wrapped: string): WrappedKey => ({ id, form: 'rfc5649', wrapped });

test('keys of one CKA_ID, or of none, get their own wrapped forms', () => {
  const pairs = pairWrapped([key('', 'K1'), key('', 'K2'), key('01', 'x')], [form('', 'AA=='), form('', 'AQ=='), form('01', 'Ag==')]);
  expect(pairs.map((pair) => [pair.key.label, pair.form.wrapped])).toEqual([
    ['K1', 'AA=='],
    ['K2', 'AQ=='],
    ['x', 'Ag=='],
  ]);
});

test('a key that is listed and not held, and one of no zone, are refused', () => {
  const bad = expect.objectContaining({ code: 'backup/bad-archive' });
  expect(() => pairWrapped([key('01', 'x'), key('02', 'y')], [form('01', 'AA==')])).toThrow(bad);
  expect(() => pairWrapped([key('01', 'x')], [form('02', 'AA==')])).toThrow(bad);
  const { role: _role, ...roleless } = key('01', 'x');
  expect(() => pairWrapped([roleless], [form('01', 'AA==')])).toThrow(bad);
});
