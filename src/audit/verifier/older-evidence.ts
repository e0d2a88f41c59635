// Older evidence: an export, a checkpoint, words from paper.
import { closeSync, openSync } from 'node:fs';
import { parseCheckpoint } from './checkpoints.ts';
import { BLOCK, fileOnDisk, MAX_ENTRIES, MAX_NOTE, openContainer, Source, statOf } from './container.ts';
import { readSmall, readText } from './export-manifest.ts';
import { Findings } from './findings.ts';
import { checkNote, type Keys, type Note, parseNote } from './notes.ts';
import { decode } from './octets.ts';
import { type Lines, lineAt, splitLines, type Tree, treeOf } from './tree.ts';

export interface OldEvidence {
  /** What it is, for messages. */
  readonly name: string;
  readonly size: number;
  /** Root in hexadecimal, or the beginning of it. */
  readonly root: string;
  readonly note?: Note;
  readonly origin?: string;
  /** Of an export. */
  readonly lines?: Lines;
}

/** 'unreadable' where it proves nothing; the finding says why. */
export function readOld(path: string, findings: Findings): OldEvidence | 'unreadable' {
  const bad = (what: string): 'unreadable' => {
    findings.error('AUDIT-OLD', `${path}: ${what}`);
    return 'unreadable';
  };
  if (!isExport(path)) {
    const file = fileOnDisk(path);
    return oldFrom(path, file.size > MAX_NOTE ? undefined : decode(file.read()), undefined, bad);
  }
  const own = new Findings();
  const container = openContainer(path, own);
  try {
    if (own.has('AUDIT-ARCHIVE')) return bad('it is neither a checkpoint nor an archive of an export');
    const entries = readSmall(container.files, 'entries.jsonl', MAX_ENTRIES);
    if (entries === undefined) return bad('it has no entries.jsonl');
    return oldFrom(path, readText(container.files, 'checkpoint'), splitLines(entries), bad);
  } finally {
    container.close();
  }
}

/** A folder, or a file with the header of an archive. */
function isExport(path: string): boolean {
  const stat = statOf(path);
  if (stat.isDirectory() || stat.size < BLOCK) return stat.isDirectory();
  const fd = openSync(path, 'r');
  try {
    return new Source(fd, stat.size).read(257, 5).equals(Buffer.from('ustar'));
  } finally {
    closeSync(fd);
  }
}

function oldFrom(
  path: string,
  octets: string | undefined,
  lines: Lines | undefined,
  bad: (what: string) => 'unreadable',
): OldEvidence | 'unreadable' {
  const note = parseNote(octets);
  const checkpoint = note && parseCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) return bad('its checkpoint is not a signed checkpoint');
  if (lines !== undefined) {
    if (lines.ends.length < checkpoint.size) return bad(`it has ${lines.ends.length} entries, and its checkpoint seals ${checkpoint.size}`);
    const root = treeOf(lines).root(checkpoint.size).toString('hex');
    if (root !== checkpoint.root) return bad(`its entries have the root ${root}, its checkpoint ${checkpoint.root}`);
  }
  return { name: path, ...checkpoint, note, ...(lines === undefined ? {} : { lines }) };
}

/** Whether this log is what the older evidence became. */
export function checkOld(
  old: OldEvidence | 'unreadable',
  { keys, lines, tree }: { keys: Keys; lines: Lines; tree: Tree },
  findings: Findings,
): 'checked' | 'broken' {
  if (old === 'unreadable') return 'broken';
  const { name, size, root, origin, note } = old;
  if (origin !== undefined && origin !== keys.origin)
    findings.error('AUDIT-OLD', `${name} is of the log ${origin}, this is ${keys.origin}`);
  if (note !== undefined) {
    const own = new Findings();
    checkNote(note, name, keys, own);
    for (const { text } of own.list()) findings.error('AUDIT-OLD-SIGNATURE', text);
  }
  if (size > tree.size)
    findings.error(
      'AUDIT-ROLLBACK',
      `${name} has seen ${size} entries, and there are ${tree.size}: an older copy was put in the place of the log`,
    );
  else if (!tree.root(size).toString('hex').startsWith(root))
    findings.error(
      'AUDIT-FORK',
      `${name}: at ${size} entries the root began with ${root}, here it is ${tree.root(size).toString('hex')}${firstOther(old, lines)}`,
    );
  return findings.has('AUDIT-OLD', 'AUDIT-OLD-SIGNATURE', 'AUDIT-ROLLBACK', 'AUDIT-FORK') ? 'broken' : 'checked';
}

function firstOther({ lines: before }: OldEvidence, lines: Lines): string {
  if (before === undefined) return '';
  const count = Math.min(before.ends.length, lines.ends.length);
  for (let index = 0; index < count; index++)
    if (!lineAt(before, index).equals(lineAt(lines, index))) return `; entry ${index} is the first that differs`;
  return '';
}
