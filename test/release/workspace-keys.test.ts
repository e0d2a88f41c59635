import { describe, expect, test } from 'vitest';
import type { RollKey, ZoneRoll } from '../../keystore/rollover/model.ts';
import { checkKeySet } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { type KeysOfRelease, keysOfRelease } from '../../src/release/workspace-keys.ts';
import { nameOfKey } from '../../src/rollover/key-name.ts';
import { SoftwareSigningKey } from '../properties/support/software-signing-key.ts';
import { type KeyShape, key, RULES, rollOf, zoneOf } from '../rollover/engine/support.ts';
import { makeFormKeys } from '../signer/forms/forms.ts';
import type { SoftKey } from '../support/soft-keys.ts';

const soft = makeFormKeys(13, 15);
const { k1, z1, kOther, zOther } = soft;
const logged = (role: RollKey['role'], { algorithm, tag, rdata }: SoftKey): LoggedKey => {
  const place = { zone: 'roll.example.', id: '00', label: 'key', token: 'ksk', serial: '1' };
  return { ...place, role, algorithm, keyTag: tag, dnskey: rdata.toString('base64') };
};
const LOG: readonly LoggedKey[] = [logged('ksk', k1), logged('zsk', z1), logged('ksk', kOther), logged('zsk', zOther)];
const [oldKsk, oldZsk, newKsk, newZsk] = LOG.map(nameOfKey) as [string, string, string, string];

const old = (role: 'ksk' | 'zsk', shape: KeyShape): RollKey => key(role === 'ksk' ? oldKsk : oldZsk, role, { algorithm: 13, ...shape });
const next = (role: 'ksk' | 'zsk', shape: KeyShape): RollKey => key(role === 'ksk' ? newKsk : newZsk, role, { algorithm: 15, ...shape });

function release(algorithm: 'conservative' | 'liberal', keys: readonly RollKey[], more: Partial<ZoneRoll> = {}): KeysOfRelease {
  const rules = { ...RULES, methods: { ...RULES.methods, algorithm } };
  const roll = rollOf('algorithm', rules, [oldKsk, oldZsk], [newKsk, newZsk]);
  return keysOfRelease('roll.example.', LOG, zoneOf(keys, [], { roll, ...more }), rules);
}

const keySet = ({ keys, allowIncompleteAlgorithms }: KeysOfRelease): void => {
  const made = [k1, z1, kOther, zOther];
  const zoneKeys = keys.map(({ key: { role, keyTag }, use }) => ({
    role,
    use,
    key: new SoftwareSigningKey(made.find(({ tag }) => tag === keyTag)!),
  }));
  checkKeySet(zoneKeys, [], { allowIncompleteAlgorithms });
};

// Vectors: KSK DNSKEY KRRSIG DS, ZSK DNSKEY ZRRSIG.
const COMING = [next('ksk', { vector: 'RRH' }), next('zsk', { vector: 'RH' })];
const STAYING = [old('ksk', { vector: 'OOO' }), old('zsk', { vector: 'OO' })];

describe('algorithms that need not sign everything', () => {
  test('RFC 6840 5.11: told of a rollover that was started as liberal, and only the algorithm that does not', () => {
    const { expected, allowIncompleteAlgorithms } = release('liberal', [...STAYING, ...COMING]);
    expect(expected.incompleteAlgorithms).toEqual([15]);
    expect(allowIncompleteAlgorithms).toBe(true);
  });

  test('not told of an algorithm that signs everything', () => {
    const both = [...STAYING, next('ksk', { vector: 'RRH' }), next('zsk', { vector: 'RR' })];
    expect(release('liberal', both).expected).not.toHaveProperty('incompleteAlgorithms');
  });

  test('RFC 4035 2.2: never told of a conservative rollover, nor of none, whatever the policy has become', () => {
    const conservative = release('conservative', [...STAYING, ...COMING]);
    expect(conservative.expected).not.toHaveProperty('incompleteAlgorithms');
    expect(() => keySet(conservative)).toThrow(expect.objectContaining({ code: 'key/role-missing' }));
    const none = release('liberal', [...STAYING, ...COMING], { roll: undefined });
    expect(none.expected).not.toHaveProperty('incompleteAlgorithms');
    expect(none.allowIncompleteAlgorithms).toBe(false);
    const other = release('liberal', [...STAYING, ...COMING], { roll: rollOf('zsk', RULES, [], []) });
    expect(other.allowIncompleteAlgorithms).toBe(false);
  });

  test('RFC 6781 4.1.4.2: the old KSK is revoked, the old ZSK still signs: a key set, and the verifier is told nothing', () => {
    const revoked = old('ksk', { vector: 'OOH', revocation: { kind: 'revoked', since: 0, from: 0 } });
    const made = [old('zsk', { vector: 'OO' }), next('ksk', { vector: 'OOO' }), next('zsk', { vector: 'OO' })];
    const full = release('conservative', [revoked, ...made]);
    expect(full.expected).not.toHaveProperty('incompleteAlgorithms');
    expect(() => keySet(full)).not.toThrow();
    // Without its ZSK's signatures, or without the revoked key, it is none.
    for (const keys of [[revoked, old('zsk', { vector: 'OH' }), ...made.slice(1)], made])
      expect(() => keySet(release('conservative', keys))).toThrow(expect.objectContaining({ code: 'key/role-missing' }));
  });
});

describe('what the verifier is told of', () => {
  test('keys that sign without being published, each RRset, and no others', () => {
    const { expected } = release('conservative', [...STAYING, next('zsk', { vector: 'HR' })]);
    expect(expected.unpublishedKeys?.map((rdata) => Buffer.from(rdata))).toEqual([zOther.rdata]);
    expect(expected.unpublishedSignAll).toBe(true);
    const published = release('conservative', STAYING).expected;
    expect(published.unpublishedKeys).toBeUndefined();
    expect(published.unpublishedSignAll).toBeUndefined();
    expect(published.allowDelete).toBeUndefined();
  });

  test('RFC 7583 3.3.2: a key that CDS ask for before it is published', () => {
    const parent = { request: { keys: [oldKsk, newKsk], at: 0, submittedAt: undefined }, observed: { kind: 'unknown' } } as const;
    const { expected, cds } = release('conservative', STAYING, { parent });
    expect(expected.requestedKeys?.map((rdata) => Buffer.from(rdata))).toEqual([kOther.rdata]);
    expect(cds).toMatchObject({ kind: 'keys' });
  });
});
