import type { Command } from 'commander';
import { Fault, Refusal } from '../../signer/errors.ts';
import { leadDialogue } from '../ceremony/dialogue.ts';
import { CeremonyLeader, type LeaderOptions } from '../ceremony/leader.ts';
import { openRoom } from '../ceremony/open-room.ts';
import type { Io } from '../io.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import type { SessionRequest } from '../workspace/session.ts';

export interface CeremonyRunOptions extends Omit<SessionRequest, 'command' | 'config' | 'now'> {
  readonly file: string;
  readonly clock: () => number;
  readonly program: Command;
  readonly run: (argv: readonly string[], io: Io) => Promise<number>;
  readonly checkMachine: LeaderOptions['checkMachine'];
  /** Line by line, without pages. */
  readonly isPlain?: boolean;
  readonly ascii?: boolean;
}

/** `ceremony run`: script → steps → people → commands → log. @returns 0 when it has ended, 1 when it was aborted, pauses, or nobody answered */
export async function ceremonyRun(options: CeremonyRunOptions, io: Io): Promise<number> {
  const { id, outcome } = await lead(options, io);
  const next = {
    done: `coldsign ceremony report ${id}`,
    paused: 'the same command goes on',
    left: 'the same command goes on',
    aborted: `coldsign ceremony show ${id}`,
  }[outcome];
  io.err.write(`coldsign: ceremony ${id} ${outcome}; next: ${next}\n`);
  return outcome === 'done' ? 0 : 1;
}

/** The room is left before it is told what has come of it. */
async function lead(options: CeremonyRunOptions, io: Io): Promise<{ readonly id: string; readonly outcome: Ended }> {
  using room = openRoom(options, io);
  await using leader = await openLeader(options, room.io);
  return { id: leader.id, outcome: await leadDialogue(leader, room) };
}

type Ended = Awaited<ReturnType<typeof leadDialogue>>;

/**
 * Opens it, or goes on with it; as the terminal UI does.
 * @throws Fault ceremony/log-closed where the token with the key of the log is not there; Refusal as CeremonyLeader.open
 */
export async function openLeader(options: CeremonyRunOptions, io: Io): Promise<CeremonyLeader> {
  const { clockTolerance } = readWorkspace(options.dir).config.ceremony;
  try {
    return await CeremonyLeader.open({ ...options, clockTolerance }, io);
  } catch (error) {
    if ((error instanceof Fault || error instanceof Refusal) && error.code.startsWith('token/')) throw logClosed(error);
    throw error;
  }
}

/** Nothing can be written down, so nothing can be agreed to here. */
function logClosed(cause: Fault | Refusal): Fault {
  return new Fault(
    'ceremony/log-closed',
    `the log takes nothing without its key: ${cause.message} (${cause.code})`,
    `${cause.hint}; if that token is lost, bring its keys back first, in front of everybody: coldsign key restore FILE --to PLACE --reason TEXT; then this command again, and an exception tells it (docs/backups.md)`,
    { cause },
  );
}
