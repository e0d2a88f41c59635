import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AuditLog, readLog } from '../../src/audit/log.ts';
import { newAuditFolder, newEntries, newEntry } from './entries.ts';

/** What the disk does next. */
const disk = vi.hoisted(() => ({
  room: Number.POSITIVE_INFINITY,
  chunk: Number.POSITIVE_INFINITY,
  syncs: Number.POSITIVE_INFINITY,
  synced: 0,
  writes: 0,
}));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    ...fs,
    writeSync(fd: number, octets: Uint8Array, at: number, length: number): number {
      disk.writes++;
      if (disk.room <= 0) fail('ENOSPC');
      const written = fs.writeSync(fd, octets, at, Math.min(length, disk.chunk, disk.room));
      disk.room -= written;
      return written;
    },
    fsyncSync(fd: number): void {
      disk.synced++;
      if (disk.synced > disk.syncs) fail('EIO');
      fs.fsyncSync(fd);
    },
  };
});

beforeEach(() => {
  Object.assign(disk, {
    room: Number.POSITIVE_INFINITY,
    chunk: Number.POSITIVE_INFINITY,
    syncs: Number.POSITIVE_INFINITY,
    synced: 0,
    writes: 0,
  });
});

const notWritable = expect.objectContaining({ name: 'Fault', code: 'audit/not-writable' });

describe('a disk that does not do what it is told', () => {
  test('writes that take only a part are gone on with', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    disk.chunk = 7;
    log.append(newEntries(3));
    expect(disk.writes).toBeGreaterThan(30);
    expect(readLog(audit).tree.root()).toEqual(log.tree.root());
  });

  test('many entries are one write and one fsync', () => {
    using log = AuditLog.open(newAuditFolder());
    disk.synced = 0;
    log.append(newEntries(50));
    expect([disk.writes, disk.synced]).toEqual([1, 1]);
  });

  test('full: nothing of the append counts, nothing of it is left, and the log takes no more', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(2));
    const [before, root] = [readFileSync(join(audit, 'entries.jsonl')), log.tree.root()];
    disk.room = 300;
    expect(() => log.append(newEntries(3, 2))).toThrow(
      expect.objectContaining({ code: 'audit/not-writable', hint: expect.stringContaining('room') }),
    );
    expect(log.size).toBe(2);
    expect(log.tree.root()).toEqual(root);
    expect(readFileSync(join(audit, 'entries.jsonl'))).toEqual(before);
    disk.room = Number.POSITIVE_INFINITY;
    expect(() => log.append([newEntry(2)])).toThrow(notWritable);
    expect(readLog(audit).torn).toHaveLength(0);
  });

  test('an fsync that fails: what readers would see, and a power cut might take, is cut off', async () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(2));
    disk.syncs = disk.synced;
    expect(() => log.append(newEntries(1, 2))).toThrow(notWritable);
    expect(log.size).toBe(2);
    expect(readLog(audit).tree.size).toBe(2);
    disk.syncs = Number.POSITIVE_INFINITY;
    await expect(log.checkpoint([])).rejects.toThrow(notWritable);
    expect(() => log.repairTorn()).toThrow(notWritable);
  });

  test('a torn line that cannot be cut off durably stays torn', () => {
    const audit = newAuditFolder();
    AuditLog.open(audit)[Symbol.dispose]();
    appendFileSync(join(audit, 'entries.jsonl'), '{"v"');
    using log = AuditLog.open(audit);
    disk.syncs = disk.synced;
    expect(() => log.repairTorn()).toThrow(notWritable);
    expect(() => log.append([newEntry(0)])).toThrow(notWritable);
  });

  test('lines that a killed program has written, but not synced, are synced before they are built upon', () => {
    const audit = newAuditFolder();
    AuditLog.open(audit)[Symbol.dispose]();
    disk.synced = 0;
    AuditLog.open(audit)[Symbol.dispose]();
    expect(disk.synced).toBe(2);
    disk.syncs = disk.synced;
    expect(() => AuditLog.open(audit)).toThrow(notWritable);
  });

  test('a folder that cannot be made durable is no log', () => {
    const audit = newAuditFolder();
    disk.syncs = 1;
    expect(() => AuditLog.open(audit)).toThrow(notWritable);
  });
});
