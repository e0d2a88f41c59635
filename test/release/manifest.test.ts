import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Manifest, parseManifest, printManifest } from '../../src/release/manifest.ts';

const HASH = 'ab'.repeat(32);

const MANIFEST: Manifest = {
  kind: 'zone',
  zone: 'example.org.',
  serial: 2026112401,
  created: '2026-11-24T09:00:00Z',
  mode: 'production',
  log: 4711,
  validFrom: '2026-11-24T08:00:00Z',
  validUntil: '2026-12-06T01:02:03Z',
  previous: { serial: 2026112400, sha256: HASH },
  preservation: HASH,
  keys: [{ tag: 4711, algorithm: 13, flags: 257 }],
  expected: [
    { form: 'unpublished', dnskey: 'AQEDDQECAwQ=' },
    { form: 'requested', dnskey: 'AQEDDQECAwU=' },
    { form: 'incomplete', algorithm: 8 },
    { form: 'no-ds' },
  ],
  judges: [
    { name: 'coldsign-verifier', version: '0.1.0', verdict: 'accept' },
    { name: 'dnssec-verify', version: '9.18.49-1~deb12u3-Debian', verdict: 'accept' },
  ],
  overrides: ['limit-removed'],
  files: [
    { path: 'zone.signed', sha256: HASH, size: 100 },
    { path: 'dsset', sha256: HASH, size: 0 },
  ],
};

const TEXT = `coldsign-release/1
kind zone
zone example.org.
serial 2026112401
created 2026-11-24T09:00:00Z
mode production
log 4711
valid-from 2026-11-24T08:00:00Z
valid-until 2026-12-06T01:02:03Z
previous 2026112400 ${HASH}
preservation ${HASH}
key 4711 13 257
expect unpublished AQEDDQECAwQ=
expect requested AQEDDQECAwU=
expect incomplete 8
expect no-ds
judge coldsign-verifier 0.1.0 accept
judge dnssec-verify 9.18.49-1~deb12u3-Debian accept
override limit-removed
file ${HASH} 0 dsset
file ${HASH} 100 zone.signed
`;

describe('the text of a manifest', () => {
  test('is as documented, files sorted', () => {
    expect(printManifest(MANIFEST)).toBe(TEXT);
    expect(parseManifest(TEXT)).toEqual({ ...MANIFEST, files: MANIFEST.files.toReversed() });
  });

  test('what a release does not have is none', () => {
    const bare: Manifest = {
      ...MANIFEST,
      kind: 'catalog',
      previous: undefined,
      validFrom: undefined,
      validUntil: undefined,
      preservation: undefined,
      keys: [],
      expected: [],
      judges: [],
      overrides: [],
      files: [],
    };
    expect(printManifest(bare)).toContain('valid-from none\nvalid-until none\nprevious none\npreservation none\n');
    expect(parseManifest(printManifest(bare))).toEqual(bare);
  });

  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets).toString('hex'));
  const u32 = fc.nat(0xffff_ffff);
  const u16 = fc.nat(0xffff);
  const moment = fc.nat(0xffff_ffff).map((seconds) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString());
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const dnskey = fc.uint8Array({ minLength: 1, maxLength: 70 }).map((key) => Buffer.from([1, 1, 3, 13, ...key]).toString('base64'));
  const namesKey = (form: 'unpublished' | 'requested') =>
    fc.uniqueArray(dnskey, { maxLength: 2 }).map((keys) => keys.map((key) => ({ form, dnskey: key })));
  const anyExpectations: fc.Arbitrary<Manifest['expected']> = fc
    .tuple(
      namesKey('unpublished'),
      namesKey('requested'),
      fc.uniqueArray(fc.nat(255), { maxLength: 2 }).map((all) => all.map((algorithm) => ({ form: 'incomplete' as const, algorithm }))),
      fc.constantFrom([], [{ form: 'no-ds' as const }]),
    )
    .map((groups) => groups.flat());
  const anyManifest: fc.Arbitrary<Manifest> = fc.record({
    kind: fc.constantFrom('zone' as const, 'unsigned' as const, 'catalog' as const),
    zone: fc.constantFrom('.', 'example.', '\\@\\"\\032.example.', '_x.y\\.z.', 'xn--4ca.test.'),
    serial: u32,
    created: moment,
    mode: fc.constantFrom('production' as const, 'practice' as const),
    log: fc.nat(999_999_999_999_999),
    validFrom: maybe(moment),
    validUntil: maybe(moment),
    previous: maybe(fc.record({ serial: u32, sha256: hash })),
    preservation: maybe(hash),
    keys: fc.array(fc.record({ tag: u16, algorithm: fc.nat(255), flags: u16 }), { maxLength: 4 }),
    expected: anyExpectations,
    judges: fc.array(fc.record({ name: word, version: fc.stringMatching(/^[!-~]{1,20}$/), verdict: fc.stringMatching(/^[a-z]{1,12}$/) }), {
      maxLength: 4,
    }),
    overrides: fc.array(word, { maxLength: 3 }),
    files: fc
      .uniqueArray(
        fc.record({ path: fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/), sha256: hash, size: fc.nat(999_999_999_999_999) }),
        { selector: ({ path }) => path, maxLength: 8 },
      )
      .filter((files) => files.every(({ path }) => path !== 'MANIFEST'))
      .map((files) => files.toSorted((a, b) => (a.path < b.path ? -1 : 1))),
  });

  test('printed and parsed it is the same, in both directions', () => {
    fc.assert(
      fc.property(anyManifest, (manifest) => {
        const text = printManifest(manifest);
        expect(parseManifest(text)).toEqual(manifest);
        expect(printManifest(parseManifest(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('an octet changed: refused, or another manifest that is printed as it stands', () => {
    fc.assert(
      fc.property(fc.nat(TEXT.length - 1), fc.constantFrom(...' \n0aZ.:~\t\u00a0'), (at, octet) => {
        const changed = TEXT.slice(0, at) + octet + TEXT.slice(at + 1);
        let parsed: Manifest | undefined;
        try {
          parsed = parseManifest(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'release/bad-manifest' });
          return;
        }
        expect(printManifest(parsed)).toBe(changed);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what is not a manifest', () => {
  const lines = TEXT.split('\n').slice(0, -1);

  test('any line left out, doubled where it may not be, or exchanged with the next one', () => {
    const text = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
    // A key, a judge, an override, a file may be missing: another manifest, and another signature.
    for (let i = 0; i < 11; i++) {
      expect(() => parseManifest(text(lines.toSpliced(i, 1))), `without ${lines[i]}`).toThrow(
        expect.objectContaining({ code: 'release/bad-manifest' }),
      );
      expect(() => parseManifest(text(lines.toSpliced(i, 0, lines[i]!))), `twice ${lines[i]}`).toThrow(`line ${i + 2} of MANIFEST`);
    }
    for (let i = 0; i + 1 < lines.length; i++) {
      const exchanged = text(lines.toSpliced(i, 2, lines[i + 1]!, lines[i]!));
      // Judges stand in the order of the gate.
      if (lines[i]!.startsWith('judge') && lines[i + 1]!.startsWith('judge')) continue;
      expect(() => parseManifest(exchanged), lines[i]).toThrow(expect.objectContaining({ code: 'release/bad-manifest' }));
    }
  });

  test.each([
    [TEXT.replace('kind zone', 'kind  zone'), 2, 'kind zone, kind unsigned, or kind catalog'],
    [TEXT.replace('example.org.', 'Example.org.'), 3, 'a name in lower case, as coldsign prints it'],
    [TEXT.replace('example.org.', 'a..'), 3, 'a name in lower case, as coldsign prints it'],
    [TEXT.replace('serial 2026112401', 'serial 4294967296'), 4, 'a serial of 32 bits'],
    [TEXT.replace('serial 2026112401', 'serial 02026'), 4, 'serial 2026'],
    [TEXT.replace('2026-11-24T09', '2026-02-30T09'), 5, 'a moment that the calendar has'],
    [TEXT.replace('key 4711 13 257', 'key 65536 13 257'), 12, 'tag and flags of 16 bits, algorithm of 8'],
    [TEXT.replace('unpublished AQEDDQECAwQ=', 'unpublished AQEDDQ=='), 13, 'a DNSKEY record in base64, or an algorithm of 8 bits'],
    [TEXT.replace('requested AQEDDQECAwU=', 'requested AQECDQECAwU='), 14, 'a DNSKEY record in base64, or an algorithm of 8 bits'],
    [TEXT.replace('incomplete 8', 'incomplete 256'), 15, 'a DNSKEY record in base64, or an algorithm of 8 bits'],
    [TEXT.replace('incomplete 8', 'incomplete 08'), 15, 'expect incomplete 8'],
    [TEXT.replace('expect no-ds\n', 'expect no-ds\nexpect no-ds\n'), 17, 'each expectation once'],
    [TEXT.replace('expect no-ds', 'expect ds'), 16, 'a line of the next kind, or the end'],
    [TEXT.replace(' 0 dsset', ' 0 ../dsset'), 20, 'a line of the next kind, or the end'],
    [TEXT.replace(' 0 dsset', ' 0 .dsset'), 20, 'a line of the next kind, or the end'],
    [TEXT.replace(' 0 dsset', ' 0 zone.signed'), 21, 'each file once'],
    [TEXT.replace(' 0 dsset', ' 0 MANIFEST'), 20, 'any file but MANIFEST itself'],
    [TEXT.replace('coldsign-release/1', 'coldsign-release/2'), 1, 'coldsign-release/1'],
    [`${TEXT}more\n`, 22, 'a line of the next kind, or the end'],
  ])('line by line (%#)', (text, line, expected) => {
    expect(() => parseManifest(text)).toThrow(
      expect.objectContaining({
        code: 'release/bad-manifest',
        message: expect.stringMatching(
          new RegExp(`^line ${line} of MANIFEST is .* where ${JSON.stringify(expected).replace(/[.*]/g, '\\$&')} is expected$`),
        ),
      }),
    );
  });

  test('a text without its last line feed, and no text at all', () => {
    expect(() => parseManifest(TEXT.slice(0, -1))).toThrow('line 21 of MANIFEST');
    expect(() => parseManifest('')).toThrow('line 1 of MANIFEST');
  });

  test('what could not be read back is not printed', () => {
    const bad: readonly Partial<Manifest>[] = [
      { zone: 'example.org' },
      { judges: [{ name: 'x', version: 'a b', verdict: 'accept' }] },
      { files: [{ path: 'a/b', sha256: HASH, size: 1 }] },
      { serial: -1 },
    ];
    for (const change of bad) expect(() => printManifest({ ...MANIFEST, ...change })).toThrow(RangeError);
  });
});
