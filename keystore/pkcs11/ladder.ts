import { Refusal } from '../../signer/errors.ts';
import { CKR_SESSION_COUNT } from './ckr.ts';
import { RequestFailed } from './keystore-process.ts';

/** A new session in the same process, or a new process: only that initialises a module anew. */
export type Remedy = 'session' | 'process';

/** Starts of a child for one failure. */
export const MAX_RESTARTS = 3;
/** Tries of one request. */
const MAX_FAILURES = 4;

/** Starts of all children of a token without one request fulfilled in between; each may need one, and a token is not tried for ever. */
export function maxRestartsInARow(lanes: number): number {
  return 2 * MAX_RESTARTS + lanes;
}

/**
 * What one request has been through, and what may help it now:
 * - session errors: a new session, at the second time a new process
 * - device errors, crashes and hangs: a new process
 * - a key that is not found and was there before: a new process, once. A module whose device is gone may find nothing and call it success.
 * - PINs, mechanisms, rules of the token, misbehaviour: nothing; the same call would end in the same way, or lock the token
 */
export class Trouble {
  #failures = 0;
  #hasRestarted = false;

  /** @returns undefined where the failure stands */
  remedy(error: unknown): Remedy | undefined {
    this.#failures++;
    if (!(error instanceof RequestFailed) || this.#failures >= MAX_FAILURES) return undefined;
    const remedy = this.#remedyFor(error);
    this.#hasRestarted ||= remedy === 'process';
    return remedy;
  }

  #remedyFor({ failure }: RequestFailed): Remedy | undefined {
    switch (failure.kind) {
      case 'session':
        return this.#failures === 1 ? 'session' : 'process';
      case 'device':
        return 'process';
      case 'key-missing':
        return this.#hasRestarted ? undefined : 'process';
      case 'pin':
      case 'pin-locked':
      case 'unsupported':
      case 'policy':
      case 'fatal':
        return undefined;
      default:
        return failure.kind satisfies never;
    }
  }
}

/** The same for a token that was there before: one that is being connected again is not seen for a moment. */
export function isTransientAgain(error: unknown): boolean {
  return isTransient(error) || isNotFound(error);
}

/** Is there no such token now? */
export function isNotFound(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'token/not-found';
}

/** Can a new process help? Sessions of a process that has died may be counted by the token for a while. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof RequestFailed)) return false;
  const { kind, ckr } = error.failure;
  return kind === 'session' || kind === 'device' || ckr === CKR_SESSION_COUNT;
}
