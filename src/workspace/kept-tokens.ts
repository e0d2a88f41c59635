import type { Io } from '../io.ts';
import { type TokensOptions, WorkspaceTokens } from './tokens.ts';

/**
 * Tokens that stay logged in from one session to the next, as long as a ceremony lasts: their people give PINs and shares once.
 * They are the tokens of one configuration; where another one names others, or a command brings a PIN of its own, they are opened anew.
 */
export class KeptTokens implements AsyncDisposable {
  #tokens: WorkspaceTokens | undefined;
  #places = '';
  #secrets = '';

  /** Those of the last session, if they are the same ones. */
  async take(options: TokensOptions, io: Io): Promise<WorkspaceTokens> {
    const { uris, pinFd, shareFd } = options;
    const places = JSON.stringify(uris);
    const secrets = JSON.stringify([pinFd, shareFd]);
    // A command that brings none is content with those of the ceremony: what a descriptor gave was read, and is gone.
    const bringsNone = pinFd === undefined && shareFd === undefined;
    if (this.#tokens !== undefined && this.#places === places && (bringsNone || this.#secrets === secrets)) return this.#tokens;
    await this.drop();
    this.#tokens = new WorkspaceTokens(options, io);
    this.#places = places;
    this.#secrets = secrets;
    return this.#tokens;
  }

  /** Logs out. Before a PIN is changed or a token is put back, and where one of them failed: a failure would stay. */
  async drop(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    await tokens?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
  }
}
