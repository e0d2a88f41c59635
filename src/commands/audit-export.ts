import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { type ExportResult, exportLog } from '../audit/export.ts';
import { unloggedExport } from '../audit/unlogged-export.ts';
import { type Io, note } from '../io.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface AuditExportOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** The archive to be written; it must not be there. */
  readonly file: string;
  /** Unsigned sources of zones go along. */
  readonly inputs: boolean;
  readonly json: boolean;
}

/**
 * `audit export`: log, sealed by a fresh checkpoint → archive for an auditor. The archive holds the opening of this session; that it was made is
 * the next entry, with its sha256, and so in the next archive. Where the program was ended between the two, the same command writes that entry.
 * @throws Refusal audit/export-exists; Fault file/not-writable, audit/changed-while-read
 */
export async function auditExport(options: AuditExportOptions, io: Io): Promise<number> {
  const out = resolve(options.file);
  const before = leftBefore(out, options.dir);
  return withSession({ ...options, command: 'audit export' }, io, async (session) => {
    if (before !== undefined) {
      note(io, `${out} is there already, and not in the log: the program was ended when it had written it. It is noted now`);
      return finish(session, out, before, options, io);
    }
    await session.checkpoint();
    refuseExisting(out);
    const result = await exportLog({ audit: session.paths.audit, artifacts: session.paths.artifacts, out, inputs: options.inputs });
    return finish(session, out, result, options, io);
  });
}

function finish(session: Session, out: string, result: ExportResult, { json }: AuditExportOptions, io: Io): number {
  session.append('export.created', { size: result.size, sha256: result.sha256, files: result.files });
  for (const sha256 of result.missing) note(io, `warning: artifact ${sha256} is named by the log and is not there; the export says so`);
  io.out.write(json ? `${JSON.stringify({ file: out, ...result }, undefined, 2)}\n` : exportText(out, result));
  return 0;
}

function exportText(out: string, { size, files, sha256 }: ExportResult): string {
  return `${out}: ${size} entries, ${files} files\nsha256 ${sha256}\nto check it: coldsign audit verify ${out}, or VERIFY.md in it\n`;
}

/** What another run of this command has written and not noted; undefined where there is nothing. @throws Refusal audit/export-exists */
function leftBefore(out: string, dir: string | undefined): ExportResult | undefined {
  if (!existsSync(out)) return undefined;
  const sha256 = sha256OfFile(out);
  const left = sha256 === undefined ? undefined : unloggedExport(out, sha256, readWorkspace(dir).content);
  if (left === undefined) refuseExisting(out);
  return left;
}

/** What an auditor may have seen already is never replaced. */
function refuseExisting(out: string): void {
  if (!existsSync(out)) return;
  throw new Refusal('audit/export-exists', `${out} is there already, and exports are never overwritten`, 'name another file');
}
