import { type ChildProcess, fork } from 'node:child_process';
import { Fault, Refusal } from '../../signer/errors.ts';
import { childEnvironment, launchOf, scriptBeside } from '../launch.ts';
import type { HolderExchanges, HolderReply, HolderRequestKind } from './holder-protocol.ts';
import type { PinOffer } from './offer.ts';
import { refuseForeignDescriptor, unreadable } from './source.ts';

/** The descriptor that a PIN or shares come from, as the holder has it: the program's own is handed on and not read here. */
export const HOLDER_FD = 4;

/** Gives a PIN to the process with the key that `askKey` gets. @param context names the token; see pinContext */
export type PinGiver = (context: string, askKey: () => Promise<Uint8Array>) => Promise<PinOffer>;

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The process beside this one that holds a PIN; see holder.ts. Ends with it.
 * Design note: not killed with its parent as a keystore child is: it must put the terminal back first, and ends by itself when the channel
 * does.
 */
export class PinHolder implements Disposable {
  readonly #process: ChildProcess;
  readonly #pending: Pending[] = [];
  #ended = false;

  /** @param fd handed on to the holder. @throws Refusal pin/unusable-source */
  constructor(fd?: number) {
    if (fd !== undefined) refuseForeignDescriptor(fd);
    const script = scriptBeside('./holder', import.meta.url);
    try {
      this.#process = fork(script, [], {
        ...launchOf(script, { diesWithParent: false }),
        env: childEnvironment(),
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'ignore', 'ipc', fd ?? 'ignore'],
      });
    } catch (cause) {
      throw unreadable(fd ?? 0, cause);
    }
    this.#process.on('message', (reply: HolderReply) => this.#settle(reply));
    this.#process.on('error', () => this.#end());
    this.#process.on('exit', () => this.#end());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @throws what the holder refuses; Fault pin/holder */
  ask<K extends HolderRequestKind>(kind: K, ask: HolderExchanges[K]['ask']): Promise<HolderExchanges[K]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(lost('it has ended'));
        return;
      }
      this.#pending.push({ resolve, reject });
      this.#process.send({ kind, ...ask }, (error) => {
        if (error !== null) this.#end();
      });
    });
  }

  /** As a {@link PinGiver}. */
  readonly give: PinGiver = async (context, askKey) => ({
    kind: 'sealed',
    octets: await this.ask('seal', { publicKey: await askKey(), context }),
  });

  [Symbol.dispose](): void {
    if (this.#process.connected) this.#process.disconnect();
    this.#end();
  }

  #settle(reply: HolderReply): void {
    const oldest = this.#pending.shift();
    if (reply.kind === 'done') oldest?.resolve(reply.answer as never);
    else if (reply.kind === 'refused') oldest?.reject(new Refusal(reply.code, reply.message, reply.hint));
    else oldest?.reject(lost(reply.name));
  }

  #end(): void {
    this.#ended = true;
    for (const { reject } of this.#pending.splice(0)) reject(lost('it ended before its answer'));
  }
}

function lost(why: string): Fault {
  return new Fault('pin/holder', `the process that holds the PIN failed: ${why}`, 'run the command again');
}
