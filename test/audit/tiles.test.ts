import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuditLog, readLog } from '../../src/audit/log.ts';
import { checkTiles, rebuildTiles, tilePath, writeTiles } from '../../src/audit/tiles.ts';
import { newAuditFolder, newEntries } from './entries.ts';

const SAMPLE = new URL('vectors/tlog/tile/', import.meta.url).pathname;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('C2SP tlog-tiles', () => {
  test('"index 1234067 will be encoded as x001/x234/067"', () => {
    expect(tilePath(0, 1234067, 256)).toBe('tile/0/x001/x234/067');
    expect(tilePath('entries', 0, 256)).toBe('tile/entries/000');
    expect(tilePath(2, 1000, 17)).toBe('tile/2/x001/000.p/17');
  });

  test('tiles of the sample log, at both of its sizes, are the same to the octet', () => {
    const audit = sampleLog();
    const content = readLog(audit);
    for (const size of [120, 300]) {
      writeTiles(audit, content, size);
      for (const name of filesIn(join(audit, 'tile')))
        expect(readFileSync(join(audit, 'tile', name)).equals(readFileSync(join(SAMPLE, name))), name).toBe(true);
    }
    expect(filesIn(join(audit, 'tile'))).toEqual(['0/000', '0/001.p/44', '1/000.p/1', 'entries/000', 'entries/001.p/44']);
  });

  test('"a tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile of width 1"', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(256));
    writeTiles(audit, log.content, 256);
    expect(filesIn(join(audit, 'tile'))).toEqual(['0/000', '1/000.p/1', 'entries/000']);
    expect(readFileSync(join(audit, 'tile/1/000.p/1'))).toEqual(Buffer.from(log.tree.root()));
  });

  test('"a tree of size 70,000": 273 full and a partial level 0 tile, one and a partial level 1 tile, a partial level 2 tile', () => {
    const audit = newAuditFolder();
    mkdirSync(audit);
    writeFileSync(join(audit, 'entries.jsonl'), 'x\n'.repeat(70_000));
    writeTiles(audit, readLog(audit), 70_000);
    const hashes = filesIn(join(audit, 'tile')).filter((name) => !name.startsWith('entries'));
    expect(hashes).toHaveLength(273 + 1 + 1 + 1 + 1);
    expect(hashes).toEqual(expect.arrayContaining(['0/272', '0/273.p/112', '1/000', '1/001.p/17', '2/000.p/1']));
    expect(checkTiles(audit, readLog(audit), 70_000)).toEqual([]);
  });
});

describe('what is there already', () => {
  test('full tiles are left alone, partial ones of other sizes removed', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(600));
    writeTiles(audit, log.content, 300);
    const full = join(audit, 'tile/0/000');
    utimesSync(full, 1000, 1000);
    writeTiles(audit, log.content, 600);
    expect(statSync(full).mtimeMs).toBe(1_000_000);
    expect(filesIn(join(audit, 'tile')).filter((name) => name.includes('.p/'))).toEqual(['0/002.p/88', '1/000.p/2', 'entries/002.p/88']);
    expect(existsSync(join(audit, 'tile/0/001.p'))).toBe(false);
    expect(checkTiles(audit, log.content, 600)).toEqual([]);
  });

  test('an empty log has no tiles', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    writeTiles(audit, log.content, 0);
    expect(existsSync(join(audit, 'tile'))).toBe(false);
    expect(() => writeTiles(audit, log.content, 1)).toThrow(RangeError);
  });

  test('changed, missing and stray tiles are found, and made anew', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(300));
    writeTiles(audit, log.content, 300);
    const changed = readFileSync(join(audit, 'tile/entries/000'));
    changed[100]! ^= 1;
    writeFileSync(join(audit, 'tile/entries/000'), changed);
    writeFileSync(join(audit, 'tile/0/000'), 'short');
    writeFileSync(join(audit, 'tile/0/007'), 'stray');
    expect(checkTiles(audit, log.content, 300)).toEqual(['tile/0/000', 'tile/0/007', 'tile/entries/000']);
    rebuildTiles(audit, log.content, 300);
    expect(checkTiles(audit, log.content, 300)).toEqual([]);
  });

  test('a folder that cannot be written is told', () => {
    const audit = newAuditFolder();
    using log = AuditLog.open(audit);
    log.append(newEntries(1));
    writeFileSync(join(audit, 'tile'), 'in the way');
    expect(() => writeTiles(audit, log.content, 1)).toThrow(expect.objectContaining({ code: 'audit/not-writable' }));
  });
});

/** The leaves of the sample, as a log of ours would hold them. */
function sampleLog(): string {
  const audit = newAuditFolder();
  mkdirSync(audit);
  const lines = ['entries/000', 'entries/001.p/44'].flatMap((name) => {
    const octets = readFileSync(join(SAMPLE, name));
    const leaves: Buffer[] = [];
    for (let at = 0; at < octets.length; at += 2 + octets.readUInt16BE(at))
      leaves.push(octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at)));
    return leaves;
  });
  writeFileSync(join(audit, 'entries.jsonl'), Buffer.concat(lines.flatMap((leaf) => [leaf, Buffer.from('\n')])));
  return audit;
}
