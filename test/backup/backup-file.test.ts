import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BackupHeader } from '../../keystore/backup/header.ts';
import { writeBackup } from '../../src/backup/backup-file.ts';

test('a backup that came under the name while secrets were typed is not overwritten', () => {
  const dir = mkdtempSync(join(tmpdir(), 'coldsign-backup-'));
  try {
    const path = join(dir, 'backup');
    const header: BackupHeader = {
      ...{ format: 1, method: 'wrap', created: '2026-01-01T00:00:00Z', keys: [] },
      token: { label: 't', serial: 's', manufacturer: 'm', model: 'm' },
      protection: { kind: 'passphrase', n: 2 ** 15, r: 8, p: 1, salt: '00'.repeat(32) },
    };
    const write = (): string => writeBackup(path, header, new Uint8Array(32).fill(1), Uint8Array.of(1));
    writeFileSync(path, 'the only backup');
    expect(write).toThrow(expect.objectContaining({ code: 'backup/output-exists' }));
    expect(readFileSync(path, 'utf8')).toBe('the only backup');
    rmSync(path);
    expect(write()).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
