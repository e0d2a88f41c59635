import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { checkpointText } from '../../../src/audit/checkpoint.ts';
import { MerkleTree } from '../../../src/audit/merkle.ts';
import { parseNote, signNote } from '../../../src/audit/note.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { ORIGIN } from './sample-log.ts';
import { type Files, textOf } from './second-verifier.ts';

/** What somebody does to an export. Each returns a new one; MANIFEST is as it was until it is made anew. */

export function withFile(files: Files, path: string, content: string | Uint8Array): Map<string, Uint8Array> {
  return new Map([...files, [path, typeof content === 'string' ? Buffer.from(content) : content]]);
}

export function withoutFile(files: Files, ...paths: readonly string[]): Map<string, Uint8Array> {
  return new Map([...files].filter(([path]) => !paths.includes(path)));
}

export function linesOf(files: Files): string[] {
  return textOf(files, 'entries.jsonl').split('\n').slice(0, -1);
}

export function withLines(files: Files, lines: readonly string[]): Map<string, Uint8Array> {
  return withFile(files, 'entries.jsonl', lines.map((line) => `${line}\n`).join(''));
}

/** An entry that may be changed at will. */
// biome-ignore lint/suspicious/noExplicitAny: that is what forging means
export type Forged = any;

/** One entry rewritten, in canonical form. */
export function withEntry(files: Files, index: number, change: (entry: Forged) => void): Map<string, Uint8Array> {
  return withLines(
    files,
    linesOf(files).map((line, i) => {
      if (i !== index) return line;
      const entry: Forged = JSON.parse(line);
      change(entry);
      return canonicalJson(entry);
    }),
  );
}

/** Entries as if they had been written so: numbered anew, and what names an entry by its number with them. */
export function withEntries(files: Files, arrange: (entries: Forged[]) => Forged[]): Map<string, Uint8Array> {
  const entries = arrange(linesOf(files).map((line) => JSON.parse(line)));
  const places = new Map(entries.map((entry: Forged, index) => [entry.seq, index]));
  return withLines(
    files,
    entries.map((entry: Forged, index) => {
      const { intent } = entry.data;
      const data = intent === undefined ? entry.data : { ...entry.data, intent: places.get(intent) ?? intent };
      return canonicalJson({ ...entry, data, seq: index });
    }),
  );
}

/** Every checkpoint signed again over the entries as they are now: by somebody who has the key of the log, or by a program that lies. */
export async function resealed(files: Files, signers: readonly NoteSigner[], origin = ORIGIN): Promise<Map<string, Uint8Array>> {
  const lines = linesOf(files);
  const tree = new MerkleTree();
  for (const line of lines) tree.add(Buffer.from(line));
  const old = [...files.keys()].filter((path) => path.startsWith('checkpoints/'));
  const sizes = old.map((path) => Number(path.slice(12))).filter((size) => size < lines.length);
  const changed = withoutFile(files, ...old);
  for (const size of [...sizes, lines.length]) {
    const note = Buffer.from(await signNote(checkpointText({ origin, size, root: tree.root(size) }), signers));
    changed.set(`checkpoints/${size}`, note);
    if (size === lines.length) changed.set('checkpoint', note);
  }
  return changed;
}

/** The MANIFEST of a release rewritten and signed again, and the entry with it. */
export async function withReleaseManifest(
  files: Files,
  index: number,
  signers: readonly NoteSigner[],
  change: (text: string) => string,
): Promise<Map<string, Uint8Array>> {
  const before: string = JSON.parse(linesOf(files)[index]!).data.release.manifest;
  const { text } = parseNote(textOf(files, `artifacts/${before}`));
  const note = await signNote(change(text), signers);
  const after = sha256(note);
  const moved = withFile(withoutFile(files, `artifacts/${before}`), `artifacts/${after}`, note);
  return withEntry(moved, index, (entry) => {
    entry.data.release.manifest = after;
  });
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
