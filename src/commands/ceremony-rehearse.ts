import type { Command } from 'commander';
import { type RehearsalReport, rehearse } from '../ceremony/rehearse.ts';
import type { Io } from '../io.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { toJson } from './token-access.ts';

export interface CeremonyRehearseOptions {
  readonly file: string;
  readonly dir?: string;
  readonly clock: () => number;
  readonly program: Command;
  readonly run: (argv: readonly string[], io: Io) => Promise<number>;
  readonly json: boolean;
}

/** `ceremony rehearse`: the whole script, in a throw-away practice workspace that is as the real one. @returns 1 if a step fails */
export async function ceremonyRehearse({ json, ...options }: CeremonyRehearseOptions, io: Io): Promise<number> {
  // What commands print is shown beside; the result is the report.
  const beside: Io = { out: io.err, err: io.err };
  const report = await rehearse(
    { ...options, clockTolerance: readWorkspace(options.dir).config.ceremony.clockTolerance },
    beside,
    (step) => {
      if (!json) io.out.write(`${OUTCOMES[step.outcome]}  ${step.number}. ${step.id}: ${step.text}\n`);
    },
  );
  if (json) io.out.write(toJson(report));
  else
    io.out.write(
      report.isWhole
        ? `rehearsed: ${report.steps.length} steps, plan ${report.plan}, the same as in the script\n${leftOut(report)}`
        : `the rehearsal stopped at step ${report.steps.length}: ${report.steps.at(-1)?.id}\n  next: put it right, fill the script anew if it has to change, and rehearse again\n`,
    );
  return report.isWhole ? 0 : 1;
}

const OUTCOMES = { done: 'done    ', failed: 'FAILED  ', 'left out': 'left out' } as const;

/** What only the ceremony itself will show. */
function leftOut({ steps }: RehearsalReport): string {
  const left = steps.filter(({ outcome }) => outcome === 'left out').map(({ id }) => id);
  return left.length === 0 ? '' : `not rehearsed: ${left.join(', ')}; for these, hold a practice ceremony with a token of its own\n`;
}
