import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex, type WireWriter } from '../../../signer/dns/bytes.ts';
import { appendName, parseName } from '../../../signer/dns/name.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { checkZone } from '../../../signer/zone/checks/check-zone.ts';
import { RecordStore } from '../../../signer/zone/record-store.ts';
import { buildZone } from '../../../signer/zone/zone.ts';
import { buildZoneFrom } from '../../support/zone-builder.ts';

/** Records that meet in many ways: aliases, delegations, glue, wildcards, repetitions. */
const name = fc.constantFrom('@', 'a', 'b', 'c', 'a.a', 'b.a', 'c.b', '*.b', 'x.*.b', 'example', 'a_b', 'out.test.', '\\195\\188');
const rdata = fc.oneof(
  fc.constantFrom(
    'A 192.0.2.1',
    'A 192.0.2.2',
    'AAAA 2001:db8::1',
    'TXT "t"',
    'SPF "s"',
    'MX 0 .',
    'CDS 0 0 0 00',
    'CSYNC 1 7 A',
    'DS 1 5 255 00',
  ),
  fc.constantFrom('SOA a b 1 2 3 4 5', 'SOA a b 2 7200 900 1209600 300', 'DNSKEY 257 3 13 AQAB', 'SVCB 0 a', 'SVCB 1 b'),
  fc.tuple(fc.constantFrom('NS', 'CNAME', 'DNAME', 'MX 10', 'SRV 0 0 1', 'PTR'), name).map(([type, target]) => `${type} ${target}`),
);
const record = fc.tuple(name, fc.constantFrom(0, 60, 3600), rdata).map(([owner, ttl, data]) => `${owner} ${ttl} ${data}`);

function findings(lines: readonly string[]) {
  const { zone, store } = buildZoneFrom(lines.join('\n'));
  return checkZone(zone, { records: store, limit: 1000, previousSerial: 1, zoneMaxTtl: 60 });
}

/** Without the place, which is the file's business. */
function what(lines: readonly string[]): string[] {
  return findings(lines)
    .map(({ line: _, file: __, ...finding }) => JSON.stringify(finding))
    .sort();
}

test('the order of the records in the file never changes what is found', () => {
  fc.assert(
    fc.property(
      fc
        .array(record, { maxLength: 30 })
        .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length }))),
      ([lines, shuffled]) => {
        expect(what(shuffled)).toEqual(what(lines));
      },
    ),
    { numRuns: 400 },
  );
});

test('RDATA of any octets, as only a program can make it, is judged alike in any order and never fails', () => {
  const type = fc.constantFrom(
    'SOA',
    'NS',
    'CNAME',
    'DNAME',
    'PTR',
    'MX',
    'SRV',
    'DS',
    'CDS',
    'CDNSKEY',
    'DNSKEY',
    'CSYNC',
    'SVCB',
    'HTTPS',
    'TYPE65280',
  );
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Uint8Array.of(...bytes, 1, 0x61, 0)),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Uint8Array.of(...bytes, 1, 0x61, ...parseName('example.'))),
  );
  const raw = fc.tuple(name, type, octets).map(([owner, mnemonic, bytes]) => `${owner} ${mnemonic} 0x${toHex(bytes)}`);
  fc.assert(
    fc.property(
      fc
        .array(raw, { maxLength: 20 })
        .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length }))),
      ([lines, shuffled]) => {
        expect(what(shuffled)).toEqual(what(lines));
      },
    ),
    { numRuns: 600 },
  );
});

test('findings are sorted by line and point at a record of their owner', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (lines) => {
      const found = findings(lines);
      expect(found.map((f) => f.line ?? 0)).toEqual(found.map((f) => f.line ?? 0).sort((a, b) => a - b));
      for (const { line, owner } of found) {
        if (line === undefined) continue;
        const text = lines[line - 1]!.split(' ')[0]!;
        expect(owner).toBe(text === '@' ? 'example.' : text.endsWith('.') ? text : `${text}.example.`);
      }
    }),
    { numRuns: 200 },
  );
});

test('200,000 delegations with glue, each tenth with a flaw', () => {
  const count = 200_000;
  const store = new RecordStore(count * 120);
  store.sources.push('tld.db');
  const apex = parseName('tld.');
  let line = 0;
  const add = (owner: string, type: number, rdata: (out: WireWriter) => void): void => {
    const bytes = new TextEncoder().encode(owner);
    const at = store.wire.length;
    appendName(bytes, 0, bytes.length, undefined, store.wire);
    const id = store.addName(at);
    const from = store.wire.length;
    rdata(store.wire);
    store.add(id, type, 86_400, from, ++line, 0);
  };
  const target = (text: string) => (out: WireWriter) => {
    const bytes = new TextEncoder().encode(text);
    appendName(bytes, 0, bytes.length, undefined, out);
  };
  add('tld.', TYPE.SOA, (out) => {
    target('a.nic.tld.')(out);
    target('hostmaster.nic.tld.')(out);
    for (const value of [1, 7200, 900, 1_209_600, 300]) out.u32(value);
  });
  for (const server of ['a.nic.tld.', 'b.nic.tld.']) {
    add('tld.', TYPE.NS, target(server));
    add(server, TYPE.A, (out) => out.u32(0xc0000201));
  }
  for (let i = 0; i < count; i++) {
    add(`d${i}.tld.`, TYPE.NS, target(`ns1.d${i}.tld.`));
    add(`d${i}.tld.`, TYPE.NS, target('ns.provider.test.'));
    if (i % 10 !== 0) add(`ns1.d${i}.tld.`, TYPE.A, (out) => out.u32(0xc0000202));
  }
  const found = checkZone(buildZone(store, apex), { records: store });
  expect(found.filter((f) => f.id === 'ZONE-GLUE-MISSING')).toHaveLength(100);
  expect(found).toHaveLength(101);
  expect(found[0]).toMatchObject({ id: 'ZONE-MORE', text: '19900 more findings of ZONE-GLUE-MISSING', found: '19900' });
});

test('long chains and rings of aliases are walked once', () => {
  const count = 50_000;
  const ring = Array.from({ length: count }, (_, i) => `r${i} CNAME r${(i + 1) % count}`);
  const chain = Array.from({ length: count }, (_, i) => `c${i} CNAME c${i + 1}`);
  const ids = findings(['@ SOA ns.test. b 2 7200 900 1209600 300', '@ NS ns.test.', '@ NS nt.test.', ...ring, ...chain])
    .filter((f) => f.id.startsWith('ZONE-CNAME'))
    .map((f) => [f.id, f.owner, f.found]);
  expect(ids).toEqual([
    ['ZONE-CNAME-LOOP', 'r0.example.', undefined],
    ['ZONE-CNAME-CHAIN', 'c0.example.', `${count}`],
    ['ZONE-CNAME-DANGLING', `c${count - 1}.example.`, `c${count}.example.`],
  ]);
});
