// Checkpoints (C2SP tlog-checkpoint): each is signed, and seals the tree at its size.
import type { Files } from './container.ts';
import { readText } from './export-manifest.ts';
import type { Findings } from './findings.ts';
import { type Cosignature, checkNote, type Keys, parseNote } from './notes.ts';
import { fromBase64 } from './octets.ts';
import type { Tree } from './tree.ts';

interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 octets in hexadecimal. */
  readonly root: string;
}

/** @see C2SP tlog-checkpoint: origin, size, root, a line each */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/=]+)\n$/.exec(text);
  const root = fromBase64(match?.[3] ?? '');
  return match === null || root?.length !== 32 ? undefined : { origin: match[1]!, size: Number(match[2]), root: root.toString('hex') };
}

export interface Checkpoints {
  readonly newest: Checkpoint | undefined;
  readonly count: number;
  /** By witnesses, in the notes. */
  readonly cosigned: readonly (Cosignature & { readonly size: number })[];
}

export function checkCheckpoints(files: Files, keys: Keys, tree: Tree, findings: Findings): Checkpoints {
  const parsed = new Map<string, Checkpoint>();
  const cosigned: (Cosignature & { size: number })[] = [];
  for (const path of files.keys()) {
    if (path !== 'checkpoint' && !/^checkpoints\/(0|[1-9][0-9]{0,14})$/.test(path)) continue;
    const note = parseNote(readText(files, path));
    const checkpoint = note && parseCheckpoint(note.text);
    if (note === undefined || checkpoint === undefined) {
      findings.error('AUDIT-CHECKPOINT-FORM', `${path} is not a signed checkpoint`);
      continue;
    }
    const { origin, size, root } = checkpoint;
    parsed.set(path, checkpoint);
    if (path !== 'checkpoint' && path !== `checkpoints/${size}`) findings.error('AUDIT-CHECKPOINT-NAME', `${path} is of size ${size}`);
    if (origin !== keys.origin) findings.error('AUDIT-ORIGIN', `${path} is of the log ${origin}, this is ${keys.origin}`);
    if (size > tree.size) findings.error('AUDIT-TRUNCATED', `${path} seals ${size} entries, and there are ${tree.size}`);
    else if (tree.root(size).toString('hex') !== root)
      findings.error('AUDIT-ROOT', `${path} seals ${size} entries with the root ${root}, these have ${tree.root(size).toString('hex')}`);
    for (const cosignature of checkNote(note, path, keys, findings)) cosigned.push({ ...cosignature, size });
  }
  const newest = parsed.get('checkpoint');
  if (newest !== undefined) checkNewest(newest, { files, parsed, tree }, findings);
  return { newest, count: parsed.size, cosigned };
}

function checkNewest(
  { size }: Checkpoint,
  { files, parsed, tree }: { files: Files; parsed: ReadonlyMap<string, Checkpoint>; tree: Tree },
  findings: Findings,
): void {
  if (tree.size > size) findings.error('AUDIT-ENTRY-UNSEALED', `there are ${tree.size} entries, and the checkpoint seals ${size} of them`);
  if (!files.has(`checkpoints/${size}`))
    findings.error('AUDIT-CHECKPOINT-COPY', `checkpoint is of size ${size}, and there is no checkpoints/${size}`);
  for (const [path, other] of parsed)
    if (other.size > size) findings.error('AUDIT-CHECKPOINT-OLD', `checkpoint is of size ${size}, and ${path} of ${other.size} is newer`);
}
