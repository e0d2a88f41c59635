import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyExport } from '../../src/audit/verifier/verify.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './support/sample-export.ts';
import { type Answer, answerOf, askSecondVerifier, errorsOf, type Files } from './support/second-verifier.ts';

const folder = new TestFolder();
let log: SampleExport;
let members: Member[];

beforeAll(async () => {
  log = await makeSampleExport(folder.path, 'log');
  members = sorted(log.files);
});
afterAll(() => folder[Symbol.dispose]());

interface Member {
  readonly name: string;
  readonly content: Uint8Array;
  /** Fields of the header: offset → octets. */
  readonly fields?: Readonly<Record<number, string>>;
  readonly padding?: string;
  readonly checksum?: string;
}

const sorted = (files: Files): Member[] =>
  [...files].map(([path, content]) => ({ name: `coldsign-audit/${path}`, content })).sort((a, b) => (a.name < b.name ? -1 : 1));

/** POSIX.1-2017, pax: ustar Interchange Format. Written apart from the library that makes exports. */
function tar(list: readonly Member[], end = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...list.flatMap(block), end]);
}

function block({ name, content, fields = {}, padding = '', checksum }: Member): Buffer[] {
  const header = Buffer.alloc(512);
  const size = content.length.toString(8).padStart(11, '0');
  const usual = {
    0: name,
    100: '0000644\0',
    108: '0000000\0',
    116: '0000000\0',
    124: `${size}\0`,
    136: '00000000000\0',
    156: '0',
    257: 'ustar\x0000',
  };
  for (const [at, text] of Object.entries({ ...usual, ...fields })) header.write(text, Number(at), 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const rest = Buffer.alloc((512 - (content.length % 512)) % 512);
  rest.write(padding, 0, 'latin1');
  return [header, Buffer.from(content), rest];
}

interface Outcome {
  readonly what: string;
  readonly archive: Buffer;
  readonly errors: readonly string[];
}

async function expectOutcomes(outcomes: readonly Outcome[]): Promise<void> {
  const paths = outcomes.map(({ archive }, i) => {
    const path = join(folder.path, `case.${i}.tar`);
    writeFileSync(path, archive);
    return path;
  });
  const second = await askSecondVerifier(paths.map((path) => ({ path, options: {} })));
  for (const [i, { what, errors }] of outcomes.entries()) {
    const report = verifyExport(paths[i]!);
    expect(errorsOf(report), what).toEqual([...errors].sort());
    expect(second[i], what).toEqual(answerOf(report));
  }
}

/** The first member changed. */
const first = (change: Partial<Member>): Buffer => tar(members.map((member, i) => (i === 0 ? { ...member, ...change } : member)));
const plus = (...more: readonly Member[]): Buffer => tar([...members, ...more]);
const extra = (name: string, more: Partial<Member> = {}): Member => ({ name, content: Buffer.from('x'), ...more });

test('an archive by another writer of the format is read', async () => {
  await expectOutcomes([{ what: 'as it is', archive: tar(members), errors: [] }]);
});

describe('what an export does not have', () => {
  const lost = ['AUDIT-ARTIFACT-MISSING', 'AUDIT-FILE-MISSING'];

  test('members that are no files, or lie elsewhere', async () => {
    const link = { 156: '2', 157: 'entries.jsonl' };
    await expectOutcomes([
      {
        what: 'symbolic link',
        archive: plus(extra('coldsign-audit/zz', { content: Buffer.alloc(0), fields: link })),
        errors: ['AUDIT-MEMBER'],
      },
      { what: 'hard link', archive: plus(extra('coldsign-audit/zz', { fields: { ...link, 156: '1' } })), errors: ['AUDIT-MEMBER'] },
      {
        what: 'folder',
        archive: plus(extra('coldsign-audit/zz/', { content: Buffer.alloc(0), fields: { 156: '5' } })),
        errors: ['AUDIT-MEMBER'],
      },
      { what: 'device', archive: plus(extra('coldsign-audit/zz', { fields: { 156: '3' } })), errors: ['AUDIT-MEMBER'] },
      { what: 'long name of GNU tar', archive: plus(extra('././@LongLink', { fields: { 156: 'L' } })), errors: ['AUDIT-MEMBER'] },
      { what: 'pax header', archive: plus(extra('coldsign-audit/zz', { fields: { 156: 'x' } })), errors: ['AUDIT-MEMBER'] },
      { what: 'outside', archive: plus(extra('zz')), errors: ['AUDIT-MEMBER'] },
      { what: 'above', archive: plus(extra('coldsign-audit/../zz')), errors: ['AUDIT-MEMBER'] },
      { what: 'absolute', archive: plus(extra('/coldsign-audit/zz')), errors: ['AUDIT-MEMBER'] },
      { what: 'a dot', archive: plus(extra('coldsign-audit/./vkeys')), errors: ['AUDIT-MEMBER'] },
      { what: 'two slashes', archive: plus(extra('coldsign-audit//vkeys')), errors: ['AUDIT-MEMBER'] },
      { what: 'a blank in the name', archive: plus(extra('coldsign-audit/z z')), errors: ['AUDIT-MEMBER'] },
      { what: 'something behind the end of the name', archive: plus(extra('coldsign-audit/zz\0x')), errors: ['AUDIT-MEMBER'] },
      {
        what: 'a link in the place of a file',
        archive: first({ fields: link, content: Buffer.alloc(0) }),
        errors: ['AUDIT-MEMBER', ...lost],
      },
    ]);
  });

  test('twice the same path: the first one is judged, and the second told', async () => {
    const again = members.find(({ name }) => name.endsWith('/vkeys'))!;
    await expectOutcomes([
      { what: 'same', archive: plus(again), errors: ['AUDIT-MEMBER'] },
      { what: 'other', archive: plus({ ...again, content: Buffer.from('x') }), errors: ['AUDIT-MEMBER'] },
    ]);
  });

  test('another order, times, owners, modes; octets where none are', async () => {
    await expectOutcomes([
      { what: 'order', archive: tar(members.toReversed()), errors: ['AUDIT-MEMBER'] },
      { what: 'time', archive: first({ fields: { 136: '00000000001\0' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'mode', archive: first({ fields: { 100: '0000755\0' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'uid', archive: first({ fields: { 108: '0000001\0' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'gid', archive: first({ fields: { 116: '0000001\0' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'owner', archive: first({ fields: { 265: 'root' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'link target', archive: first({ fields: { 157: 'x' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'device', archive: first({ fields: { 329: '0000001\0' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'end of the header', archive: first({ fields: { 500: 'x' } }), errors: ['AUDIT-MEMBER'] },
      { what: 'padding', archive: first({ padding: 'hello' }), errors: ['AUDIT-MEMBER'] },
      { what: 'prefix', archive: first({ fields: { 345: 'x' } }), errors: ['AUDIT-MEMBER', ...lost] },
    ]);
  });

  test('what cannot be read ends the reading; what was read is judged', async () => {
    const whole = tar(members);
    const all = ['AUDIT-FILE-MISSING', 'AUDIT-GENESIS'];
    await expectOutcomes([
      { what: 'more behind the end', archive: Buffer.concat([whole, Buffer.from('x')]), errors: ['AUDIT-ARCHIVE'] },
      { what: 'more zeros behind the end', archive: tar(members, Buffer.alloc(10_240)), errors: ['AUDIT-ARCHIVE'] },
      { what: 'one empty block', archive: tar(members, Buffer.alloc(512)), errors: ['AUDIT-ARCHIVE'] },
      { what: 'no end', archive: tar(members, Buffer.alloc(0)), errors: ['AUDIT-ARCHIVE'] },
      {
        what: 'a second block that is not empty',
        archive: tar(members, Buffer.from(`${'\0'.repeat(512)}${'x'.repeat(512)}`)),
        errors: ['AUDIT-ARCHIVE'],
      },
      { what: 'checksum', archive: first({ checksum: '000000\0 ' }), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'no checksum', archive: first({ checksum: '        ' }), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'another format', archive: first({ fields: { 257: 'ustar  \0' } }), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'size that is no number', archive: first({ fields: { 124: 'ffffffffffff' } }), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'size beyond the end', archive: first({ fields: { 124: '77777777777\0' } }), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'nothing', archive: Buffer.alloc(0), errors: ['AUDIT-ARCHIVE', ...all] },
      { what: 'nothing but the end', archive: Buffer.alloc(1024), errors: all },
      { what: 'something else', archive: Buffer.from('hello'.repeat(1000)), errors: ['AUDIT-ARCHIVE', ...all] },
    ]);
  });

  test('cut off anywhere', async () => {
    const whole = tar(members);
    const steps = Array.from({ length: 40 }, (_, i) => Math.floor((whole.length * i) / 40) + (i % 7));
    const paths = steps.map((length) => {
      const path = join(folder.path, `cut.${length}`);
      writeFileSync(path, whole.subarray(0, length));
      return path;
    });
    const second = await askSecondVerifier(paths.map((path) => ({ path, options: {} })));
    for (const [i, path] of paths.entries()) {
      const report = verifyExport(path);
      expect(errorsOf(report), path).toContain('AUDIT-ARCHIVE');
      expect(second[i], path).toEqual(answerOf(report));
    }
  });
});

test('every octet of a header, changed, is noticed by both in the same way', async () => {
  // The first member is MANIFEST; what is after it is its content.
  const path = join(folder.path, 'flips.tar');
  const whole = tar(members);
  writeFileSync(path, whole);
  const asked = askSecondVerifier<Answer[]>([{ archive: path, from: 0, to: 512, mask: 1 }]);
  const changed = join(folder.path, 'flip.tar');
  const found = Array.from({ length: 512 }, (_, at) => {
    const octets = Buffer.from(whole);
    octets[at]! ^= 1;
    writeFileSync(changed, octets);
    return answerOf(verifyExport(changed));
  });
  expect(found.filter(([ok]) => ok)).toEqual([]);
  expect((await asked)[0]).toEqual(found);
});

describe('a folder', () => {
  test('is read like the archive that it was unpacked from', async () => {
    const paths = ['log.files', 'log.files/coldsign-audit'].map((name) => join(folder.path, name));
    const second = await askSecondVerifier(paths.map((path) => ({ path, options: {} })));
    for (const [i, path] of paths.entries()) {
      expect(verifyExport(path).ok).toBe(true);
      expect(second[i]).toEqual(answerOf(verifyExport(path)));
    }
    expect(readFileSync(log.archive).length % 512).toBe(0);
  });

  test('links and names of other kinds are told', async () => {
    const path = join(folder.path, 'linked');
    mkdirSync(path);
    for (const [name, content] of log.files) {
      mkdirSync(join(path, name, '..'), { recursive: true });
      writeFileSync(join(path, name), content);
    }
    expect(verifyExport(path).ok).toBe(true);
    symlinkSync('vkeys', join(path, 'zz'));
    symlinkSync('artifacts', join(path, 'yy'));
    writeFileSync(join(path, 'a b'), '');
    const report = verifyExport(path);
    expect(errorsOf(report)).toEqual(['AUDIT-MEMBER']);
    expect(report.findings.filter(({ code }) => code === 'AUDIT-MEMBER')).toHaveLength(3);
    expect(await askSecondVerifier([{ path, options: {} }])).toEqual([answerOf(report)]);
  });
});
