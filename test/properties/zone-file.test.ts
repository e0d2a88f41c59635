import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latin1, toHex } from '../../signer/dns/bytes.ts';
import { nameOf, rdataOf, type Zone } from '../../signer/zone/zone.ts';
import { printZone } from '../../signer/zonefile/print-zone.ts';
import { arbitraryRecords, arbitraryZone, headLines, recordLines } from './support/arbitrary-zone.ts';
import { readZone } from './support/sign-text.ts';

const printed = (zone: Zone, form: 'presentation' | 'generic'): string => [...printZone(zone, form)].map((piece) => latin1(piece)).join('');

/** Everything the zone says, as text. */
function contents(zone: Zone): readonly string[] {
  const lines: string[] = [];
  for (let r = 0; r < zone.rrsetCount; r++)
    for (let k = zone.rrsetFirstRecord[r]!; k < zone.rrsetFirstRecord[r + 1]!; k++)
      lines.push(`${toHex(nameOf(zone, zone.rrsetName[r]!))} ${zone.rrsetTtl[r]} ${zone.rrsetType[r]} ${toHex(rdataOf(zone, k))}`);
  return lines;
}

test('reading what was printed gives the same zone, in both forms', () => {
  fc.assert(
    fc.property(arbitraryZone, (text) => {
      const zone = readZone(text);
      for (const form of ['presentation', 'generic'] as const) {
        const again = readZone(printed(zone, form));
        expect(contents(again)).toEqual(contents(zone));
        expect(printed(again, form)).toBe(printed(zone, form));
      }
    }),
    { numRuns: 300 },
  );
});

test('the order of the records in the file does not matter', () => {
  const shuffled = arbitraryRecords.chain((records) => {
    const lines = [...headLines(), ...recordLines(records)];
    return fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length }));
  });
  fc.assert(
    fc.property(shuffled, ([lines, other]) => {
      expect(contents(readZone(other.join('')))).toEqual(contents(readZone(lines.join(''))));
    }),
    { numRuns: 300 },
  );
});

test('a record twice counts once', () => {
  fc.assert(
    fc.property(arbitraryZone, (text) => {
      const twice = readZone(`${text}${text}`);
      expect(contents(twice)).toEqual(contents(readZone(text)));
      expect(twice.left.duplicates.length).toBe(readZone(text).recordCount);
    }),
    { numRuns: 50 },
  );
});

test('any octets at all: read or refused with findings, never thrown', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(
        fc.constantFrom('(', ')', '"', '\\', ';', '\n', ' ', '\t', '@', '$', 'IN', 'A', 'TXT', '\\#', '$ORIGIN', '$TTL', '1', '\\0', 'x'),
        { maxLength: 60 },
      )
      .map((parts) => Uint8Array.from(Buffer.from(parts.join(''), 'latin1'))),
  );
  fc.assert(
    fc.property(octets, (bytes) => {
      const text = latin1(bytes);
      try {
        readZone(text);
      } catch (error) {
        expect((error as Error).message).toMatch(/^\d+:\d+ /);
      }
    }),
    { numRuns: 2000 },
  );
});
