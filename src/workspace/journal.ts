import type { NewData, Session } from './session.ts';

/** The log as something that is being made sees it. */
export interface Journal {
  /**
   * Entries in one write and one fsync; the artifacts that they name are on the disk before.
   * @param sealed the head of the log is signed, these entries under it, before this resolves
   * @returns seq of the last one
   */
  commit(entries: readonly NewData[], how?: { readonly sealed?: boolean }): Promise<number>;
}

/** For one thing at a time. */
export function ownJournal(session: Session): Journal {
  return {
    commit: async (entries, { sealed = false } = {}) => {
      const [seq] = await write(session, [entries], sealed);
      return seq!;
    },
  };
}

/**
 * Several things that are made side by side and write together: one sync of the artifacts, one of the log, and one signed head for all that wait
 * for it. Whoever commits waits until everybody else does, or has ended; so nobody acts before his intent is on the disk, and it costs each of them
 * only his share.
 * @returns what they came to, in their order
 * @throws what one of them threw, the first in their order, after all have ended
 */
export async function sideBySide<T>(session: Session, members: readonly ((journal: Journal) => Promise<T>)[]): Promise<readonly T[]> {
  const shared = new SharedJournal(session, members.length);
  const results = await Promise.allSettled(
    members.map(async (member) => {
      try {
        return await member(shared);
      } finally {
        shared.leave();
      }
    }),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

interface Waiting {
  readonly entries: readonly NewData[];
  readonly sealed: boolean;
  readonly resolve: (seq: number) => void;
  readonly reject: (reason: unknown) => void;
}

class SharedJournal implements Journal {
  readonly #session: Session;
  /** Members that have not ended. */
  #present: number;
  #waiting: Waiting[] = [];

  constructor(session: Session, members: number) {
    this.#session = session;
    this.#present = members;
  }

  commit(entries: readonly NewData[], { sealed = false } = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, sealed, resolve, reject });
      this.#writeIfAllWait();
    });
  }

  leave(): void {
    this.#present--;
    this.#writeIfAllWait();
  }

  #writeIfAllWait(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#present) return;
    const all = this.#waiting;
    this.#waiting = [];
    const sealed = all.some((one) => one.sealed);
    const entries = all.map((one) => one.entries);
    write(this.#session, entries, sealed).then(
      (seqs) => {
        for (const [i, { resolve }] of all.entries()) resolve(seqs[i]!);
      },
      (error: unknown) => {
        for (const { reject } of all) reject(error);
      },
    );
  }
}

/** @returns per group the seq of its last entry */
async function write(session: Session, groups: readonly (readonly NewData[])[], sealed: boolean): Promise<readonly number[]> {
  await session.artifacts.settle();
  let seq = session.log.size - 1;
  session.appendAll(groups.flat());
  if (sealed) await session.checkpoint();
  return groups.map(({ length }) => {
    seq += length;
    return seq;
  });
}
