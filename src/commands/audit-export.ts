import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { type ExportResult, exportLog } from '../audit/export.ts';
import { type Io, note } from '../io.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface AuditExportOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** The archive to be written; it must not be there. */
  readonly file: string;
  /** Unsigned sources of zones go along. */
  readonly inputs: boolean;
  readonly json: boolean;
}

/**
 * `audit export`: log, sealed by a fresh checkpoint → archive for an auditor. The archive holds the opening of this session; that it was made is
 * the next entry, with its sha256, and so in the next archive.
 * @throws Refusal audit/export-exists; Fault file/not-writable, audit/changed-while-read
 */
export async function auditExport(options: AuditExportOptions, io: Io): Promise<number> {
  const out = resolve(options.file);
  refuseExisting(out);
  return withSession({ ...options, command: 'audit export' }, io, async (session) => {
    await session.checkpoint();
    refuseExisting(out);
    const result = await exportLog({ audit: session.paths.audit, artifacts: session.paths.artifacts, out, inputs: options.inputs });
    session.append('export.created', { size: result.size, sha256: result.sha256, files: result.files });
    for (const sha256 of result.missing) note(io, `warning: artifact ${sha256} is named by the log and is not there; the export says so`);
    io.out.write(options.json ? `${JSON.stringify({ file: out, ...result }, undefined, 2)}\n` : exportText(out, result));
    return 0;
  });
}

function exportText(out: string, { size, files, sha256 }: ExportResult): string {
  return `${out}: ${size} entries, ${files} files\nsha256 ${sha256}\nto check it: coldsign audit verify ${out}, or VERIFY.md in it\n`;
}

/** What an auditor may have seen already is never replaced. */
function refuseExisting(out: string): void {
  if (!existsSync(out)) return;
  throw new Refusal('audit/export-exists', `${out} is there already, and exports are never overwritten`, 'name another file');
}
