import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { NewEntry } from '../../src/audit/log.ts';

/** Entries of every day, each with its own number in it. */
export function newEntry(n: number): NewEntry {
  return {
    v: 1,
    time: '2026-11-24T09:00:00Z',
    mono: 1000 + n,
    boot: 'b7c1',
    session: '20261124T090000Z-000001',
    mode: 'practice',
    type: 'batch.zone',
    cat: 'signing',
    actor: { role: 'operator', name: 'Ada' },
    data: { zone: `zone${n}.example.`, outcome: 'done' },
  };
}

export function newEntries(count: number, from = 0): NewEntry[] {
  return Array.from({ length: count }, (_, i) => newEntry(from + i));
}

/** Folder of a log that does not exist yet; gone after the test. */
export function newAuditFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coldsign-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'audit');
}
