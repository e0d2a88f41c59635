import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { readZoneFile } from '../../../signer/zonefile/parse.ts';
import { printGenericRecord, printRecord } from '../../../signer/zonefile/print.ts';
import { memoryOpener, read } from './memory-files.ts';

/** Pieces that zone files are made of, and some that break them. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '@',
      'a',
      'www',
      'a.b.example.',
      '*',
      '5',
      '1h',
      'IN',
      'CH',
      'A',
      'TXT',
      'SOA',
      'MX',
      'SVCB',
      'TYPE731',
      '\\#',
      '192.0.2.1',
      'ab12',
    ],
    ...[
      ' ',
      ' ',
      '\t',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '(',
      ')',
      '"',
      '"x y"',
      'k="v w"',
      ';',
      '; c\n',
      '\\',
      '\\"',
      '\\065',
      '\\\n',
      '\0',
      '\x01',
      '\xff',
    ],
    ...['$TTL 5\n', '$ORIGIN b\n', '$ORIGIN', '$INCLUDE sub\n', '$GENERATE 1-3 g$ A 192.0.2.$\n', '$GENERATE 1-2 ', '$', '$$'],
    ...['x 5 IN TXT "y"\n', ' 5 MX 10 m\n', 'y 5 A 192.0.2.1\n', '@ 5 SOA n h 1 2 3 4 5\n'],
  ),
  fc.string({ maxLength: 4 }),
);
const zoneText = fc.array(piece, { maxLength: 60 }).map((pieces) => Uint8Array.from(pieces.join(''), (c) => c.charCodeAt(0) & 255));
const SUB = 's 5 TXT z\n 5 TXT w';

function columns({ store, findings }: ReturnType<typeof readZoneFile>) {
  const names = Array.from({ length: store.nameCount }, (_, i) =>
    store.wire.bytes.slice(store.nameAt[i], store.nameAt[i]! + store.nameLength[i]!),
  );
  const records = Array.from({ length: store.count }, (_, k) => {
    const at = store.rdataAt[k]!;
    return [
      names[store.owner[k]!],
      store.type[k],
      store.ttl[k],
      store.line[k],
      store.source[k],
      store.wire.bytes.slice(at, at + store.rdataLength[k]!),
    ];
  });
  return { records, places: findings.map(({ id, file, line, column }) => [id, file, line, column]) };
}

test('what is read does not depend on where the chunks end', () => {
  fc.assert(
    fc.property(zoneText, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (zone, chunkOctets, pieceOctets) => {
      const whole = read({ zone, sub: SUB });
      expect(columns(read({ zone, sub: SUB }, 'example.', { chunkOctets }, pieceOctets))).toEqual(columns(whole));
    }),
    { numRuns: 3000 },
  );
});

test('random octets never throw, and findings have a place in the file', () => {
  fc.assert(
    fc.property(fc.oneof(zoneText, fc.uint8Array({ maxLength: 300 })), fc.integer({ min: 8, max: 200 }), (zone, maxEntryOctets) => {
      const lines = zone.filter((octet) => octet === 10).length + 1;
      const { findings, store } = read({ zone, sub: SUB }, 'example.', { maxEntryOctets, chunkOctets: 16 });
      for (const { file, line, column } of findings) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        if (file === 'zone') expect(line).toBeLessThanOrEqual(lines);
      }
      for (let k = 0; k < store.count; k++) expect(store.owner[k]).toBeLessThan(store.nameCount);
    }),
    { numRuns: 5000 },
  );
});

const label = fc.uint8Array({ minLength: 1, maxLength: 12 });
const wireName = fc.array(label, { maxLength: 5 }).map((labels) => {
  const out = new WireWriter();
  for (const octets of labels) {
    out.u8(octets.length);
    out.append(octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet)));
  }
  out.u8(0);
  return out.slice();
});
const textRdata = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }).map((strings) => {
  const out = new WireWriter();
  for (const octets of strings) {
    out.u8(octets.length);
    out.append(octets);
  }
  return out.slice();
});
const record = fc.record({
  owner: wireName,
  ttl: fc.integer({ min: 0, max: 0x7fff_ffff }),
  content: fc.oneof(
    textRdata.map((rdata) => ({ type: 16, rdata })),
    wireName.map((rdata) => ({ type: 2, rdata })),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((rdata) => ({ type: 1, rdata })),
    fc.tuple(fc.integer({ min: 1000, max: 65_000 }), fc.uint8Array({ maxLength: 60 })).map(([type, rdata]) => ({ type, rdata })),
  ),
});

test.each([
  ['presentation', printRecord],
  ['generic', printGenericRecord],
] as const)('read after print in %s form gives the same records', (_, print) => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const out = new WireWriter();
      for (const { owner, ttl, content } of records) print(owner, 0, ttl, content.type, content.rdata, 0, content.rdata.length, out);
      expect(out.slice().every((octet) => octet === 9 || octet === 10 || (octet >= 32 && octet < 127))).toBe(true);
      const reading = readZoneFile(memoryOpener({ zone: out.slice() }), 'zone', parseName('elsewhere.'));
      expect(reading.findings).toEqual([]);
      expect(columns(reading).records.map(([owner, type, ttl, , , rdata]) => ({ owner, ttl, content: { type, rdata } }))).toEqual(records);
    }),
    { numRuns: 1000 },
  );
});
