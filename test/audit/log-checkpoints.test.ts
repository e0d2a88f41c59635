import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointText } from '../../src/audit/checkpoint.ts';
import { AuditLog, readLog } from '../../src/audit/log.ts';
import { signNote } from '../../src/audit/note.ts';
import { vkeyOf } from '../../src/audit/vkey.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';
import { newAuditFolder, newEntries } from './entries.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const NAME = 'audit.example/log';
const signer = memoryNoteSigner(NAME);
const keys = [vkeyOf(signer)];

/** A log with entries in it; closed, so that its files can be exchanged. */
async function madeLog(count: number, checkpoints: readonly number[] = [count]): Promise<string> {
  const audit = newAuditFolder();
  using log = AuditLog.open(audit);
  for (const size of checkpoints) {
    log.append(newEntries(size - log.size, log.size));
    await log.checkpoint([signer]);
  }
  log.append(newEntries(count - log.size, log.size));
  return audit;
}

const linesOf = (audit: string): string[] => readFileSync(join(audit, 'entries.jsonl'), 'latin1').split('\n').slice(0, -1);
const setLines = (audit: string, lines: readonly string[]): void =>
  writeFileSync(join(audit, 'entries.jsonl'), lines.map((line) => `${line}\n`).join(''));

describe('checkpoints', () => {
  test('the head is signed, stored under its size and as the newest; the same head is not signed twice', async () => {
    const audit = await madeLog(7, [2, 5, 7]);
    expect(readdirSync(join(audit, 'checkpoints')).sort()).toEqual(['2', '5', '7']);
    expect(readFileSync(join(audit, 'checkpoint'))).toEqual(readFileSync(join(audit, 'checkpoints/7')));
    using log = AuditLog.open(audit);
    const never = { ...signer, sign: () => Promise.reject(new Error('asked to sign')) };
    const last = await log.checkpoint([never]);
    expect(last).toMatchObject({ origin: NAME, size: 7, root: log.tree.root() });
    expect(last.note).toBe(readFileSync(join(audit, 'checkpoint'), 'utf8'));
    expect(log.checkSigned(keys)).toEqual(last);
  });

  test('with two keys, with a witness beside them', async () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(4));
    const p256 = memoryNoteSigner(NAME, 'p256');
    await log.checkpoint([signer, p256]);
    const both = [...keys, vkeyOf(p256)];
    expect(log.checkSigned(both)?.signatures).toHaveLength(2);
    expect(log.checkSigned([both[1]!])?.size).toBe(4);
    await expect(log.checkpoint([signer, memoryNoteSigner('other.example')])).rejects.toThrow(RangeError);
    await expect(log.checkpoint([])).rejects.toThrow(RangeError);
  });

  test('a signature that is not over the head is not stored', async () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(2));
    await expect(log.checkpoint([{ ...signer, sign: async () => new Uint8Array(64) }])).rejects.toThrow(code('audit/bad-signature'));
    expect(existsSync(join(audit, 'checkpoint'))).toBe(false);
    expect(log.checkSigned(keys)).toBeUndefined();
  });

  test('a size smaller than the last one is never signed', async () => {
    const audit = await madeLog(6);
    setLines(audit, linesOf(audit).slice(0, 5));
    using log = AuditLog.open(audit);
    await expect(log.checkpoint([signer])).rejects.toThrow(
      expect.objectContaining({ code: 'audit/checkpoint-backwards', message: expect.stringMatching(/of 6 entries .* has 5/) }),
    );
    expect(readdirSync(join(audit, 'checkpoints'))).toEqual(['6']);
  });

  test('a larger head that was signed while the token took its time stays the newest', async () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(2));
    const slow = {
      ...signer,
      async sign(text: Uint8Array): Promise<Uint8Array> {
        log.append(newEntries(1, 2));
        await log.checkpoint([signer]);
        return signer.sign(text);
      },
    };
    await expect(log.checkpoint([slow])).rejects.toThrow(code('audit/checkpoint-backwards'));
    expect(log.checkSigned(keys)?.size).toBe(3);
  });

  test('nothing is signed on top of a log that is no continuation of the last checkpoint', async () => {
    const audit = await madeLog(6);
    setLines(audit, [
      ...linesOf(await madeLog(3)),
      ...linesOf(audit)
        .slice(3)
        .map((line) => line.replace('Ada', 'Eve')),
    ]);
    using log = AuditLog.open(audit);
    log.append(newEntries(1, 6));
    await expect(log.checkpoint([signer])).rejects.toThrow(code('audit/forked'));
    expect(() => log.checkSigned(keys)).toThrow(code('audit/forked'));
  });

  test('the checkpoint of another log is not continued', async () => {
    const audit = await madeLog(2);
    using log = AuditLog.open(audit);
    await expect(log.checkpoint([memoryNoteSigner('other.example/log')])).rejects.toThrow(code('audit/foreign-checkpoint'));
  });
});

describe('the log against its signed checkpoint', () => {
  const cases: readonly [string, string, (audit: string) => void][] = [
    ['the last entry is missing', 'audit/truncated', (a) => setLines(a, linesOf(a).slice(0, -1))],
    ['all entries are missing', 'audit/truncated', (a) => rmSync(join(a, 'entries.jsonl'))],
    [
      'an entry in the middle is missing, another stands at the end',
      'audit/forked',
      (a) => setLines(a, [...linesOf(a).toSpliced(3, 1), linesOf(a)[3]!]),
    ],
    ['two entries are exchanged', 'audit/forked', (a) => setLines(a, linesOf(a).with(1, linesOf(a)[2]!).with(2, linesOf(a)[1]!))],
    ['an entry is put in', 'audit/forked', (a) => setLines(a, linesOf(a).toSpliced(2, 0, linesOf(a)[2]!))],
    ['an entry is changed', 'audit/forked', (a) => setLines(a, linesOf(a).with(4, linesOf(a)[4]!.replace('Ada', 'Eve')))],
    ['the checkpoint is of another key', 'audit/not-signed', (a) => resign(a, NAME)],
    ['the text of the checkpoint is changed', 'audit/bad-signature', (a) => edit(a, (note) => note.replace('\n8\n', '\n7\n'))],
    ['the checkpoint is no note', 'audit/bad-note', (a) => edit(a, (note) => note.replace('—', '-'))],
    ['the checkpoint is not UTF-8', 'audit/bad-note', (a) => writeFileSync(join(a, 'checkpoint'), Uint8Array.of(0xff, 10, 10))],
  ];

  test.each(cases)('%s: %s', async (_, expected, change) => {
    const audit = await madeLog(8);
    rmSync(join(audit, 'checkpoints'), { recursive: true });
    change(audit);
    expect(() => {
      using log = AuditLog.open(audit);
      log.checkSigned(keys);
    }).toThrow(code(expected));
  });

  test('every changed octet of the entries is noticed', async () => {
    const audit = await madeLog(3);
    const whole = readFileSync(join(audit, 'entries.jsonl'));
    for (let at = 0; at < whole.length; at += 7) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      writeFileSync(join(audit, 'entries.jsonl'), changed);
      expect(() => check(audit), `octet ${at}`).toThrow(/forked|entries|root/);
    }
    writeFileSync(join(audit, 'entries.jsonl'), whole);
    check(audit);
  });

  test('entries behind the checkpoint are a log that was not closed, and no damage', async () => {
    const audit = await madeLog(9, [4]);
    using log = AuditLog.open(audit);
    expect(log.checkSigned(keys)?.size).toBe(4);
  });

  test('a witness alone does not stand for the log', async () => {
    const audit = await madeLog(3);
    const { key, cosign } = memoryWitness('witness.example/1');
    edit(audit, (note) => {
      const [text] = note.split('\n\n') as [string];
      return `${text}\n\n${cosign(`${text}\n`, 1_795_000_000)}`;
    });
    using log = AuditLog.open(audit);
    expect(() => log.checkSigned([...keys, key])).toThrow(code('audit/not-signed'));
  });

  test('the head of another log, though signed by the key of this one, is not its head', async () => {
    const audit = await madeLog(3);
    const { root } = readLog(audit).checkpoint!;
    const foreign = await signNote(checkpointText({ origin: 'other.example/log', size: 3, root }), [signer]);
    rmSync(join(audit, 'checkpoints'), { recursive: true });
    edit(audit, () => foreign);
    expect(() => check(audit)).toThrow(code('audit/foreign-checkpoint'));
  });
});

describe('ended between the two writes of a checkpoint', () => {
  test('the one under its size counts, and is made the newest', async () => {
    const audit = await madeLog(5, [3, 5]);
    writeFileSync(join(audit, 'checkpoint'), readFileSync(join(audit, 'checkpoints/3')));
    expect(readLog(audit).checkpoint?.size).toBe(5);
    using log = AuditLog.open(audit);
    expect(log.checkSigned(keys)?.size).toBe(5);
    expect(readFileSync(join(audit, 'checkpoint'))).toEqual(readFileSync(join(audit, 'checkpoints/5')));
  });

  test('also when it was the first of all', async () => {
    const audit = await madeLog(2);
    rmSync(join(audit, 'checkpoint'));
    check(audit);
    expect(existsSync(join(audit, 'checkpoint'))).toBe(true);
  });

  test('a newest one that is missing under its size is put there', async () => {
    const audit = await madeLog(5, [3, 5]);
    rmSync(join(audit, 'checkpoints/5'));
    check(audit);
    expect(readdirSync(join(audit, 'checkpoints')).sort()).toEqual(['3', '5']);
  });

  test('what a killed write has left there is no checkpoint', async () => {
    const audit = await madeLog(2);
    writeFileSync(join(audit, 'checkpoints/.9.1.0011223344556677.partial'), 'half');
    check(audit);
  });

  test('a file that was renamed, and two heads of one size, are refused', async () => {
    const audit = await madeLog(5, [3, 5]);
    renameSync(join(audit, 'checkpoints/3'), join(audit, 'checkpoints/8'));
    expect(() => readLog(audit)).toThrow(code('audit/bad-checkpoint'));
    renameSync(join(audit, 'checkpoints/8'), join(audit, 'checkpoints/3'));
    edit(audit, (note) => note.replace(/\n5\n.*\n/, `\n5\n${'A'.repeat(43)}=\n`));
    expect(() => readLog(audit)).toThrow(code('audit/forked'));
  });
});

function check(audit: string): void {
  using log = AuditLog.open(audit);
  expect(log.checkSigned(keys)).toBeDefined();
}

function edit(audit: string, change: (note: string) => string): void {
  const path = join(audit, 'checkpoint');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** The checkpoint under the name of the log, but by a key that is not the log's. */
function resign(audit: string, name: string): void {
  const { keyId } = vkeyOf(memoryNoteSigner(name));
  edit(audit, (note) => {
    const [text, line] = note.split('\n\n') as [string, string];
    const octets = Buffer.from(line.trim().split(' ')[2]!, 'base64');
    octets.writeUInt32BE(keyId);
    return `${text}\n\n— ${name} ${octets.toString('base64')}\n`;
  });
}
