import { appendFileSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { leafAt, readLog } from '../../src/audit/log.ts';
import type { AnyEntry } from '../../src/state/state.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { isProven } from './other-side.ts';

let ws: TestWorkspace;
/** A workspace with two zones, one of them released. */
beforeAll(async () => {
  const zones = { 'example.': EXAMPLE_ZONE, 'two.example.': EXAMPLE_ZONE.replaceAll('example.', 'two.example.') };
  const people = '\npeople:\n  ada: { name: Ada, roles: [operator] }\n';
  ws = await makeTestWorkspace({ zones, config: (text) => `${text}${people}` });
  await ws.must('zone', 'sign', 'example.', '--as', 'ada');
});
afterAll(() => ws[Symbol.dispose]());

const lines = (): string[] => ws.read('audit', 'entries.jsonl').trimEnd().split('\n');
const entries = (): AnyEntry[] => lines().map((line) => JSON.parse(line) as AnyEntry);
const seqs = (out: string): number[] =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as AnyEntry).seq);
const show = async (...args: readonly string[]): Promise<number[]> => seqs((await ws.must('audit', 'show', '--json', ...args)).out);
const where = (fits: (entry: AnyEntry) => boolean): number[] =>
  entries()
    .filter(fits)
    .map(({ seq }) => seq);

/** A copy with its own log, which a test may spoil. */
function copy(name: string): TestWorkspace {
  return ws.copyTo(join(ws.dir, '..', name));
}

describe('audit show', () => {
  test('all entries, a line each: number, time, who, type, what', async () => {
    const { out, err } = await ws.must('audit', 'show');
    const shown = out.trimEnd().split('\n');
    expect(shown).toHaveLength(lines().length);
    for (const [i, { time, actor, type }] of entries().entries())
      expect(shown[i]).toMatch(new RegExp(`^ *${i}  ${time}  ${actor.name} +  ${type.replaceAll('.', '\\.')} +  \\S`));
    expect(err).toBe('');
  });

  test('--json prints the entries octet for octet: each line is a leaf of the tree', async () => {
    const { out } = await ws.must('audit', 'show', '--json');
    expect(out).toBe(ws.read('audit', 'entries.jsonl'));
  });

  test('--zone: what speaks of the zone, and nothing of the other', async () => {
    const wanted = where((entry) => /"(zones\.)?example\.("|[a-z-]+")/.test(JSON.stringify(entry)) || entry.type === 'release.result');
    expect(await show('--zone', 'EXAMPLE')).toEqual(wanted);
    const types = entries().map(({ type }) => type);
    expect(wanted.map((seq) => types[seq])).toEqual([
      ...['policy.loaded', 'key.generate.intent', 'key.generate.result', 'key.generate.intent', 'key.generate.result'],
      ...['key.proved', 'key.proved', 'roll.started', 'roll.step.intent'],
      ...['input.accepted', 'sign.intent', 'sign.result', 'gate.passed', 'release.intent', 'release.result'],
    ]);
    expect(await show('--zone', 'two.example.', '--type', 'release')).toEqual([]);
  });

  test('--key: by tag, and by CKA_ID, which finds the signing with the key, too', async () => {
    const made = entries().flatMap((entry) => (entry.type === 'key.generate.result' ? [entry.data.key] : []));
    const ksk = made.find(({ zone, role }) => zone === 'example.' && role === 'ksk') as LoggedKey;
    const uses = where(
      (entry) =>
        ((entry.type === 'key.generate.result' || entry.type === 'key.proved') && entry.data.key.id === ksk.id) ||
        entry.type.startsWith('roll.') ||
        entry.type.startsWith('sign.') ||
        entry.type.startsWith('release.'),
    );
    expect(await show('--key', ksk.id)).toEqual(uses);
    expect(await show('--key', ksk.id.slice(0, 8).toUpperCase())).toEqual(uses);
    expect(await show('--key', `${ksk.keyTag}`, '--zone', 'example.')).toEqual(uses);
    const other = made.find(({ zone, role }) => zone === 'two.example.' && role === 'ksk') as LoggedKey;
    expect(await show('--key', other.id)).toEqual(where((entry) => entry.type === 'key.generate.result' && entry.data.key.id === other.id));
  });

  test('--person, --ceremony, --type, --since, --until, --seq; together they must all fit', async () => {
    const all = entries();
    const signing = all.find(({ type }) => type === 'sign.intent')!;
    expect(await show('--person', 'ada')).toEqual(where(({ session }) => session === signing.session));
    expect(await show('--ceremony', signing.session)).toEqual(where(({ session }) => session === signing.session));
    expect(await show('--ceremony', signing.session.slice(0, 4))).toEqual(all.map(({ seq }) => seq));
    expect(await show('--type', 'sign', '--type', 'session.open')).toEqual(where(({ type }) => /^sign\.|^session\.open$/.test(type)));
    expect(await show('--type', 'release.')).toEqual(where(({ type }) => type.startsWith('release.')));
    expect(await show('--since', signing.time)).toEqual(where(({ time }) => time >= signing.time));
    expect(await show('--until', signing.time)).toEqual(where(({ time }) => time <= signing.time));
    expect(await show('--seq', '2..4')).toEqual([2, 3, 4]);
    expect(await show('--seq', '..1')).toEqual([0, 1]);
    expect(await show('--seq', `${all.length - 2}..`)).toEqual([all.length - 2, all.length - 1]);
    expect(await show('--seq', '5')).toEqual([5]);
    expect(await show('--seq', '0..3', '--type', 'log')).toEqual([0]);
  });

  test('nothing that fits: standard error says so, and standard output is empty', async () => {
    const { status, out, err } = await ws.run('audit', 'show', '--person', 'nobody');
    expect({ status, out }).toEqual({ status: 0, out: '' });
    expect(err).toContain(`none of the ${lines().length} entries`);
  });

  test.each([
    [['--type', 'sesion'], 'is it session?'],
    [['--key', 'abc'], '8 or more hexadecimal digits'],
    [['--key', '70000'], '0 to 65535'],
    [['--seq', '9..2'], '10..20'],
    [['--seq', '..'], '10..20'],
  ])('%j is refused: usage/audit-filter', async (args, hint) => {
    const { status, err } = await ws.run('audit', 'show', ...args);
    expect(status).toBe(2);
    expect(err).toContain('error usage/audit-filter');
    expect(err).toContain(hint);
  });

  test('entries that do not fit the checkpoint are shown, and then refused', async () => {
    using spoilt = copy('spoilt');
    spoilt.write('audit/entries.jsonl', spoilt.read('audit', 'entries.jsonl').replace('"outcome":"done"', '"outcome":"none"'));
    const { status, out, err } = await spoilt.run('audit', 'show', '--type', 'session.close');
    expect(status).toBe(1);
    expect(out.split('\n')[0]).toMatch(/session\.close +none$/);
    expect(err).toContain('error audit/forked');
  });
});

describe('audit checkpoint', () => {
  const words = (out: string): string[] => [...out.matchAll(/^ +\d+ {2}([A-Za-z ]+)$/gm)].flatMap(([, row]) => row!.trim().split(/ +/));

  test('origin, size, root in base64, hex and words, the one before, the note', async () => {
    const { out } = await ws.must('audit', 'checkpoint', '--words');
    const note = ws.read('audit', 'checkpoint');
    const [origin, size, root] = note.split('\n');
    expect(out.endsWith(`\n${note}`)).toBe(true);
    expect(out).toContain(`log       ${origin}\nsize      ${size}\ndate      ${entries().at(-1)!.time}`);
    const hex = /in hex {4}([0-9a-f ]+)\n {10}([0-9a-f ]+)\n/.exec(out)!;
    expect(`${hex[1]} ${hex[2]}`.split(' ')).toEqual(Buffer.from(root!, 'base64').toString('hex').match(/.{4}/g));
    expect(words(out)).toHaveLength(32);
    expect(out).toMatch(/^previous {2}\d+ entries:( [A-Za-z]+){8}$/m);
    expect(words((await ws.must('audit', 'checkpoint')).out)).toEqual([]);
  });

  test('ceremony: the words of a page, typed back: the log is its continuation', async () => {
    const page = await ws.must('audit', 'checkpoint', '--words');
    using later = copy('later');
    const signed = JSON.parse((await later.must('audit', 'checkpoint', '--sign', '--json')).out) as { size: number; note: string };
    expect(signed.size).toBe(lines().length + 2);
    expect(signed.note).toBe(later.read('audit', 'checkpoint'));
    // Numbers of the rows may be typed as well.
    const typed = words(page.out).map((word, i) => (i % 4 === 0 ? `${i + 1} ${word.toLowerCase()}` : word));
    for (const count of [10, 12, 40]) {
      const compare = `${lines().length} ${typed.join(' ').split(' ').slice(0, count).join(' ')}`;
      const { status, out } = await later.run('audit', 'checkpoint', '--compare', compare, '--json');
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ size: signed.size, compared: { size: lines().length, since: 2 } });
    }
    const { out } = await later.must('audit', 'checkpoint', '--compare', `${lines().length} ${words(page.out).join(' ')}`);
    expect(out).toMatch(/^continuation verified: at \d+ entries the log has the 32 words of the page; 2 entries came since\n/);
  });

  test('"this log is not a continuation of the one you printed": other words, or a page of more entries than there are', async () => {
    const { root } = JSON.parse((await ws.must('audit', 'checkpoint', '--json')).out) as { root: { words: string[] } };
    const size = lines().length;
    const first = root.words.slice(0, 8);
    const wrong = first.with(5, root.words[5] === 'Babylon' ? 'Bradbury' : 'Babylon').join(' ');
    const other = await ws.run('audit', 'checkpoint', '--compare', `${size} ${wrong}`);
    expect(other.status).toBe(1);
    expect(other.out).toBe('');
    expect(other.err).toContain('error audit/not-a-continuation: this log is not a continuation of the one you printed');
    expect(other.err).toContain(first.join(' '));
    expect(other.err).toContain(wrong);
    const more = await ws.run('audit', 'checkpoint', '--compare', `${size + 5} ${first.join(' ')}`, '--sign');
    expect(more.status).toBe(1);
    expect(more.err).toContain(`the page is of ${size + 5} entries, and the log has ${size}`);
    expect(lines()).toHaveLength(size);
  });

  test('a rewritten log is no continuation, although each of its lines is well-formed', async () => {
    const { root, size } = JSON.parse((await ws.must('audit', 'checkpoint', '--json')).out) as { root: { words: string[] }; size: number };
    using spoilt = copy('rewritten');
    spoilt.write('audit/entries.jsonl', spoilt.read('audit', 'entries.jsonl').replace('"outcome":"done"', '"outcome":"none"'));
    const { status, err } = await spoilt.run('audit', 'checkpoint', '--compare', `${size} ${root.words.join(' ')}`);
    expect(status).toBe(1);
    expect(err).toContain('error audit/not-a-continuation');
    expect((await spoilt.run('audit', 'checkpoint')).err).toContain('error audit/forked');
  });

  test('a word that is none: the near word; too few words, and what is no size', async () => {
    const { root } = JSON.parse((await ws.must('audit', 'checkpoint', '--json')).out) as { root: { words: string[] } };
    const first = root.words.slice(0, 8);
    const misread = await ws.run('audit', 'checkpoint', '--compare', `5 ${first.with(3, `${first[3]}x`).join(' ')}`);
    expect(misread.status).toBe(1);
    expect(misread.err).toContain('error audit/unknown-word: word 4');
    expect(misread.err).toContain(`is it "${first[3]}"?`);
    for (const compare of [`5 ${first.slice(1).join(' ')}`, first.join(' '), '', `5 ${root.words.join(' ')} ${first[0]}`]) {
      const { status, err } = await ws.run('audit', 'checkpoint', '--compare', compare);
      expect(status).toBe(2);
      expect(err).toContain('error usage/compare');
    }
  });

  test('a workspace without any checkpoint is refused', async () => {
    using bare = copy('bare');
    for (const name of ['checkpoint', 'checkpoints']) rmSync(bare.path('audit', name), { recursive: true });
    expect((await bare.run('audit', 'checkpoint')).err).toContain('error audit/no-checkpoint');
    expect((await bare.run('audit', 'proof', '0')).err).toContain('error audit/no-checkpoint');
  });
});

describe('audit proof: C2SP tlog-proof', () => {
  test('of each entry; it proves this entry and no other', async () => {
    const { vkey } = (entries()[0] as Extract<AnyEntry, { type: 'log.genesis' }>).data;
    const content = readLog(ws.path('audit'));
    for (const seq of [0, 1, 7, lines().length - 1]) {
      const { out, err } = await ws.must('audit', 'proof', `${seq}`);
      expect(err).toContain(`audit show --seq ${seq} --json`);
      expect(isProven(lines()[seq]!, out, vkey)).toBe(true);
      expect(isProven(lines()[(seq + 1) % lines().length]!, out, vkey)).toBe(false);
      expect(isProven(`${lines()[seq]}\n`, out, vkey)).toBe(false);
      expect(Buffer.from(leafAt(content, seq)).toString()).toBe(lines()[seq]);
    }
  });

  test('--out and --json: the proof and the exact entry', async () => {
    const file = join(ws.dir, '..', 'entry-4.tlog-proof');
    const shown = JSON.parse((await ws.must('audit', 'proof', '4', '--out', file, '--json')).out) as Record<string, unknown>;
    expect(shown).toEqual({ index: 4, size: lines().length, entry: lines()[4], proof: readFileSync(file, 'utf8') });
  });

  test('an entry that is not there, one that no checkpoint seals yet, what is no number', async () => {
    expect((await ws.run('audit', 'proof', `${lines().length}`)).err).toContain('error audit/no-entry');
    expect(await ws.run('audit', 'proof', '-1')).toMatchObject({ status: 2 });
    expect((await ws.run('audit', 'proof', 'x')).err).toContain('error usage/number');
    using torn = copy('unsealed');
    const last = { ...entries().at(-1)!, seq: lines().length };
    appendFileSync(torn.path('audit', 'entries.jsonl'), `${JSON.stringify(sorted(last))}\n`);
    const { status, err } = await torn.run('audit', 'proof', `${lines().length}`);
    expect(status).toBe(1);
    expect(err).toContain('error audit/not-sealed');
  });
});

/** Members in order, as entries have them. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, member]) => [name, sorted(member)]),
  );
}

test('none of this needs the token', async () => {
  using bare = copy('no-token');
  renameSync(bare.path('token'), bare.path('away'));
  for (const args of [['show'], ['checkpoint', '--words'], ['proof', '0']]) await bare.must('audit', ...args);
  expect((await bare.run('audit', 'checkpoint', '--sign')).status).not.toBe(0);
});
