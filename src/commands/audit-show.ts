import { printName } from '../../signer/dns/name.ts';
import { Fault } from '../../signer/errors.ts';
import { describeEntry, plain } from '../audit/describe.ts';
import { type EntryFilter, fits, parseKeyWish, parseSeqRange, parseTypeWish, type SeqRange } from '../audit/filter.ts';
import { entryAt, leafAt } from '../audit/log.ts';
import type { SubjectSources } from '../audit/subjects.ts';
import { parseOrigin } from '../config/origin.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { writeAll } from '../print/stream.ts';
import type { AnyEntry } from '../state/state.ts';
import { type ReadWorkspace, readWorkspace } from '../workspace/read-only.ts';
import { sealedHead } from '../workspace/sealed-head.ts';

export interface AuditShowOptions {
  readonly dir?: string;
  readonly zone?: string;
  readonly key?: string;
  readonly person?: string;
  /** Id of a session, or its beginning. */
  readonly ceremony?: string;
  readonly types: readonly string[];
  /** Unix seconds; both ends are among them. */
  readonly since?: number;
  readonly until?: number;
  readonly seq?: string;
  readonly json: boolean;
}

/**
 * `audit show`: log → entries that fit → a line each, or the entries exactly as they are in the log. Needs no token.
 * A log that does not fit its checkpoint is shown, for it must be looked at, and then refused.
 */
export async function auditShow(options: AuditShowOptions, io: Io): Promise<number> {
  const workspace = readWorkspace(options.dir);
  const filter = filterOf(options, workspace);
  const shown = { entries: 0 };
  const range = options.seq === undefined ? { from: 0, to: undefined } : parseSeqRange(options.seq);
  const print = options.json ? exactLine : readableLine;
  await writeAll(io.out, lines(workspace, { filter, range, print }, shown));
  if (shown.entries === 0) note(io, `none of the ${workspace.content.tree.size} entries of the log fits`);
  sealedHead(workspace);
  return 0;
}

interface Wish {
  readonly filter: EntryFilter;
  readonly range: SeqRange;
  readonly print: (workspace: ReadWorkspace, entry: AnyEntry) => Uint8Array;
}

function* lines(workspace: ReadWorkspace, { filter, range, print }: Wish, shown: { entries: number }): Generator<Uint8Array> {
  const { content } = workspace;
  const sources = sourcesOf(workspace);
  const end = Math.min(content.tree.size, (range.to ?? content.tree.size) + 1);
  for (let seq = range.from; seq < end; seq++) {
    const entry = entryAt(content, seq);
    if (!fits(entry, filter, sources)) continue;
    shown.entries++;
    yield print(workspace, entry);
  }
}

function exactLine({ content }: ReadWorkspace, { seq }: AnyEntry): Uint8Array {
  return Buffer.concat([leafAt(content, seq), Uint8Array.of(10)]);
}

/** Wide enough for the longest type, so that the columns need no look ahead. */
const TYPE_WIDTH = 20;
const NAME_WIDTH = 10;

function readableLine({ content }: ReadWorkspace, entry: AnyEntry): Uint8Array {
  const { seq, time, actor, type, mode } = entry;
  const width = String(content.tree.size).length;
  const name = plain(actor.name).padEnd(NAME_WIDTH);
  const what = `${mode === 'practice' ? 'PRACTICE ' : ''}${describeEntry(entry)}`;
  return new TextEncoder().encode(`${String(seq).padStart(width)}  ${time}  ${name}  ${type.padEnd(TYPE_WIDTH)}  ${what}\n`);
}

function filterOf({ zone, key, person, ceremony, types, since, until }: AuditShowOptions, { state }: ReadWorkspace): EntryFilter {
  return {
    ...(zone === undefined ? {} : { zone: printName(parseOrigin(zone)).toLowerCase() }),
    ...(key === undefined ? {} : { key: parseKeyWish(key, state) }),
    ...(person === undefined ? {} : { person }),
    ...(ceremony === undefined ? {} : { session: ceremony }),
    ...(types.length === 0 ? {} : { types: types.map(parseTypeWish) }),
    ...(since === undefined ? {} : { since: isoText(since) }),
    ...(until === undefined ? {} : { until: isoText(until) }),
  };
}

function sourcesOf({ content, artifacts }: ReadWorkspace): SubjectSources {
  return {
    entry: (seq) => entryAt(content, seq),
    artifact(reference) {
      try {
        return JSON.parse(artifacts.get(reference).toString('utf8')) as unknown;
      } catch (error) {
        // Lost or damaged: an entry that may fit is shown rather than hidden.
        if (error instanceof Fault || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
  };
}
