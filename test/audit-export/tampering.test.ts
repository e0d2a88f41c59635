import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printVkey, vkeyOf } from '../../src/audit/vkey.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';
import { type Case, judgeCases, mistakesIn } from './support/cases.ts';
import { linesOf, resealed, sha256, withEntry, withFile, withLines, withoutFile } from './support/forge.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './support/sample-export.ts';
import { COSIGNED, ORIGIN } from './support/sample-log.ts';
import { absentLines, type Files, relisted, textOf } from './support/second-verifier.ts';

const folder = new TestFolder();
let log: SampleExport;
let files: Files;

beforeAll(async () => {
  log = await makeSampleExport(folder.path, 'log');
  files = log.files;
});
afterAll(() => folder[Symbol.dispose]());

/** By somebody without the key of the log, who makes MANIFEST anew. */
function forged(name: string, changed: Files, ...errors: readonly string[]): Case {
  return { name, files: relisted(changed), errors };
}

async function expectAll(cases: readonly Case[]): Promise<void> {
  expect(cases.length).toBeGreaterThan(0);
  expect(mistakesIn(await judgeCases(log, cases))).toEqual([]);
}

/** The two verifiers agree, the export is not in order, and one of these is said. */
async function expectEach(cases: readonly Files[], oneOf: readonly string[]): Promise<void> {
  const judged = await judgeCases(
    log,
    cases.map((changed, i) => ({ name: `${i}`, files: relisted(changed), errors: [] })),
  );
  for (const { name, first, second, errors } of judged) {
    expect(second, name).toEqual(first);
    expect(first[0], name).toBe(false);
    expect(
      errors.found.filter((code) => oneOf.includes(code)),
      `${name}: ${errors.found}`,
    ).not.toEqual([]);
  }
}

describe('RFC 6962 2.1: the root is over all entries, in their order', () => {
  test('an entry taken out, at every place', async () => {
    const lines = linesOf(files);
    await expectEach(
      lines.map((_, i) => withLines(files, lines.toSpliced(i, 1))),
      ['AUDIT-TRUNCATED'],
    );
  });

  test('an entry put in, at every place: one of the log again, or another', async () => {
    const lines = linesOf(files);
    const foreign = lines[9]!.replace('"serial":1', '"serial":8');
    const repeated = lines.map((line, i) => withLines(files, lines.toSpliced(i, 0, line)));
    const inserted = Array.from({ length: lines.length + 1 }, (_, i) => withLines(files, lines.toSpliced(i, 0, foreign)));
    await expectEach([...repeated, ...inserted], ['AUDIT-ENTRY-UNSEALED']);
  });

  test('two entries exchanged, at every place', async () => {
    const lines = linesOf(files);
    const cases = lines.slice(1).map((line, i) => withLines(files, lines.toSpliced(i, 2, line, lines[i]!)));
    await expectEach(cases, ['AUDIT-ROOT']);
  });

  test('the log cut off after every entry, and inside of the next', async () => {
    const lines = linesOf(files);
    const cut = lines.map((_, i) => withLines(files, lines.slice(0, i)));
    const torn = lines.map((line, i) =>
      withFile(
        files,
        'entries.jsonl',
        lines
          .slice(0, i)
          .map((l) => `${l}\n`)
          .join('') + line.slice(0, 20),
      ),
    );
    await expectEach(cut, ['AUDIT-TRUNCATED']);
    await expectEach(torn, ['AUDIT-ENTRY-TORN']);
  });

  test('the last line without its line feed is no entry', async () => {
    const octets = files.get('entries.jsonl')!;
    await expectAll([forged('line feed', withFile(files, 'entries.jsonl', octets.slice(0, -1)), 'AUDIT-ENTRY-TORN', 'AUDIT-TRUNCATED')]);
  });

  test('what an entry says, changed in canonical form', async () => {
    const changed = withEntry(files, 13, ({ data }) => {
      data.reason = 'somebody else did it';
    });
    await expectAll([forged('reason', changed, 'AUDIT-ROOT')]);
  });
});

describe('C2SP tlog-checkpoint: the head is signed by the key of the log', () => {
  test('older heads in the place of newer ones', async () => {
    const old = files.get('checkpoints/17')!;
    const replaced = withFile(files, 'checkpoint', old);
    await expectAll([
      forged('newer ones left', replaced, 'AUDIT-CHECKPOINT-OLD', 'AUDIT-ENTRY-UNSEALED'),
      forged('newer ones taken away', withoutFile(replaced, 'checkpoints/33'), 'AUDIT-ENTRY-UNSEALED'),
      forged('log cut off to it', withLines(replaced, linesOf(files).slice(0, 17)), 'AUDIT-CHECKPOINT-OLD', 'AUDIT-TRUNCATED', ...LOST),
      forged('wrong name', withFile(withoutFile(files, 'checkpoints/17'), 'checkpoints/18', old), 'AUDIT-CHECKPOINT-NAME'),
      forged('the copy of the newest away', withoutFile(files, 'checkpoints/33'), 'AUDIT-CHECKPOINT-COPY'),
      forged('no head', withoutFile(files, 'checkpoint'), 'AUDIT-FILE-MISSING'),
    ]);
  });

  test('signatures: of another text, of another key, cut off', async () => {
    const note = textOf(files, 'checkpoint');
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    const line = textOf(files, 'checkpoints/17').split('\n\n')[1]!;
    const other = memoryNoteSigner(ORIGIN);
    const foreign = await resealed(files, [other]);
    const listed = withFile(foreign, 'vkeys', `${textOf(files, 'vkeys')}${printVkey(vkeyOf(other))}\n`);
    await expectAll([
      forged('of another checkpoint', withFile(files, 'checkpoint', `${text}\n${line}`), 'AUDIT-BAD-SIGNATURE'),
      forged('no signature', withFile(files, 'checkpoint', `${text}\n`), 'AUDIT-CHECKPOINT-FORM'),
      forged('text alone', withFile(files, 'checkpoint', text), 'AUDIT-CHECKPOINT-FORM'),
      forged('by a key that is not listed', foreign, 'AUDIT-NOT-SIGNED'),
      forged('by a key that is listed too', listed, 'AUDIT-NOT-SIGNED'),
      forged('a fourth line', withFile(files, 'checkpoint', note.replace('\n\n', '\nmore\n\n')), 'AUDIT-CHECKPOINT-FORM'),
    ]);
  });

  test('of another log', async () => {
    const other = memoryNoteSigner('other.example');
    await expectAll([
      forged('its checkpoints', await resealed(files, [other], 'other.example'), 'AUDIT-NOT-SIGNED', 'AUDIT-ORIGIN'),
      forged('its name under the key of this one', await resealed(files, log.signers, 'other.example'), 'AUDIT-ORIGIN'),
      forged('its key', withFile(files, 'vkeys', `${log.vkey}\n${printVkey(vkeyOf(other))}\n`), 'AUDIT-ORIGIN'),
    ]);
  });

  test('keys', async () => {
    const other = memoryNoteSigner(ORIGIN, 'p256');
    const otherVkey = printVkey(vkeyOf(other));
    const rewritten = await resealed(
      withEntry(files, 0, ({ data }) => {
        data.vkey = otherVkey;
      }),
      [other],
    );
    const { key } = memoryWitness('w.example');
    await expectAll([
      forged('no vkeys', withoutFile(files, 'vkeys'), 'AUDIT-FILE-MISSING', 'AUDIT-GENESIS-VKEY'),
      forged('exchanged', withFile(files, 'vkeys', `${otherVkey}\n`), 'AUDIT-GENESIS-VKEY'),
      forged('not a key', withFile(files, 'vkeys', `${log.vkey}x\n`), 'AUDIT-GENESIS-VKEY', 'AUDIT-VKEY-FORM'),
      forged('twice', withFile(files, 'vkeys', `${log.vkey}\n${log.vkey}\n`), 'AUDIT-VKEY-FORM'),
      forged('of a witness', withFile(files, 'vkeys', `${log.vkey}\n${printVkey(key)}\n`), 'AUDIT-VKEY-FORM'),
      forged('without line feed', withFile(files, 'vkeys', log.vkey), 'AUDIT-VKEY-FORM'),
      // The releases of the old key are left in it: whoever forges has to sign them again, too.
      forged('all by another key', withFile(rewritten, 'vkeys', `${otherVkey}\n`), 'AUDIT-NOT-SIGNED'),
      {
        ...forged(
          'all by another key, asked for the right one',
          withFile(rewritten, 'vkeys', `${otherVkey}\n`),
          'AUDIT-NOT-SIGNED',
          'AUDIT-VKEY-OTHER',
        ),
        options: { vkey: log.vkey },
      },
      { ...forged('the right key asked for', files), options: { vkey: log.vkey } },
      { ...forged('another key asked for', files, 'AUDIT-NOT-SIGNED', 'AUDIT-VKEY-OTHER'), options: { vkey: otherVkey } },
    ]);
  });

  test('cosignatures of witnesses', async () => {
    const witness = printVkey(log.witness.key);
    const options = { witnesses: [witness] };
    const note = textOf(files, 'checkpoints/17');
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    const signed = withFile(files, 'checkpoints/17', note + log.witness.cosign(text, COSIGNED));
    const wrong = withFile(files, 'checkpoints/17', note + log.witness.cosign(`${text}x\n`, COSIGNED));
    const lines = async (line: string, size: number) =>
      resealed(
        withEntry(files, 30, ({ data }) => {
          data.line = line;
          data.size = size;
        }),
        log.signers,
      );
    const line = JSON.parse(linesOf(files)[30]!).data.line as string;
    await expectAll([
      { ...forged('as it is', files), options },
      { ...forged('in the note', signed), options },
      { ...forged('in the note, of another text', wrong, 'AUDIT-BAD-SIGNATURE'), options },
      forged('in the note, of a witness that is not asked for', wrong),
      { ...forged('of another size', await lines(line, 4), 'AUDIT-COSIGNATURE'), options },
      forged('of another size, and the witness is not asked for', await lines(line, 4)),
      forged('of a size to come', await lines(line, 31), 'AUDIT-COSIGNATURE'),
      forged('not a line', await lines('no', 17), 'AUDIT-COSIGNATURE'),
    ]);
  });
});

/** Of artifacts, when the entries that named them are gone. */
const LOST = ['AUDIT-ARTIFACT-UNREFERENCED', 'AUDIT-MANIFEST-ABSENT'];

describe('artifacts and MANIFEST', () => {
  test('an artifact changed, taken away, put in', async () => {
    const [config] = [...files.keys()].filter((path) => path.startsWith('artifacts/') && textOf(files, path) === 'format: 1\n');
    const manifest = `artifacts/${JSON.parse(linesOf(files)[14]!).data.release.manifest}`;
    const [absent = ''] = absentLines(files);
    const [, hash = '', size = ''] = absent.split(' ');
    const away = withoutFile(files, config!);
    const declared = [...absentLines(files), `absent ${config!.slice(10)} 10 coldsign.yaml`].sort();
    await expectAll([
      forged('changed', withFile(files, config!, 'format: 2\n'), 'AUDIT-ARTIFACT-HASH'),
      forged('another size', withFile(files, config!, ''), 'AUDIT-ARTIFACT-HASH', 'AUDIT-ARTIFACT-SIZE'),
      forged('away', away, 'AUDIT-ARTIFACT-MISSING'),
      { name: 'away, and told so', files: relisted(away, declared), errors: ['AUDIT-ARTIFACT-ABSENT'] },
      forged('put in', withFile(files, `artifacts/${sha256('new')}`, 'new'), 'AUDIT-ARTIFACT-UNREFERENCED'),
      forged('manifest of a release changed', withFile(files, manifest, `${textOf(files, manifest)}x`), 'AUDIT-ARTIFACT-HASH'),
      { name: 'absent not told', files: relisted(files, []), errors: ['AUDIT-ARTIFACT-MISSING'] },
      {
        name: 'absent, another size',
        files: relisted(
          files,
          absentLines(files).map((l) => l.replace(` ${size} `, ' 99 ')),
        ),
        errors: ['AUDIT-MANIFEST-ABSENT'],
      },
      {
        name: 'absent, and not named',
        files: relisted(files, [...absentLines(files), `absent ${'f'.repeat(64)} 1 x`]),
        errors: ['AUDIT-MANIFEST-ABSENT'],
      },
      { name: 'absent, and there', files: relisted(files, declared), errors: ['AUDIT-MANIFEST-ABSENT'] },
      {
        name: 'absent without size',
        files: relisted(
          files,
          absentLines(files).map((l) => l.replace(`${hash} ${size}`, `${hash} -`)),
        ),
        errors: ['AUDIT-MANIFEST-ABSENT'],
      },
    ]);
  });

  test('the source of a zone may be there', async () => {
    const path = `artifacts/${sha256('unsigned 1\n')}`;
    const kept = absentLines(files).filter((line) => !line.includes(path.slice(10)));
    await expectAll([
      { name: 'put back', files: relisted(withFile(files, path, 'unsigned 1\n'), kept), errors: [] },
      { name: 'put back, changed', files: relisted(withFile(files, path, 'unsigned 3\n'), kept), errors: ['AUDIT-ARTIFACT-HASH'] },
    ]);
  });

  test('MANIFEST and files that do not fit it', async () => {
    const manifest = textOf(files, 'MANIFEST');
    const [first = '', second = ''] = manifest.split('\n');
    const as = (text: string): Files => withFile(files, 'MANIFEST', text);
    const unlisted = withFile(files, 'notes.txt', 'x');
    await expectAll([
      { name: 'a file put in', files: unlisted, errors: ['AUDIT-FILE-UNKNOWN', 'AUDIT-FILE-UNLISTED'] },
      forged('a file put in and listed', unlisted, 'AUDIT-FILE-UNKNOWN'),
      { name: 'a file changed', files: withFile(files, 'VERIFY.md', 'trust me'), errors: ['AUDIT-FILE-CHANGED'] },
      { name: 'a file away', files: withoutFile(files, 'VERIFY.md'), errors: ['AUDIT-FILE-MISSING'] },
      { name: 'a line away', files: as(manifest.replace(`${first}\n`, '')), errors: ['AUDIT-FILE-UNLISTED'] },
      { name: 'a line twice', files: as(`${first}\n${manifest}`), errors: ['AUDIT-MANIFEST-FORM'] },
      { name: 'order', files: as(manifest.replace(`${first}\n${second}`, `${second}\n${first}`)), errors: ['AUDIT-MANIFEST-FORM'] },
      { name: 'a line of another form', files: as(`${manifest}hello\n`), errors: ['AUDIT-MANIFEST-FORM'] },
      { name: 'no line feed', files: as(manifest.slice(0, -1)), errors: ['AUDIT-MANIFEST-FORM'] },
      { name: 'itself listed', files: as(`${sha256('')}  0  MANIFEST\n${manifest}`), errors: ['AUDIT-MANIFEST-FORM'] },
      {
        name: 'a file that is not there',
        files: as(manifest.replace('\nabsent', `\n${sha256('')}  0  zzz\nabsent`)),
        errors: ['AUDIT-FILE-MISSING'],
      },
      { name: 'away', files: withoutFile(files, 'MANIFEST'), errors: ['AUDIT-ARTIFACT-MISSING', 'AUDIT-FILE-MISSING'] },
      { name: 'empty', files: as(''), errors: ['AUDIT-ARTIFACT-MISSING', 'AUDIT-FILE-UNLISTED', 'AUDIT-MANIFEST-FORM'] },
    ]);
  });

  test('no entries at all', async () => {
    const errors = ['AUDIT-GENESIS', 'AUDIT-TRUNCATED', ...LOST];
    await expectAll([
      forged('empty', withLines(files, []), ...errors),
      forged('away', withoutFile(files, 'entries.jsonl'), 'AUDIT-FILE-MISSING', ...errors),
    ]);
  });
});

describe('what nothing in an export tells', () => {
  test('a checkpoint in between, taken away: the entries are sealed by the newer ones', async () => {
    await expectAll([forged('checkpoints/17', withoutFile(files, 'checkpoints/17'))]);
  });

  test('the instructions and the verifier exchanged: they are not sealed, and must come from elsewhere', async () => {
    await expectAll([forged('verify.mjs', withFile(files, 'verify.mjs', 'console.log("all is well")'))]);
  });

  test('a signature line of an unknown key says nothing, and is no finding', async () => {
    const line = memoryWitness('stranger.example').cosign('anything\n', 1);
    await expectAll([forged('stranger', withFile(files, 'checkpoint', textOf(files, 'checkpoint') + line))]);
  });
});
