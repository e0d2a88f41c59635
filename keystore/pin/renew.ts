import { Refusal } from '../../signer/errors.ts';
import type { Lane } from '../pkcs11/lane.ts';
import type { TokenSummary } from '../pkcs11/protocol.ts';
import type { ShareOrder } from './holder-protocol.ts';
import { pinContext } from './offer.ts';
import type { Pin } from './pin.ts';
import { PinHolder } from './pin-holder.ts';

export type ShareScheme = Omit<ShareOrder, 'subject'>;

/** Shares of a new PIN to their holders, then the PIN to the token. @returns id of the set. @throws Refusal pin/…, share/…; RequestFailed */
export async function renewPin(lane: Lane, pin: Pin, token: TokenSummary, scheme: ShareScheme): Promise<string> {
  const holder = new PinHolder();
  try {
    await holder.ask('invent', {});
    const subject = pinContext(token.label, token.serial);
    const set = await holder.ask('share', { ...scheme, subject });
    const askKey = (): Promise<Uint8Array> => lane.ask('pin-key', {});
    const answer = await lane.ask('set-pin', { old: await pin.offer(token, askKey), new: await holder.give(subject, askKey) });
    if (answer.kind === 'refused') throw new Refusal(answer.code, `${answer.message}; the PIN is the old one`, answer.hint);
    pin.replaceBy(holder);
    return set;
  } catch (error) {
    holder[Symbol.dispose]();
    throw error;
  }
}
