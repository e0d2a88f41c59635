import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAX_ENTRY_OCTETS } from '../../src/audit/entry.ts';
import { AuditLog, entriesFrom, entryAt, leafAt, type NewEntry, readLog } from '../../src/audit/log.ts';
import { MerkleTree } from '../../src/audit/merkle.ts';
import { newAuditFolder, newEntries, newEntry } from './entries.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const linesOf = (audit: string): string[] => readFileSync(join(audit, 'entries.jsonl'), 'latin1').split('\n').slice(0, -1);

describe('appending', () => {
  test('an entry is one line: sorted members, ASCII, its number in it; the leaf is the line without its line feed', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    const entry = { ...newEntry(0), actor: { role: 'operator', name: 'Zoë' } } as NewEntry;
    expect(log.append([entry])).toEqual([{ ...entry, seq: 0 }]);
    const line = linesOf(audit)[0]!;
    expect(line).toBe(
      String.raw`{"actor":{"name":"Zo\u00eb","role":"operator"},"boot":"b7c1","cat":"signing","data":{"outcome":"done","zone":"zone0.example."},"mode":"practice","mono":1000,"seq":0,"session":"20261124T090000Z-000001","time":"2026-11-24T09:00:00Z","type":"batch.zone","v":1}`,
    );
    const tree = new MerkleTree();
    tree.add(Buffer.from(line));
    expect(log.tree.root()).toEqual(tree.root());
    expect(Buffer.from(leafAt(log.content, 0)).toString()).toBe(line);
  });

  test('what was appended is what is read, one by one or many at once', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    for (let i = 0; i < 5; i++) log.append([newEntry(i)]);
    log.append(newEntries(300, 5));
    expect(log.append([])).toEqual([]);
    const read = readLog(audit);
    expect(read.tree.root()).toEqual(log.tree.root());
    expect(read.octets).toEqual(new Uint8Array(log.content.octets));
    expect([...entriesFrom(read, 0)]).toEqual(newEntries(305).map((entry, seq) => ({ ...entry, seq })));
    expect([...entriesFrom(log.content, 303)].map(({ seq }) => seq)).toEqual([303, 304]);
    expect(entryAt(read, 7)).toEqual({ ...newEntry(7), seq: 7 });
    expect(() => entryAt(read, 305)).toThrow(RangeError);
  });

  test('a log that is opened again goes on where it was, its roots of before unchanged', () => {
    const audit = newAuditFolder();
    let root: Uint8Array;
    {
      using log = AuditLog.open(audit);
      log.append(newEntries(130));
      root = log.tree.root();
    }
    using log = AuditLog.open(audit);
    expect(log.append([newEntry(130)])[0]!.seq).toBe(130);
    expect(log.tree.root(130)).toEqual(root);
    expect(readLog(audit).tree.root()).toEqual(log.tree.root());
  });

  test('more than the memory that was set aside at opening', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    const big = { ...newEntry(0), session: 'x'.repeat(15_000) } as NewEntry;
    for (let i = 0; i < 40; i++) log.append([big]);
    expect(log.content.octets.length).toBeGreaterThan(600_000);
    expect(readLog(audit).tree.root()).toEqual(log.tree.root());
    expect(entryAt(log.content, 0)).toEqual({ ...big, seq: 0 });
  });

  test('what is too big for an entry is a bug of the caller, and nothing is written', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    const room = MAX_ENTRY_OCTETS - JSON.stringify({ ...newEntry(0), seq: 0, session: '' }).length;
    expect(() => log.append([newEntry(0), { ...newEntry(0), session: 'x'.repeat(room + 1) } as NewEntry])).toThrow(RangeError);
    expect(log.size).toBe(0);
    log.append([{ ...newEntry(0), session: 'x'.repeat(room) } as NewEntry]);
    expect(linesOf(audit)[0]).toHaveLength(MAX_ENTRY_OCTETS);
  });

  test('a file that somebody else writes is not written on', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    using other = AuditLog.open(audit);
    log.append([newEntry(0)]);
    expect(() => other.append([newEntry(0)])).toThrow(code('audit/written-by-another'));
    expect(linesOf(audit)).toHaveLength(1);
  });

  test('no log is not an empty log', () => {
    const audit = newAuditFolder();
    expect(() => readLog(audit)).toThrow(code('audit/no-log'));
    expect(existsSync(audit)).toBe(false);
    AuditLog.open(audit)[Symbol.dispose]();
    expect(readLog(audit)).toMatchObject({ lineEnds: [], checkpoint: undefined });
    expect(Buffer.from(readLog(audit).tree.root()).toString('hex')).toMatch(/^e3b0c442/);
  });
});

describe('a file that cannot be read', () => {
  test('is told, whatever the disk says', () => {
    const audit = newAuditFolder();
    mkdirSync(join(audit, 'entries.jsonl'), { recursive: true });
    const fault = expect.objectContaining({ name: 'Fault', code: 'audit/not-readable' });
    expect(() => readLog(audit)).toThrow(fault);
    expect(() => AuditLog.open(audit)).toThrow(fault);
  });
});

describe('a last line without line feed', () => {
  test('is not in the log; it is cut off before anything is appended, and handed to the caller', () => {
    const audit = newAuditFolder();
    {
      using log = AuditLog.open(audit);
      log.append(newEntries(3));
    }
    const torn = '{"actor":{"name":"Ada","ro';
    appendFileSync(join(audit, 'entries.jsonl'), torn);
    expect(Buffer.from(readLog(audit).torn).toString()).toBe(torn);
    expect(readLog(audit).tree.size).toBe(3);
    using log = AuditLog.open(audit);
    expect(() => log.append([newEntry(3)])).toThrow(/repairTorn/);
    expect(Buffer.from(log.repairTorn()!).toString()).toBe(torn);
    expect(log.repairTorn()).toBeUndefined();
    log.append([newEntry(3)]);
    expect(linesOf(audit)).toHaveLength(4);
    expect(readLog(audit).torn).toHaveLength(0);
  });

  test('may be all there is', () => {
    const audit = newAuditFolder();
    mkdirSync(audit);
    writeFileSync(join(audit, 'entries.jsonl'), '{"v":1');
    using log = AuditLog.open(audit);
    expect(log.size).toBe(0);
    expect(log.repairTorn()).toHaveLength(6);
    expect(readFileSync(join(audit, 'entries.jsonl'))).toHaveLength(0);
  });
});
