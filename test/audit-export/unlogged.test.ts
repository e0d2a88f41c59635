import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CATEGORY } from '../../src/audit/entry.ts';
import { AuditLog, type NewEntry, readLog } from '../../src/audit/log.ts';
import { unloggedExport } from '../../src/audit/unlogged-export.ts';
import { linesOf, sha256 } from './support/forge.ts';
import { makeSampleExport, makeVariation, type SampleExport, TestFolder } from './support/sample-export.ts';

/* The program was ended between writing an export and saying so in the log: the sample log ends inside of the session that exports it. */

const folder = new TestFolder();
let log: SampleExport;
let hash: string;
beforeAll(async () => {
  log = await makeSampleExport(folder.path, 'log');
  hash = sha256(readFileSync(log.archive));
});
afterAll(() => folder[Symbol.dispose]());

test('a whole export of this log up to the opening of a session that did not note it is found', () => {
  const found = unloggedExport(log.archive, hash, readLog(log.audit));
  // verify.mjs and the rest: members of the archive.
  expect(found).toEqual({ sha256: hash, size: linesOf(log.files).length, files: log.files.size, missing: [] });
});

test('no other file is: changed, no archive, of a log that went another way, or of one that is shorter', async () => {
  const content = readLog(log.audit);
  const octets = readFileSync(log.archive);
  const changed = join(folder.path, 'changed.tar');
  octets[octets.length >> 1]! ^= 1;
  writeFileSync(changed, octets);
  const other = join(folder.path, 'notes.txt');
  writeFileSync(other, 'dear diary\n');
  const fork = await makeVariation(folder.path, 'fork', log, { reason: 'another one' });
  for (const path of [changed, other, folder.path]) expect(unloggedExport(path, hash, content), path).toBeUndefined();
  expect(unloggedExport(fork.archive, hash, content)).toBeUndefined();
  const short = await makeVariation(folder.path, 'short', log, { checkpoints: 2 });
  expect(unloggedExport(log.archive, hash, readLog(short.audit))).toBeUndefined();
});

test('one that the log has noted is not found a second time', () => {
  const last = JSON.parse(linesOf(log.files).at(-1)!);
  {
    using open = AuditLog.open(log.audit);
    const data = { size: open.size, sha256: hash, files: log.files.size };
    open.append([{ ...last, type: 'export.created', cat: CATEGORY['export.created'], data } as NewEntry]);
  }
  expect(unloggedExport(log.archive, hash, readLog(log.audit))).toBeUndefined();
});
