import { rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { printName, type WireName } from '../../../signer/dns/name.ts';
import { Fault } from '../../../signer/errors.ts';
import type { SigningPlan } from '../../../signer/plan-data.ts';
import { isResumed, resumePlan } from '../../../signer/resume.ts';
import type { Packed } from '../../../signer/signing-key.ts';
import { type Io, note } from '../../io.ts';
import { type WorkspacePaths, zoneFolder } from '../../workspace/paths.ts';
import { recordingKeys } from './recording-keys.ts';
import { SignatureSpool } from './spool.ts';
import { StoredSignatures } from './stored-signatures.ts';

/** Where the signatures of a zone lie that no release has yet. */
export const progressFolder = ({ cache }: Pick<WorkspacePaths, 'cache'>, apex: WireName): string =>
  join(cache, 'progress', zoneFolder(apex));

/**
 * What a run over a zone has come to, kept until a release has it: signatures are written down as they are made and verified, and the next
 * run takes over those that still fit. It helps and never hinders: where it cannot be read or written, signatures are made anew.
 * To be used under the lock of the workspace.
 */
export class SigningProgress implements Disposable {
  /** The plan to sign by: takes over what fits, and its keys write down what they make. */
  readonly plan: SigningPlan;
  readonly #folder: string;
  readonly #io: Io;
  readonly #spool: SignatureSpool;
  #isWriting = true;
  #made = 0;
  #listener: (made: number) => void = () => {};

  /** @param plan is changed, and not to be used beside the new one */
  constructor(plan: SigningPlan, folder: string, io: Io) {
    this.#folder = folder;
    this.#io = io;
    const { zone, keys } = plan;
    const stored = new StoredSignatures(folder, zone.apex, keys);
    const taken = stored.count === 0 ? { plan, count: 0 } : resumePlan(plan, stored);
    this.#spool = new SignatureSpool(folder, stored.nextNumber, zone.apex, keys);
    this.plan = { ...taken.plan, keys: recordingKeys(keys, (...made) => this.#record(...made)) };
    if (taken.count > 0) note(io, `${printName(zone.apex)}: ${taken.count} signatures of the interrupted run are used`);
    const { resumed } = taken.plan;
    const unused = resumed === undefined ? [] : stored.unused(resumed.entry, (j) => isResumed(taken.plan, j));
    this.#try(() => {
      for (const path of [...stored.foreign, ...unused]) unlinkSync(path);
    });
  }

  /** @param listener is told how many signatures were made, each time that some were */
  listen(listener: (made: number) => void): void {
    this.#listener = listener;
  }

  /** The zone is signed: what comes next may take long, or refuse. */
  flush(): void {
    this.#try(() => this.#spool.flush());
  }

  /** The signatures are in a release. */
  released(): void {
    this.#isWriting = false;
    this.#spool[Symbol.dispose]();
    this.#try(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  [Symbol.dispose](): void {
    if (this.#isWriting) this.flush();
    // Batches that nobody waits for any more may still come in.
    this.#isWriting = false;
    this.#spool[Symbol.dispose]();
  }

  #record(key: number, batch: Packed, signatures: Uint8Array): void {
    this.#made += batch.ends.length;
    this.#listener(this.#made);
    if (this.#isWriting) this.#try(() => this.#spool.append(key, batch, signatures));
  }

  /** The first failure ends the writing, and is told. */
  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Fault) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      if (!this.#isWriting) return;
      this.#isWriting = false;
      note(this.#io, `warning: ${(error as Error).message}; if this run is interrupted, its signatures are made anew`);
    }
  }
}
