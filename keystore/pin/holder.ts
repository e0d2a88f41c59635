import { Refusal } from '../../signer/errors.ts';
import { readShares } from '../shares/collect.ts';
import { examineShare } from '../shares/examine.ts';
import { handOutShares } from '../shares/hand-out.ts';
import { combineShares, refuseThreshold, setName, splitSecret } from '../shares/share.ts';
import type { HolderExchanges, HolderReply, HolderRequest, HolderRequestKind, HolderSource } from './holder-protocol.ts';
import { chooseSecret, inventPin } from './new-pin.ts';
import { HOLDER_FD } from './pin-holder.ts';
import { sealFor } from './seal.ts';
import { readPinSource } from './source.ts';

/**
 * The process that holds a PIN: it asks people for it, or puts it together from shares, and gives it to keystore children, sealed. No
 * PKCS#11 module is loaded here; the program that started it never has the PIN.
 */
class Holder {
  #pin: Uint8Array | undefined;

  async answer(request: HolderRequest): Promise<HolderExchanges[HolderRequestKind]['answer']> {
    switch (request.kind) {
      case 'obtain':
        return this.#obtain(request);
      case 'choose':
        this.#pin = await chooseSecret(direct(request.source), request.what, request.least, shownFd(request.source));
        return null;
      case 'invent':
        this.#pin = inventPin();
        return null;
      case 'seal':
        return sealFor(request.publicKey, this.#held(), request.context);
      case 'share':
        return this.#share(request);
      case 'examine':
        return examineShare(request.fd === undefined ? undefined : HOLDER_FD, request.subject, request.fd);
      default:
        return request satisfies never;
    }
  }

  async #obtain({ source, what, subject, sets }: HolderExchanges['obtain']['ask']): Promise<HolderExchanges['obtain']['answer']> {
    if (source.kind !== 'shares') {
      this.#pin = await readPinSource(direct(source), what, shownFd(source));
      return {};
    }
    const held = await readShares({ fd: source.fd === undefined ? undefined : HOLDER_FD, shownFd: source.fd, what, subject, sets });
    this.#pin = await combineShares(held, subject);
    return { combined: { set: setName(held[0]!.share.set), holders: held.map(({ holder }) => holder) } };
  }

  async #share({ threshold, holders, subject, folder }: HolderExchanges['share']['ask']): Promise<string> {
    refuseThreshold(threshold, holders.length);
    const shares = await splitSecret(this.#held(), { threshold, count: holders.length, subject });
    const named = shares.map((share, i) => ({ holder: holders[i]!, share }));
    await handOutShares(named, subject, folder);
    return setName(shares[0]!.set);
  }

  #held(): Uint8Array {
    if (this.#pin === undefined) throw new Error('no PIN is held');
    return this.#pin;
  }
}

function direct(source: HolderSource): { kind: 'prompt' } | { kind: 'descriptor'; fd: number } {
  return source.kind === 'descriptor' ? { kind: 'descriptor', fd: HOLDER_FD } : { kind: 'prompt' };
}

const shownFd = (source: HolderSource): number | undefined => (source.kind === 'descriptor' ? source.fd : undefined);

const holder = new Holder();
process.on('disconnect', () => process.exit(0));
let turn: Promise<void> = Promise.resolve();
process.on('message', (request: HolderRequest) => {
  turn = turn.then(() => reply(request));
});

async function reply(request: HolderRequest): Promise<void> {
  let message: HolderReply;
  try {
    message = { kind: 'done', answer: await holder.answer(request) };
  } catch (error) {
    if (error instanceof Refusal) message = { kind: 'refused', code: error.code, message: error.message, hint: error.hint };
    else message = { kind: 'failed', name: (error as NodeJS.ErrnoException).code ?? (error as Error).name };
  }
  process.send?.(message);
}
