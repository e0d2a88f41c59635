import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesOf, withEntry, withFile, withLines, withoutFile } from './support/forge.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './support/sample-export.ts';
import { absentLines, type Files, relisted, textOf } from './support/second-verifier.ts';

const folder = new TestFolder();
const logs = new Map<string, SampleExport>();
const KINDS = { ed25519: ['ed25519'], p256: ['p256'], both: ['ed25519', 'p256'] } as const;
let count = 0;

beforeAll(async () => {
  for (const [name, kinds] of Object.entries(KINDS)) logs.set(name, await makeSampleExport(folder.path, name, kinds));
});
afterAll(() => folder[Symbol.dispose]());

/** The commands of VERIFY.md as they stand in it. */
function commands(files: Files): string[] {
  return [...textOf(files, 'VERIFY.md').matchAll(/^~~~sh\n(.*?)^~~~$/gms)].map(([, block]) => block!);
}

/** All of them in one shell, in the folder of an export, with nothing on the PATH that is not of Debian. */
function follow(files: Files, change: (block: string) => string = (block) => block) {
  const path = join(folder.path, `export.${++count}`);
  for (const [name, octets] of files) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), octets);
  }
  const script = commands(files).map(change).join('\n');
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: path, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  const bad = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.startsWith('ok:') && !line.startsWith('log.example+'));
  return { ok: stdout.split('\n').filter((line) => line.startsWith('ok:')), bad };
}

test.each(Object.keys(KINDS))('VERIFY.md, followed word by word, finds an export in order: %s', (name) => {
  const { files } = logs.get(name)!;
  expect(commands(files)).toHaveLength(8);
  const { ok, bad } = follow(files);
  expect(bad).toEqual([]);
  expect(ok).toHaveLength(19);
  expect(ok).toContain('ok: checkpoints/17 seals the first 17 entries');
  expect(ok).toContain('ok: the log continues the older checkpoint');
});

test('it names no program but those that it promises', () => {
  const words = new Set(
    commands(logs.get('both')!.files)
      .join('\n')
      .match(/(?<![\w$.'"/-])(?:node|python3?|perl|xxd|jq|bash|curl)\b/g) ?? [],
  );
  expect([...words]).toEqual([]);
});

describe('what was done to an export is seen by hand, too', () => {
  const cases: Record<string, [change: (files: Files) => Files, says: RegExp]> = {
    'a file changed': [(files) => withFile(files, 'verify.mjs', 'x'), /BAD: files/],
    'a file put in': [(files) => withFile(files, 'more', 'x'), /BAD: see the lines before/],
    'an artifact changed': [
      (files) => relisted(withFile(files, [...files.keys()].find((path) => path.startsWith('artifacts/'))!, 'x')),
      /BAD: artifacts\/[0-9a-f]{64} was changed/,
    ],
    'an artifact away': [
      (files) => relisted(withoutFile(files, [...files.keys()].find((path) => path.startsWith('artifacts/'))!)),
      /BAD: see the lines before/,
    ],
    'absence not told': [(files) => relisted(files, absentLines(files).slice(1)), /BAD: see the lines before/],
    'an entry changed': [
      (files) =>
        relisted(
          withEntry(files, 13, ({ data }) => {
            data.reason = 'none';
          }),
        ),
      /BAD: checkpoint seals other entries/,
    ],
    'an entry away': [(files) => relisted(withLines(files, linesOf(files).toSpliced(16, 1))), /BAD: line 17 is entry 17/],
    'the head changed': [
      (files) => relisted(withFile(files, 'checkpoint', textOf(files, 'checkpoint').replace('\n33\n', '\n32\n'))),
      /BAD: checkpoint: the signature of log\.example\+[0-9a-f]{8} is not over this text/,
    ],
    'the key exchanged': [
      (files) => relisted(withFile(files, 'vkeys', textOf(logs.get('p256')!.files, 'vkeys'))),
      /BAD: checkpoint is not signed by a key of vkeys/,
    ],
    'time turned back': [
      (files) =>
        relisted(
          withLines(
            files,
            linesOf(files).map((line, i) => (i === 20 ? line.replace('"time":"2026', '"time":"2025') : line)),
          ),
        ),
      /BAD: times/,
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [change, says]) => {
    expect(follow(change(logs.get('ed25519')!.files)).bad.join('\n')).toMatch(says);
  });

  test('another log by the same key: by an older checkpoint only', async () => {
    const { files } = logs.get('ed25519')!;
    const old = join(folder.path, 'old');
    const earlier = logs.get('p256')!;
    writeFileSync(old, readFileSync(join(earlier.audit, 'checkpoint')));
    const { bad } = follow(files, (block) => block.replace('old=checkpoint\n', `old=${old}\n`));
    expect(bad).toEqual([`BAD: ${old} is not signed by a key of vkeys`, 'BAD: this is another log, or an older copy of it']);
  });
});
