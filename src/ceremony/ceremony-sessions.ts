import { isTokenGone } from '../../keystore/replicas/failover.ts';
import { Fault } from '../../signer/errors.ts';
import type { TokenRole } from '../config/config.ts';
import type { Io } from '../io.ts';
import { KeptTokens } from '../workspace/kept-tokens.ts';
import { type NewData, type Session, type SessionRequest, withSession } from '../workspace/session.ts';

/** The sessions in which a ceremony itself writes: one for each act. Their tokens stay logged in from one to the next, and for its commands. */
export class CeremonySessions implements AsyncDisposable {
  readonly tokens = new KeptTokens();
  readonly #id: string;
  readonly #request: Omit<SessionRequest, 'command' | 'now'>;
  /** Unix seconds. */
  readonly #clock: () => number;
  readonly #io: Io;

  /** @param id of the ceremony */
  constructor(id: string, request: Omit<SessionRequest, 'command' | 'now'>, clock: () => number, io: Io) {
    this.#id = id;
    this.#request = request;
    this.#clock = clock;
    this.#io = io;
  }

  /** What is run with it belongs to the step, by the log. */
  ioOf(step: string): Io {
    return { ...this.#io, within: { ceremony: this.#id, step, tokens: this.tokens } };
  }

  write(act: string, step: string, entries: (session: Session) => readonly NewData[]): Promise<void> {
    return this.hold(act, step, async (session) => {
      session.appendAll(entries(session));
    });
  }

  async hold(act: string, step: string, use: (session: Session) => Promise<void>): Promise<void> {
    const request = { ...this.#request, now: this.#clock(), command: `ceremony ${act}` };
    const status = await withSession(request, this.ioOf(step), async (session) => {
      await use(session);
      return 0;
    });
    if (status !== 0) throw new Fault('ceremony/not-written', `the session came to ${status}`, 'see the log');
  }

  /** Logs in to all tokens that are there; who brings shares for it is in the log when this returns. @throws Refusal pin/…, token/…; Fault token/… */
  async openTokens(step: string): Promise<void> {
    try {
      await this.hold('shares', step, async ({ tokens }) => {
        for (const role of ROLES) await tokens.keystore(role).catch(unlessGone);
      });
    } catch (error) {
      // A failure would stay: the next try is to ask again.
      await this.tokens.drop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tokens[Symbol.asyncDispose]();
  }
}

const ROLES = ['audit', 'ksk', 'zsk'] as const satisfies readonly TokenRole[];

/** A token that is not there stands in the way of nothing but what needs it. */
function unlessGone(error: unknown): void {
  if (!isTokenGone(error)) throw error;
}
