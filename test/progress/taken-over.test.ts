import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import { parseSegmentHead, RECORD_HEAD_OCTETS } from '../../src/sign/progress/segment.ts';
import { headLines } from '../properties/support/arbitrary-zone.ts';
import { NOW, ORIGIN, POLICY, readZone } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { ProgressBench } from './support/interrupted-signing.ts';

const DAY = 86_400;
const RECORD_OCTETS = RECORD_HEAD_OCTETS + 64;

const zoneOf = (hosts: number, ttl = 60): string =>
  [...headLines(), ...Array.from({ length: hosts }, (_, i) => `h${i}.${ORIGIN} ${ttl} IN A 192.0.2.${i}\n`)].join('');
const TEXT = zoneOf(100);

let keys: readonly ZoneKey[];
let others: readonly ZoneKey[];
beforeAll(() => {
  keys = keyPair(13);
  others = keyPair(13);
});

async function expectGood(text: string | undefined, now = NOW): Promise<void> {
  const { findings } = await verifyZone(readZone(text!), { now });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
}

describe('"progress survives": signatures already made and verified are kept for the resume', () => {
  test.each([9, 60, 120, 201])('the token is gone after %i signatures: the next run makes only the missing ones', async (failAfter) => {
    using bench = new ProgressBench();
    const first = await bench.run({ text: TEXT, keys, failAfter });
    expect(first.text).toBeUndefined();
    expect(first.signed).toBeGreaterThan(0);
    const second = await bench.run({ text: TEXT, keys, now: NOW + 600 });
    const all = await new ProgressBench().run({ text: TEXT, keys });
    expect(second.kept).toBe(first.signed);
    expect(second.signed).toBe(all.signed - first.signed);
    expect(second.made).toBe(second.signed);
    expect(second.notes).toContain(`${first.signed} signatures of the interrupted run are used`);
    await expectGood(second.text, NOW + 600);
  });

  test('one interruption after the other: each run goes on from where all before it came to', async () => {
    using bench = new ProgressBench();
    let before = 0;
    for (const failAfter of [40, 40, 40]) {
      const { signed, kept } = await bench.run({ text: TEXT, keys, failAfter });
      expect(kept).toBeLessThanOrEqual(before);
      before += signed;
    }
    expect(bench.files()).toHaveLength(3);
    const last = await bench.run({ text: TEXT, keys });
    expect(last.kept).toBe(before);
    await expectGood(last.text);
  });

  test('a run whose zone did not pass the gate has signed all there is to sign, ZONEMD with it', async () => {
    using bench = new ProgressBench();
    const policy = {
      ...POLICY,
      zonemd: ['sha384' as const],
      denial: { kind: 'nsec3' as const, optOut: false, iterations: 0, salt: new Uint8Array() },
    };
    const first = await bench.run({ text: TEXT, keys, policy });
    const second = await bench.run({ text: TEXT, keys, policy });
    expect(second).toMatchObject({ made: 0, signed: 0, kept: first.made });
    expect(second.text).toBe(first.text);
  });

  test('what the previous release has is kept from there, and only the rest from the interrupted run', async () => {
    using bench = new ProgressBench();
    const released = await bench.run({ text: TEXT, keys, isReleased: true });
    expect(existsSync(bench.folder)).toBe(false);
    const text = zoneOf(130);
    const first = await bench.run({ text, keys, previous: released.text!, failAfter: 30 });
    const second = await bench.run({ text, keys, previous: released.text!, isReleased: true });
    expect(second.notes).toContain(`${first.signed} signatures of the interrupted run are used`);
    expect(second.kept).toBeGreaterThan(first.signed);
    await expectGood(second.text);
    expect(existsSync(bench.folder)).toBe(false);
  });
});

describe('"treated exactly like signatures of the previous zone": what does not fit is made anew', () => {
  test('another TTL, another address: those RRsets alone', async () => {
    using bench = new ProgressBench();
    const { made } = await bench.run({ text: TEXT, keys });
    const changed = TEXT.replace(`h7.${ORIGIN} 60 `, `h7.${ORIGIN} 61 `).replace('192.0.2.9\n', '198.51.100.9\n');
    const second = await bench.run({ text: changed, keys });
    expect(second).toMatchObject({ made: 2, kept: made - 2 });
    await expectGood(second.text);
  });

  test('other keys: nothing fits, and the file is removed', async () => {
    using bench = new ProgressBench();
    await bench.run({ text: TEXT, keys });
    const [before] = bench.files();
    const second = await bench.run({ text: TEXT, keys: others });
    expect(second.kept).toBe(0);
    expect(second.notes).toBe('');
    expect(bench.files()).not.toContain(before);
    await expectGood(second.text);
  });

  test('of a key that is still there only: the ZSK was rolled', async () => {
    using bench = new ProgressBench();
    await bench.run({ text: TEXT, keys });
    const second = await bench.run({ text: TEXT, keys: [keys[1]!, keys[0]!] });
    expect(second.made).toBe(0);
    const third = await bench.run({ text: TEXT, keys: [keys[0]!, others[1]!] });
    expect(third.kept).toBe(0);
    await expectGood(third.text);
  });

  test.each([
    ['they have less than the refresh time left', NOW + POLICY.signaturesValidity - POLICY.signaturesRefresh, POLICY],
    ['the clock was set back before their inception', NOW - 2 * POLICY.inceptionOffset, POLICY],
    ['the policy wants shorter ones', NOW, { ...POLICY, signaturesValidity: 10 * DAY, signaturesValidityDnskey: 10 * DAY }],
  ])('%s', async (_, now, policy) => {
    using bench = new ProgressBench();
    await bench.run({ text: TEXT, keys });
    const second = await bench.run({ text: TEXT, keys, now, policy });
    expect(second).toMatchObject({ kept: 0, notes: '' });
    await expectGood(second.text, now);
  });

  test('a day later they are used, with the times that they have', async () => {
    using bench = new ProgressBench();
    const first = await bench.run({ text: TEXT, keys });
    const second = await bench.run({ text: TEXT, keys, now: NOW + DAY });
    expect(second).toMatchObject({ made: 0, text: first.text });
  });

  test('the file of another zone, nothing at all, and something else under the name of a file', async () => {
    using bench = new ProgressBench();
    await bench.run({ text: TEXT, keys });
    const octets = readFileSync(bench.files()[0]!);
    const at = octets.indexOf('\u0001p\u0004test\u0000', 0, 'latin1');
    expect(at).toBeGreaterThan(0);
    for (const content of [flipped(octets, at + 1), Buffer.alloc(0), Buffer.from('coldsign signatures 1\n'), Buffer.alloc(5000, 1)]) {
      writeFileSync(bench.files()[0]!, content);
      const { kept, text } = await bench.run({ text: TEXT, keys });
      expect(kept).toBe(0);
      await expectGood(text);
    }
  });
});

const flipped = (octets: Buffer, at: number, bit = 0): Buffer => {
  const copy = Buffer.from(octets);
  copy[at] = copy[at]! ^ (1 << bit);
  return copy;
};

describe('"never trust the disk"', () => {
  test('a bit that was flipped costs one new signature; in the head of the file, all of them', async () => {
    using bench = new ProgressBench();
    const { made } = await bench.run({ text: TEXT, keys });
    const whole = readFileSync(bench.files()[0]!);
    const headOctets = whole.length % RECORD_OCTETS;
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const [file] = bench.files();
        mkdirSync(bench.folder, { recursive: true });
        writeFileSync(file ?? `${bench.folder}/1.signatures`, flipped(whole, at, bit));
        const second = await bench.run({ text: TEXT, keys, isReleased: true });
        const isHead = at < whole.length - made * RECORD_OCTETS;
        expect(second.made).toBeLessThanOrEqual(isHead ? made : 1);
        expect(second.made + second.kept).toBe(made);
        expect(second.keptButBad).toBe(0);
        await expectGood(second.text);
      }),
      {
        numRuns: 60,
        examples: [
          [headOctets, 0],
          [whole.length - 1, 7],
          [whole.length - 64 - 8, 1],
        ],
      },
    );
  });

  test('the head of a file may say anything: whoever writes there can write a checksum too', () => {
    const magic = Buffer.from('coldsign signatures 1\n');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (fields, rest) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(fields.length);
        const head = Buffer.concat([magic, length, fields]);
        const sum = Buffer.alloc(4);
        sum.writeUInt32BE(crc32(head));
        const parsed = parseSegmentHead(Buffer.concat([head, sum, rest]));
        if (parsed !== undefined) expect(parsed.end).toBe(head.length + 4);
        return true;
      }),
      { numRuns: 500 },
    );
  });

  test('a pipe under the name of a file keeps nobody waiting', async () => {
    using bench = new ProgressBench();
    mkdirSync(bench.folder);
    execFileSync('mkfifo', [`${bench.folder}/1.signatures`]);
    const { text, kept } = await bench.run({ text: TEXT, keys });
    expect(kept).toBe(0);
    await expectGood(text);
  });

  test('a file that ends in the middle of a record: the records before it are used', async () => {
    using bench = new ProgressBench();
    const { made } = await bench.run({ text: TEXT, keys });
    const [file] = bench.files();
    const { size } = statSync(file!);
    for (const cut of [1, RECORD_OCTETS - 1, RECORD_OCTETS, 5 * RECORD_OCTETS + 7]) {
      using copy = new ProgressBench();
      mkdirSync(copy.folder);
      writeFileSync(`${copy.folder}/1.signatures`, readFileSync(file!));
      truncateSync(`${copy.folder}/1.signatures`, size - cut);
      const second = await copy.run({ text: TEXT, keys });
      expect(second).toMatchObject({ made: Math.ceil(cut / RECORD_OCTETS), kept: made - Math.ceil(cut / RECORD_OCTETS) });
      await expectGood(second.text);
    }
  });

  test('signatures that were exchanged with each other verify nowhere: they are made anew, and it is not the previous zone that is blamed', async () => {
    using bench = new ProgressBench();
    const { made } = await bench.run({ text: TEXT, keys });
    const [file] = bench.files();
    const octets = readFileSync(file!);
    const [a, b] = [1, 2].map((n) => octets.length - n * RECORD_OCTETS + RECORD_HEAD_OCTETS) as [number, number];
    const one = Buffer.from(octets.subarray(a, a + 64));
    octets.copy(octets, a, b, b + 64);
    one.copy(octets, b);
    writeFileSync(file!, octets);
    const second = await bench.run({ text: TEXT, keys });
    expect(second).toMatchObject({ made: 2, kept: made - 2, keptButBad: 0, resumedButBad: 2 });
    await expectGood(second.text);
  });
});

describe('it helps and never hinders', () => {
  test('where it cannot be written, the zone is signed, and that is told once', async () => {
    using bench = new ProgressBench();
    writeFileSync(bench.folder, '');
    const { text, notes } = await bench.run({ text: zoneOf(2000), keys });
    await expectGood(text);
    expect(notes.match(/warning: .* could not be written/g)).toHaveLength(1);
  });

  test("the files are their owner's alone", async () => {
    using bench = new ProgressBench();
    await bench.run({ text: TEXT, keys, failAfter: 50 });
    expect(statSync(bench.files()[0]!).mode & 0o777).toBe(0o600);
    expect(statSync(bench.folder).mode & 0o777).toBe(0o700);
  });
});
