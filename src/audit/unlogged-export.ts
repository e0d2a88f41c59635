import { statSync } from 'node:fs';
import type { EntryData } from './entry.ts';
import type { ExportResult } from './export.ts';
import { entriesFrom, entryAt, type LogContent } from './log.ts';
import { openContainer } from './verifier/container.ts';
import { Findings } from './verifier/findings.ts';
import { verifyExport } from './verifier/verify.ts';

/**
 * A file that `audit export` had written and did not live to note: whole, in order, of this very log, up to the opening of a session whose export is
 * not in the log.
 *
 * @param sha256 of the file, hexadecimal
 * @returns undefined for every other file
 */
export function unloggedExport(path: string, sha256: string, content: LogContent): ExportResult | undefined {
  if (!statSync(path).isFile()) return undefined;
  const report = verifyExport(path);
  const { size } = report;
  const isOfLog =
    report.ok &&
    size >= 1 &&
    size <= content.tree.size &&
    report.root === Buffer.from(content.tree.root(size)).toString('base64') &&
    isOpeningOfExport(content, size - 1);
  if (!isOfLog || isLogged(content, size)) return undefined;
  const container = openContainer(path, new Findings());
  try {
    return { sha256, files: container.files.size, size, missing: [] };
  } finally {
    container.close();
  }
}

function isOpeningOfExport(content: LogContent, seq: number): boolean {
  const { type, data } = entryAt(content, seq);
  return type === 'session.open' && (data as EntryData['session.open']).command === 'audit export';
}

/** Sizes of exports differ: each holds the opening of its own session. */
function isLogged(content: LogContent, size: number): boolean {
  for (const entry of entriesFrom(content, size)) if (entry.type === 'export.created' && entry.data.size === size) return true;
  return false;
}
