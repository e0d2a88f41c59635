import { expect, test } from 'vitest';
import { keyStateOf } from '../../../keystore/rollover/key-states.ts';
import { type Goal, RECORDS, type RecordState, type RollKey } from '../../../keystore/rollover/model.ts';
import { active, fresh, secure } from '../start/support.ts';

const LETTERS: Readonly<Record<string, RecordState>> = {
  H: { kind: 'hidden' },
  R: { kind: 'rumoured', since: 10, from: 'awaited' },
  /** Seen everywhere. */
  S: { kind: 'rumoured', since: 10, from: 15 },
  O: { kind: 'omnipresent', since: 20 },
  U: { kind: 'unretentive', since: 30, from: 'awaited' },
  /** Seen gone everywhere. */
  V: { kind: 'unretentive', since: 30, from: 35 },
};

/** The state of a key with this vector, in the order of its role's records. */
function state(role: RollKey['role'], vector: string, goal: Goal, more: Partial<RollKey> = {}): string {
  const records = Object.fromEntries(RECORDS[role].map((record, i) => [record, LETTERS[vector[i]!]!]));
  const goals = Object.fromEntries(RECORDS[role].map((record) => [record, goal]));
  const key = fresh('K', role, { records, goals, activeSince: goal === 'hidden' ? 5 : undefined, ...more });
  return keyStateOf(secure(active('K9', 'ksk'), key), key).kind;
}

test('RFC 7583 3.2.1: the ZSK’s way through Pre-Publication', () => {
  expect(['HH', 'RH', 'OH', 'OR', 'OO'].map((vector) => state('zsk', vector, 'omnipresent'))).toEqual([
    'generated',
    'published',
    'ready',
    'active',
    'active',
  ]);
  expect(['OO', 'OU', 'OH', 'UH', 'HH'].map((vector) => state('zsk', vector, 'hidden'))).toEqual([
    'active',
    'retired',
    'dead',
    'removed',
    'removed',
  ]);
});

test('RFC 7583 3.2.2: in Double-Signature a key is active at once, and removed with its signatures', () => {
  expect(state('zsk', 'RR', 'omnipresent')).toBe('active');
  expect(state('zsk', 'UU', 'hidden')).toBe('removed');
});

test('RFC 7583 3.3.1: the KSK’s way through Double-KSK; it is active when its DS is seen', () => {
  expect(['RRH', 'OOH', 'OOR', 'OOS', 'OOO'].map((vector) => state('ksk', vector, 'omnipresent'))).toEqual([
    'published',
    'ready',
    'ready',
    'active',
    'active',
  ]);
  expect(['OOU', 'OOV', 'OOH', 'UUH', 'HHH'].map((vector) => state('ksk', vector, 'hidden'))).toEqual([
    'active',
    'retired',
    'dead',
    'removed',
    'removed',
  ]);
});

test('RFC 7583 3.3.2: in Double-DS it is published with its DS, and removed with it', () => {
  expect(['HHS', 'HHO', 'RRO', 'OOO'].map((vector) => state('ksk', vector, 'omnipresent'))).toEqual([
    'published',
    'ready',
    'active',
    'active',
  ]);
  expect(['UUO', 'HHO', 'HHU', 'HHH'].map((vector) => state('ksk', vector, 'hidden'))).toEqual(['retired', 'dead', 'removed', 'removed']);
});

test('RFC 6781 4.1.4: signatures of a new algorithm come first; those of an old one go last', () => {
  expect(['HR', 'HO', 'RO', 'OO'].map((vector) => state('zsk', vector, 'omnipresent'))).toEqual(['published', 'ready', 'active', 'active']);
  expect(['UO', 'HO', 'HU'].map((vector) => state('zsk', vector, 'hidden'))).toEqual(['retired', 'retired', 'retired']);
});

test('a CSK is what the more needed of its roles is', () => {
  // dnskey krrsig zrrsig ds
  expect(['RRHH', 'OOHH', 'OORR', 'OOOO'].map((vector) => state('csk', vector, 'omnipresent'))).toEqual([
    'published',
    'ready',
    'active',
    'active',
  ]);
  expect(['OOUV', 'OOHV', 'OOHH', 'UUHH'].map((vector) => state('csk', vector, 'hidden'))).toEqual([
    'retired',
    'retired',
    'dead',
    'removed',
  ]);
});

test('standby, revoked, and a standby key that leaves', () => {
  expect(state('zsk', 'OH', 'omnipresent', { goals: { dnskey: 'omnipresent', zrrsig: 'hidden' } })).toBe('standby');
  expect(state('ksk', 'OOH', 'omnipresent', { goals: { dnskey: 'omnipresent', krrsig: 'omnipresent', ds: 'hidden' } })).toBe('standby');
  expect(state('ksk', 'HHO', 'omnipresent', { goals: { dnskey: 'hidden', krrsig: 'hidden', ds: 'omnipresent' } })).toBe('standby');
  expect(state('ksk', 'OOH', 'hidden', { revocation: { kind: 'revoked', since: 40, from: 'awaited' } })).toBe('revoked');
  expect(state('zsk', 'OH', 'hidden', { activeSince: undefined })).toBe('dead');
  expect(state('zsk', 'HH', 'hidden', { activeSince: undefined })).toBe('removed');
});
