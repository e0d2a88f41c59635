import { Refusal } from '../../signer/errors.ts';
import type { Answer, Job } from '../../tui/data.ts';
import { plain } from '../audit/describe.ts';
import { type ProgramLine, readLines } from './child.ts';
import type { View } from './view.ts';

/** Lines that are kept; the command prints all. */
const MOST_LINES = 5000;

/**
 * A release against the one before it, by `zone diff` in a process of its own: both are read whole for it, and it can be ended at any time.
 * @throws Refusal release/diff-failed; AbortError where the job was stopped
 */
export async function diffView({ state }: View, program: ProgramLine, zone: string, serial: number, job: Job): Promise<Answer> {
  const releases = state.zones[zone]?.releases ?? [];
  const before = releases[releases.findIndex((one) => one.serial === serial) - 1]?.serial;
  if (before === undefined) return { of: 'diff', zone, serial, diff: { before, added: 0, removed: 0, lines: [] } };
  const counts = { added: 0, removed: 0 };
  const lines: string[] = [];
  const argv = ['zone', 'diff', zone, '--from', `${before}`, '--to', `${serial}`, '--signer-owned'];
  const { status, complaint } = await readLines(program, argv, job.signal, (line) => {
    counts[line.startsWith('+') ? 'added' : 'removed']++;
    if (lines.length < MOST_LINES) lines.push(plain(line.replaceAll('\t', ' ')));
  });
  if (status > 1 || (status === 1 && counts.added + counts.removed === 0)) {
    throw new Refusal(
      'release/diff-failed',
      `zone diff ended with ${status}: ${plain(complaint.trim().split('\n')[0] ?? '')}`,
      `coldsign ${argv.join(' ')}`,
    );
  }
  return { of: 'diff', zone, serial, diff: { before, ...counts, lines } };
}
