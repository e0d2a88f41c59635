import { Fault, Refusal } from '../../signer/errors.ts';
import { RequestFailed } from '../pkcs11/keystore-process.ts';
import type { Lane } from '../pkcs11/lane.ts';
import type { LoginAnswer } from '../pkcs11/login.ts';
import type { TokenSummary } from '../pkcs11/protocol.ts';
import type { ShareOrder } from './holder-protocol.ts';
import { pinContext } from './offer.ts';
import type { Pin } from './pin.ts';
import { PinHolder } from './pin-holder.ts';

export type ShareScheme = Omit<ShareOrder, 'subject'>;

/**
 * Shares of a new PIN to their holders, then the PIN to the token, which is logged in to with it anew: nobody is told to give up the old PIN
 * before.
 * @returns id of the set. @throws Refusal pin/…, share/…: the PIN is the old one; Fault pin/set-unclear; RequestFailed
 */
export async function renewPin(lane: Lane, pin: Pin, token: TokenSummary, scheme: ShareScheme): Promise<string> {
  const holder = new PinHolder();
  try {
    await holder.ask('invent', {});
    const subject = pinContext(token.label, token.serial);
    const set = await handOut(holder, { ...scheme, subject });
    const askKey = (): Promise<Uint8Array> => lane.ask('pin-key', {});
    const change = { old: await pin.offer(token, askKey), new: await holder.give(subject, askKey) };
    const answer = await clearly(token, set, () => lane.ask('set-pin', change));
    if (answer.kind === 'refused') throw new Refusal(answer.code, `${answer.message}; the PIN is the old one`, answer.hint);
    pin.replaceBy(holder);
    await proved(token, set, () => lane.recover('process', lane.era));
    return set;
  } catch (error) {
    holder[Symbol.dispose]();
    throw error;
  }
}

async function handOut(holder: PinHolder, order: ShareOrder): Promise<string> {
  try {
    return await holder.ask('share', order);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const message = `${error.message}; the PIN of the token is the old one`;
    throw new Refusal(error.code, message, `shares that were handed out are worthless: destroy them, and begin again (${error.hint})`, {
      cause: error,
    });
  }
}

/** A failure that says nothing about the PIN must not look like one that left it alone: somebody would destroy the shares. */
async function clearly(token: TokenSummary, set: string, change: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof RequestFailed) || !['device', 'session', 'fatal'].includes(error.failure.kind)) throw error;
    throw unclear(token, set, `was asked for a new PIN and did not answer clearly (${error.message})`, error);
  }
}

async function proved(token: TokenSummary, set: string, login: () => Promise<void>): Promise<void> {
  try {
    await login();
  } catch (error) {
    throw unclear(token, set, `said that it has the new PIN, and a login with it failed (${(error as Error).message})`, error);
  }
}

function unclear({ label, serial }: TokenSummary, set: string, what: string, cause: unknown): Fault {
  return new Fault(
    'pin/set-unclear',
    `token ${label} (serial ${serial}) ${what}: its PIN is the old one or that of the shares of the set ${set}`,
    'keep both, the old PIN and these shares; log in with the shares (pin-source=shares:), and, if they are refused, with the old PIN',
    { cause },
  );
}
