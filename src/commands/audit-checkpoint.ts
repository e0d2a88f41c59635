import type { SignedCheckpoint } from '../audit/checkpoint-store.ts';
import { storedSizes } from '../audit/checkpoint-store.ts';
import { entryAt } from '../audit/log.ts';
import { checkPaperWords, type PaperWords, parsePaperWords } from '../audit/paper-words.ts';
import { hashWords } from '../audit/words.ts';
import type { Io } from '../io.ts';
import { type CheckpointPage, checkpointPage } from '../print/checkpoint-page.ts';
import { type ReadWorkspace, readWorkspace } from '../workspace/read-only.ts';
import { sealedHead } from '../workspace/sealed-head.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface AuditCheckpointOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** Make a fresh one first; needs the token. */
  readonly sign: boolean;
  /** Print the root in words, to be read aloud. */
  readonly words: boolean;
  /** From a printed page: `SIZE word word …`. */
  readonly compare?: string;
  readonly json: boolean;
}

/**
 * `audit checkpoint`: the newest signed head of the log, as it is printed, and compared with what was printed before.
 * @throws Refusal audit/not-a-continuation
 */
export async function auditCheckpoint(options: AuditCheckpointOptions, io: Io): Promise<number> {
  const paper = options.compare === undefined ? undefined : parsePaperWords(options.compare);
  // First of all: nothing is signed that is not the log of the page.
  if (paper !== undefined) checkPaperWords(readWorkspace(options.dir).content.tree, paper);
  // A session ends with a checkpoint of all that is in the log by then.
  if (options.sign) await withSession({ ...options, command: 'audit checkpoint' }, io, async () => 0);
  const workspace = readWorkspace(options.dir);
  const page = pageOf(workspace, sealedHead(workspace), paper);
  io.out.write(options.json ? `${JSON.stringify(page, undefined, 2)}\n` : checkpointPage(page, options.words));
  return 0;
}

/** Words of the checkpoint before: enough to compare with another page. */
const PREVIOUS_WORDS = 8;

function pageOf(
  { paths, content }: ReadWorkspace,
  { origin, size, root, note }: SignedCheckpoint,
  paper: PaperWords | undefined,
): CheckpointPage {
  const before = storedSizes(paths.audit).findLast((stored) => stored < size);
  const last = size === 0 ? undefined : entryAt(content, size - 1);
  return {
    origin,
    size,
    ...(last === undefined ? {} : { time: last.time, session: last.session }),
    root: { base64: Buffer.from(root).toString('base64'), hex: Buffer.from(root).toString('hex'), words: hashWords(root) },
    ...(before === undefined ? {} : { previous: { size: before, words: hashWords(content.tree.root(before)).slice(0, PREVIOUS_WORDS) } }),
    note,
    ...(paper === undefined
      ? {}
      : { compared: { size: paper.size, words: paper.beginning.length, since: content.tree.size - paper.size } }),
  };
}
