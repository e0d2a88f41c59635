// Verdict: what is proven and what is not.
import type { Checkpoints } from './checkpoints.ts';
import type { Files } from './container.ts';
import type { Findings } from './findings.ts';
import type { Keys } from './notes.ts';
import type { OldEvidence } from './older-evidence.ts';
import type { Asked } from './questions.ts';
import type { VerifyReport } from './report.ts';
import type { Story } from './story.ts';
import type { Tree } from './tree.ts';

interface Judged {
  readonly files: Files;
  readonly findings: Findings;
  readonly asked: Asked;
  readonly keys: Keys;
  readonly tree: Tree;
  readonly checkpoints: Checkpoints;
  readonly story: Story;
  readonly inputsAbsent: number;
  readonly continuity: VerifyReport['continuity'];
  readonly old: OldEvidence | 'unreadable' | undefined;
}

/** Continuity left unchecked is said in these words. */
export const UNCHECKED = 'self-consistent; continuity with earlier evidence was not checked';

export function conclude(judged: Judged): VerifyReport {
  const { files, findings, keys, tree, checkpoints, story, inputsAbsent, continuity } = judged;
  const list = findings.list();
  const errors = list.filter(({ severity }) => severity === 'error').length;
  const ok = errors === 0;
  const artifacts = [...files.keys()].filter((path) => path.startsWith('artifacts/')).length;
  return {
    ok,
    verdict: ok
      ? continuity === 'checked'
        ? `self-consistent, and a continuation of ${nameOf(judged.old)}`
        : UNCHECKED
      : `NOT in order: ${errors} findings`,
    origin: keys.origin,
    vkey: keys.anchor?.text,
    size: tree.size,
    root: tree.root().toString('base64'),
    continuity,
    counts: { checkpoints: checkpoints.count, ...story.counts, artifacts, inputsAbsent },
    findings: list,
    proven: [...proven(judged)],
    notProven: [...notProven(judged)],
  };
}

const SEAL = [
  'AUDIT-FILE-MISSING',
  'AUDIT-ENTRY-TORN',
  'AUDIT-ENTRY-UNSEALED',
  'AUDIT-CHECKPOINT-FORM',
  'AUDIT-CHECKPOINT-OLD',
  'AUDIT-ORIGIN',
  'AUDIT-TRUNCATED',
  'AUDIT-ROOT',
  'AUDIT-BAD-SIGNATURE',
  'AUDIT-NOT-SIGNED',
];
const STORY = ['FORM', 'FIELDS', 'TYPE', 'DATA', 'SEQ'].map((what) => `AUDIT-ENTRY-${what}`);
const ARTIFACTS = ['HASH', 'SIZE', 'MISSING', 'ABSENT', 'UNREFERENCED'].map((what) => `AUDIT-ARTIFACT-${what}`);
const RELEASES = ['FORM', 'SIGN', 'GATE', 'SERIAL', 'CHAIN', 'MANIFEST'].map((what) => `AUDIT-RELEASE-${what}`);
const CEREMONIES = ['ORDER', 'APPROVAL', 'STATEMENT', 'EXCEPTION', 'FORM', 'SCRIPT', 'PEOPLE', 'STEP', 'QUORUM', 'COMMAND', 'CLAIM'].map(
  (what) => `AUDIT-CEREMONY-${what}`,
);

/** Only what no finding speaks against. */
export function* proven({ findings, keys, tree, checkpoints, story, continuity, old }: Judged): Generator<string> {
  const { anchor } = keys;
  const isSealed = anchor !== undefined && checkpoints.newest !== undefined && !findings.has(...SEAL);
  if (isSealed)
    yield `The ${tree.size} entries are those that the key ${anchor.name}+${anchor.id} sealed: none was changed, taken out, put in or moved since.`;
  if (continuity === 'checked' && isSealed) yield `The log continues ${nameOf(old)}: its first ${sizeOf(old)} entries are the same.`;
  if (!findings.has(...STORY, 'AUDIT-GENESIS', 'AUDIT-TIME', 'AUDIT-MONO', 'AUDIT-MODE', 'AUDIT-SESSION', 'AUDIT-INTENT'))
    yield `${story.counts.sessions} sessions follow one another, the clock never goes back, and what was begun was ended or resolved${
      story.openIntents === 0 ? '' : `, but for ${story.openIntents}`
    }.`;
  if (isSealed && !findings.has(...ARTIFACTS, 'AUDIT-MANIFEST-ABSENT'))
    yield 'Every artifact here is, octet by octet, what the entries name.';
  if (isSealed && story.counts.releases > 0 && !findings.has(...RELEASES, ...STORY, ...ARTIFACTS, 'AUDIT-EXCEPTION', 'AUDIT-INTENT'))
    yield `${story.counts.releases} releases: each carries the signature of the log's key and follows the one before it; each zone is the one that was signed last and passed the gate.`;
  if (isSealed && story.ceremonies > 0 && !findings.has(...CEREMONIES, ...STORY, ...ARTIFACTS))
    yield `${story.ceremonies} ceremonies: their steps are those of their scripts, in that order; as many people agreed as these ask for, nobody twice; and whoever agreed by an own key signed that very step of that very script.`;
  if (isSealed) for (const witness of story.witnessedBy) yield `Witness ${witness}.`;
}

export function* notProven({ asked, findings, tree, story, inputsAbsent, continuity }: Judged): Generator<string> {
  if (continuity === 'unchecked')
    yield 'Whether this is the log that others have seen before: continuity with earlier evidence was not checked (--since, --since-words).';
  if (continuity === 'broken') yield 'That this is the log that others have seen before: see the findings.';
  if (asked.vkey === undefined) yield 'That the key is the right one: compare it with the published vkey, or give it with --vkey.';
  yield 'That what was written was true when it was written: that is for witnesses, dual control and records of the room.';
  yield 'That the keys were not used outside of the program: compare with the counters of the token and with signatures seen in the DNS.';
  yield `What happened after entry ${tree.size - 1}.`;
  if (story.witnessedBy.length === 0)
    yield 'When the entries were written, but for the clock of the machine itself: no cosignature of a known witness.';
  if (story.unscripted > 0) yield `Whether ${story.unscripted} ceremonies kept to their scripts, which are not here.`;
  if (story.openIntents > 0) yield `What became of ${story.openIntents} acts that have no result.`;
  if (inputsAbsent > 0) yield `What stood in ${inputsAbsent} unsigned sources of zones: only their sha256 is here.`;
  if (findings.has('AUDIT-ARTIFACT-ABSENT', 'AUDIT-ARTIFACT-MISSING')) yield 'What stood in the artifacts that are not here.';
}

const nameOf = (old: Judged['old']): string => (typeof old === 'object' ? `${old.name} at ${old.size} entries` : 'nothing');
const sizeOf = (old: Judged['old']): number => (typeof old === 'object' ? old.size : 0);

/** The report as people read it. */
export function describeReport(report: VerifyReport): string {
  const { counts } = report;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `log      ${report.origin ?? 'unknown'}`,
    `key      ${report.vkey ?? 'unknown'}`,
    `head     ${report.size} entries, root ${report.root}`,
    `holds    ${counts.sessions} sessions, ${counts.releases} releases, ${counts.exceptions} exceptions, ${counts.anomalies} anomalies, ${counts.artifacts} artifacts`,
    ...list(
      'Findings:',
      report.findings.map(({ code, severity, text }) => `${severity} ${code} ${text}`),
    ),
    ...list('Proven:', report.proven),
    ...list('Not proven:', report.notProven),
    '',
    `Verdict: ${report.verdict}`,
    '',
  ].join('\n');
}
