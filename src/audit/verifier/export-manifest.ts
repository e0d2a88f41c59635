// MANIFEST: `sha256  size  path`, sorted by path, for every file but itself; then `absent sha256 size name`, sorted.
import { type ExportFile, type Files, MAX_MANIFEST, MAX_NOTE } from './container.ts';
import type { Findings } from './findings.ts';
import { decode } from './octets.ts';

export interface ExportManifest {
  /** Artifacts that were left out, or were not there: sha256 → size, undefined where it is not known. */
  readonly absent: ReadonlyMap<string, number | undefined>;
}

const REQUIRED = ['MANIFEST', 'VERIFY.md', 'checkpoint', 'entries.jsonl', 'verify.mjs', 'vkeys'] as const;
const LAYOUT = new RegExp(`^(${REQUIRED.join('|').replaceAll('.', '\\.')}|checkpoints/(0|[1-9][0-9]{0,14})|artifacts/[0-9a-f]{64})$`);
const LISTED_FILE = /^([0-9a-f]{64}) {2}(0|[1-9][0-9]{0,14}) {2}([A-Za-z0-9._/-]+)$/;
const LISTED_ABSENT = /^absent ([0-9a-f]{64}) (0|[1-9][0-9]{0,14}|-) ([!-~]+)$/;

export function checkManifest(files: Files, findings: Findings): ExportManifest {
  for (const path of REQUIRED) if (!files.has(path)) findings.error('AUDIT-FILE-MISSING', `the export has no ${path}`);
  for (const path of files.keys()) if (!LAYOUT.test(path)) findings.error('AUDIT-FILE-UNKNOWN', `${path} is not a file of an export`);
  const absent = new Map<string, number | undefined>();
  const listed = new Set<string>();
  if (!files.has('MANIFEST')) return { absent };
  let before = '';
  for (const line of manifestLines(files, findings)) {
    const file = LISTED_FILE.exec(line);
    const gone = file === null ? LISTED_ABSENT.exec(line) : null;
    const [, sha256 = '', size = '', path = ''] = file ?? gone ?? [];
    if (sha256 === '') {
      findings.error('AUDIT-MANIFEST-FORM', `MANIFEST: ${JSON.stringify(line.slice(0, 200))} is neither a file nor something absent`);
      continue;
    }
    const order = file === null ? `1${sha256}` : `0${path}`;
    if (order <= before)
      findings.error('AUDIT-MANIFEST-FORM', `MANIFEST: ${file === null ? sha256 : path} is not in its place, or there twice`);
    before = order;
    if (file === null) {
      absent.set(sha256, size === '-' ? undefined : Number(size));
      continue;
    }
    listed.add(path);
    compareListed(path, { sha256, size: Number(size) }, files, findings);
  }
  for (const path of files.keys())
    if (path !== 'MANIFEST' && !listed.has(path)) findings.error('AUDIT-FILE-UNLISTED', `${path} is there, and MANIFEST does not list it`);
  return { absent };
}

function manifestLines(files: Files, findings: Findings): string[] {
  const octets = readSmall(files, 'MANIFEST', MAX_MANIFEST);
  const text = octets?.toString('latin1') ?? '';
  if (!text.endsWith('\n')) findings.error('AUDIT-MANIFEST-FORM', 'MANIFEST is empty, too long, or does not end with a line feed');
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

function compareListed(path: string, listed: Pick<ExportFile, 'sha256' | 'size'>, files: Files, findings: Findings): void {
  const file = files.get(path);
  if (path === 'MANIFEST') findings.error('AUDIT-MANIFEST-FORM', 'MANIFEST lists itself');
  else if (file === undefined) findings.error('AUDIT-FILE-MISSING', `MANIFEST lists ${path}, and it is not there`);
  else if (file.sha256 !== listed.sha256 || file.size !== listed.size)
    findings.error(
      'AUDIT-FILE-CHANGED',
      `${path} has ${file.size} octets and sha256 ${file.sha256}, MANIFEST says ${listed.size} and ${listed.sha256}`,
    );
}

export function readSmall(files: Files, path: string, limit: number): Buffer | undefined {
  const file = files.get(path);
  return file === undefined || file.size > limit ? undefined : file.read();
}

export function readText(files: Files, path: string): string | undefined {
  const octets = readSmall(files, path, MAX_NOTE);
  return octets === undefined ? undefined : decode(octets);
}
