import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportLog } from '../../src/audit/export.ts';
import { hashedMember, octetsMember, packMembers } from '../../src/audit/export-files.ts';
import { AuditLog } from '../../src/audit/log.ts';
import { verifyExport } from '../../src/audit/verifier/verify.ts';
import { TestFolder, unpack } from './support/sample-export.ts';
import { makeSampleLog, type SampleLog } from './support/sample-log.ts';
import { errorsOf, textOf } from './support/second-verifier.ts';

const folder = new TestFolder();
let log: SampleLog;
let count = 0;

beforeAll(async () => {
  log = await makeSampleLog(join(folder.path, 'log'), ['ed25519', 'p256']);
});
afterAll(() => folder[Symbol.dispose]());

async function exported(from: Pick<SampleLog, 'audit' | 'artifacts'> = log, inputs = false) {
  const out = join(folder.path, `${++count}.tar`);
  const result = await exportLog({ audit: from.audit, artifacts: from.artifacts, out, inputs });
  return { out, result, files: unpack(out, folder.path, `${count}.files`) };
}

test('the same log and artifacts give the same octets, and their sha256 is told', async () => {
  const [one, two] = [await exported(), await exported()];
  expect(readFileSync(one.out).equals(readFileSync(two.out))).toBe(true);
  expect(one.result).toEqual(two.result);
  expect(createHash('sha256').update(readFileSync(one.out)).digest('hex')).toBe(one.result.sha256);
});

test('members are files, sorted, mode 0644, without times, owners and links', async () => {
  const { out, result } = await exported();
  const headers: object[] = [];
  const parser = extract();
  parser.on('entry', (header, stream, next) => {
    headers.push(header);
    stream.on('end', next).resume();
  });
  const done = new Promise<void>((resolve) => parser.on('finish', () => resolve()));
  parser.end(readFileSync(out));
  await done;
  const names = headers.map((header) => (header as { name: string }).name);
  expect(headers).toHaveLength(result.files);
  expect(names).toEqual(names.toSorted());
  for (const header of headers)
    expect(header).toMatchObject({ type: 'file', mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0), linkname: null });
});

test('log, heads, keys and artifacts are there octet by octet; sources of zones are absent, and told to be', async () => {
  const { files, result } = await exported();
  for (const name of ['entries.jsonl', 'checkpoint', 'vkeys', ...['4', '17', '33'].map((size) => `checkpoints/${size}`)])
    expect(files.get(name), name).toEqual(readFileSync(join(log.audit, name)));
  const artifacts = [...files.keys()].filter((path) => path.startsWith('artifacts/')).map((path) => path.slice(10));
  const absent = textOf(files, 'MANIFEST')
    .split('\n')
    .filter((line) => line.startsWith('absent '));
  expect(absent).toEqual(absent.toSorted());
  expect(absent.map((line) => line.split(' ').slice(2))).toEqual([
    ['11', 'a.zone'],
    ['11', 'a.zone'],
  ]);
  expect([...artifacts, ...absent.map((line) => line.split(' ')[1]!)].sort()).toEqual(readdirSync(log.artifacts).sort());
  expect(result).toMatchObject({ size: 33, missing: [] });
});

test('MANIFEST lists every file but itself as sha256sum does, with sizes', async () => {
  const { files } = await exported();
  const listed = [...files]
    .filter(([path]) => path !== 'MANIFEST')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, octets]) => `${createHash('sha256').update(octets).digest('hex')}  ${octets.length}  ${path}`);
  const lines = textOf(files, 'MANIFEST').split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('absent '))).toEqual(listed);
});

test('with inputs everything that the entries name is there', async () => {
  const { out, files } = await exported(log, true);
  expect(textOf(files, 'MANIFEST')).not.toContain('absent ');
  expect(verifyExport(out)).toMatchObject({ ok: true, counts: { artifacts: 6, inputsAbsent: 0 } });
});

test('both keys sign, and either of them may be asked for', async () => {
  const { out } = await exported();
  const [ed25519, p256] = readFileSync(join(log.audit, 'vkeys'), 'utf8').trim().split('\n') as [string, string];
  expect(verifyExport(out, { vkey: ed25519 }).ok).toBe(true);
  expect(verifyExport(out, { vkey: p256 })).toMatchObject({ ok: true, vkey: p256 });
});

test('entries beyond the newest checkpoint are not exported, nor what they name', async () => {
  const from = await makeSampleLog(join(folder.path, 'longer'));
  const artifact = { sha256: 'a'.repeat(64), size: 1, name: 'later' };
  const { out: before } = await exported(from);
  {
    using open = AuditLog.open(from.audit);
    const common = { v: 1, time: '2026-12-24T09:00:00Z', mono: 900_000, boot: 'b2', session: 's6', mode: 'production' } as const;
    open.append([
      {
        ...common,
        type: 'log.anomaly',
        cat: 'incident',
        actor: { role: 'operator', name: 'ada' },
        data: { kind: 'x', text: 'x', artifact },
      },
    ]);
  }
  appendFileSync(join(from.audit, 'entries.jsonl'), '{"torn');
  const { out, result } = await exported(from);
  expect(result.size).toBe(33);
  expect(readFileSync(out).equals(readFileSync(before))).toBe(true);
});

test('an artifact that was lost is told to the caller and to the auditor', async () => {
  const from = await makeSampleLog(join(folder.path, 'lost'));
  const config = createHash('sha256').update('format: 1\n').digest('hex');
  rmSync(join(from.artifacts, config));
  const { out, result } = await exported(from);
  expect(result.missing).toEqual([config]);
  expect(errorsOf(verifyExport(out))).toEqual(['AUDIT-ARTIFACT-ABSENT']);
});

test('an artifact that was changed is exported as it is, for the auditor to see', async () => {
  const from = await makeSampleLog(join(folder.path, 'changed'));
  writeFileSync(join(from.artifacts, createHash('sha256').update('format: 1\n').digest('hex')), 'format: 9\n');
  const { out } = await exported(from);
  expect(errorsOf(verifyExport(out))).toEqual(['AUDIT-ARTIFACT-HASH']);
});

test('files that are nobody\u2019s business stay where they are', async () => {
  const from = await makeSampleLog(join(folder.path, 'strange'));
  writeFileSync(join(from.artifacts, 'f'.repeat(64)), 'x');
  writeFileSync(join(from.audit, 'checkpoints', 'draft'), 'x');
  writeFileSync(join(from.audit, 'notes'), 'x');
  const { out, files } = await exported(from);
  expect(verifyExport(out).ok).toBe(true);
  expect(files.size).toBe(13);
});

test('the newest checkpoint is found also when the program was ended before it was stored twice', async () => {
  const from = await makeSampleLog(join(folder.path, 'ended'));
  writeFileSync(join(from.audit, 'checkpoint'), readFileSync(join(from.audit, 'checkpoints', '17')));
  const { out, result } = await exported(from);
  expect(result.size).toBe(33);
  expect(verifyExport(out).ok).toBe(true);
});

test('without a checkpoint there is nothing to export; a log that does not fit its own is not exported', async () => {
  const from = await makeSampleLog(join(folder.path, 'bare'));
  const lines = readFileSync(join(from.audit, 'entries.jsonl'), 'utf8');
  writeFileSync(join(from.audit, 'entries.jsonl'), lines.replace('agreed with', 'agreed by'));
  await expect(exported(from)).rejects.toMatchObject({ code: 'audit/forked' });
  writeFileSync(join(from.audit, 'entries.jsonl'), lines.slice(0, lines.indexOf('\n') + 1));
  await expect(exported(from)).rejects.toMatchObject({ code: 'audit/truncated' });
  rmSync(join(from.audit, 'checkpoint'));
  rmSync(join(from.audit, 'checkpoints'), { recursive: true });
  await expect(exported(from)).rejects.toMatchObject({ code: 'audit/no-checkpoint' });
  expect(existsSync(join(folder.path, `${count}.tar`))).toBe(false);
});

test('names of artifacts cannot break lines of MANIFEST', async () => {
  const from = join(folder.path, 'names');
  mkdirSync(join(from, 'artifacts'), { recursive: true });
  const log = await makeSampleLog(from);
  const name = 'a\n absent é';
  {
    using open = AuditLog.open(log.audit);
    const common = { v: 1, time: '2026-12-24T09:00:00Z', mono: 900_000, boot: 'b2', session: 's6', mode: 'production' } as const;
    const data = { zone: 'b.example.', serial: 1, files: [{ sha256: 'b'.repeat(64), size: 5, name }] };
    open.append([{ ...common, type: 'input.accepted', cat: 'signing', actor: { role: 'operator', name: 'ada' }, data }]);
    await open.checkpoint(log.signers);
  }
  const { out, files } = await exported(log);
  expect(textOf(files, 'MANIFEST')).toContain(`absent ${'b'.repeat(64)} 5 a%0a%20absent%20%c3%a9\n`);
  expect(verifyExport(out).ok).toBe(true);
});

test('a file that changes between the two readings ends the export', async () => {
  const octets = ['one', 'two'];
  const member = hashedMember({ path: 'x', chunks: () => [Buffer.from(octets.shift()!)] });
  const rest = hashedMember(octetsMember('y', 'y'));
  await expect(Array.fromAsync(packMembers([member, rest], 'top'))).rejects.toMatchObject({ code: 'audit/changed-while-read' });
  const shorter = hashedMember({ path: 'x', chunks: () => [Buffer.from(lengths.shift()!)] });
  await expect(Array.fromAsync(packMembers([shorter], 'top'))).rejects.toMatchObject({ code: 'audit/changed-while-read' });
});

const lengths = ['longer', 'long'];
