import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unusedKeyOf, type ZoneRoll } from '../../../keystore/rollover/model.ts';
import { keyTag } from '../../../signer/dnssec/dnskey.ts';
import { MAX_ENTRY_OCTETS } from '../../../src/audit/entry.ts';
import { noteText, weighDs } from '../../../src/evidence/weigh.ts';
import { checkedOperator, MOST_FOREIGN_OCTETS, readForeignKeys } from '../../../src/rollover/foreign-keys.ts';
import { keyNameOf } from '../../../src/rollover/key-name.ts';
import { changeOf } from '../../../src/rollover/roll-change.ts';
import { rollReason } from '../../../src/rollover/roll-reason.ts';
import { active, fresh, refusal, secure } from './support.ts';

const dir = mkdtempSync(join(tmpdir(), 'coldsign-limits-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** RSA-4096: length of the exponent, exponent 65537, modulus (RFC 3110 2). */
const rsa = (i: number): Uint8Array => Uint8Array.of(1, i % 2, 3, 8, 3, 1, 0, 1, 0x80 + i, ...Array(510).fill(i), 1);
const ecdsaLike = (i: number): Uint8Array => Uint8Array.of(1, 1, 3, 13, ...Array(64).fill(i));

function file(count: number): string {
  const path = join(dir, `${count}`);
  const line = (rdata: Uint8Array): string =>
    `example. IN DNSKEY ${rdata[0]! * 256 + rdata[1]!} 3 8 ${Buffer.from(rdata.subarray(4)).toString('base64')}\n`;
  writeFileSync(path, Array.from({ length: count }, (_, i) => line(rsa(i))).join(''));
  return path;
}

test('more keys of another operator than an entry of the log takes are refused before anything is written', () => {
  expect(readForeignKeys(file(5), 'example.', { keys: [] })).toHaveLength(5);
  for (const count of [6, 10])
    expect(() => readForeignKeys(file(count), 'example.', { keys: [] })).toThrow(
      expect.objectContaining({ code: 'roll/foreign-too-many', message: expect.stringContaining(`${MOST_FOREIGN_OCTETS} are the most`) }),
    );
  // Those that are in the zone already count, too; the same ones again do not.
  const there = readForeignKeys(file(4), 'example.', { keys: [] }).map((key) => ({ ...unusedKeyOf(key), ...key, operator: 'B' }));
  expect(() => readForeignKeys(file(6), 'example.', { keys: there })).toThrow(expect.objectContaining({ code: 'roll/foreign-too-many' }));
  expect(readForeignKeys(file(5), 'example.', { keys: there })).toHaveLength(5);
});

test('operators have short names, and rollovers short reasons', () => {
  for (const name of ['B', 'Operator B (Zürich)'.replace('ü', 'ue'), 'x'.repeat(40)]) expect(checkedOperator(name)).toBe(name);
  for (const name of ['', ' B', 'B ', 'x'.repeat(41), 'Zürich', 'a\nb'])
    expect(() => checkedOperator(name), name).toThrow(expect.objectContaining({ code: 'roll/operator-name' }));
  expect(rollReason('x'.repeat(1000), 'roll start')).toHaveLength(1000);
  expect(rollReason('ü'.repeat(250), 'roll start')).toHaveLength(250);
  for (const reason of ['x'.repeat(1001), 'ü'.repeat(251)])
    expect(() => rollReason(reason, 'roll start')).toThrow(expect.objectContaining({ code: 'gate/long-reason' }));
});

test('a first signing takes no more keys than an entry does', () => {
  const many = (count: number): ZoneRoll => ({ ...secure(), keys: Array.from({ length: count }, (_, i) => fresh(`K${i}`, 'csk')) });
  expect(refusal(many(12), { kind: 'first-signing' })).toBe('started');
  expect(refusal(many(13), { kind: 'first-signing' })).toBe('roll/too-many-keys');
});

test('what is seen of the most keys with the most DS, all of them otherwise than before, fits into an entry', () => {
  const nameOf = (rdata: Uint8Array): string => keyNameOf(rdata, keyTag(rdata));
  const count = Math.floor(MOST_FOREIGN_OCTETS / (350 + 92));
  const foreign = Array.from({ length: count }, (_, i) => ecdsaLike(i)).map((rdata) =>
    active(nameOf(rdata), 'ksk', {
      ...{ operator: 'x'.repeat(40), keyTag: 65_535, dnskey: Buffer.from(rdata).toString('base64'), goals: { ds: 'omnipresent' } },
      records: { ds: { kind: 'omnipresent', since: 1_800_000_000 } },
    }),
  );
  const own = Array.from({ length: 6 }, (_, i) => active(nameOf(ecdsaLike(100 + i)), i < 3 ? 'ksk' : 'zsk'));
  const zone = secure(...own, ...foreign);
  const ds = Array.from({ length: 16 }, (_, i) => ({ keyTag: 65_535, algorithm: 13, digestType: 4, digest: `${10 + i}`.repeat(48) }));
  const servers = [{ name: 'p.', address: '192.0.2.1', error: undefined, answer: { ttl: 86_400, ds } }];
  const weighed = weighDs(zone, { kind: 'ds', zone: 'example.', observed: 1_900_000_000, servers }, []);
  const notes = weighed.notes.slice(0, 8).map((note) => noteText(note, (key) => key).slice(0, 200));
  const data = { zone: 'x'.repeat(255), keys: weighed.keys, notes, change: changeOf(zone, weighed.zone) };
  expect(weighed.zone.keys.filter((key, i) => key !== zone.keys[i])).toHaveLength(3 + count);
  expect(JSON.stringify(data).length + 1000).toBeLessThan(MAX_ENTRY_OCTETS);
});
