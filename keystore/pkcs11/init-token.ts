import { Refusal } from '../../signer/errors.ts';
import { pinContext, takeOffer, withdrawOffer } from '../pin/offer.ts';
import type { SealKey } from '../pin/seal.ts';
import { TokenError } from './ckr.ts';
import { CKF_RW_SESSION, CKF_SERIAL_SESSION, CKU_SO } from './constants.ts';
import { findFreeSlot, tokenInSlot } from './inspect.ts';
import { refuseLength } from './login-flags.ts';
import { call, type Library, pinText } from './native.ts';
import type { Exchanges, InitAnswer } from './protocol.ts';

const LABEL_OCTETS = 32;

/**
 * A token in a free slot, in the child: SO PIN, label, user PIN. PINs that were made for it are in their files before the token is, so that
 * no token exists whose PIN is lost; they go again when it cannot be made.
 * Design note: pkcs11js passes the label as it is, and modules read 32 octets of it: it must be padded here.
 */
export async function initToken(library: Library, order: Exchanges['init-token']['ask'], key: SealKey): Promise<InitAnswer> {
  const { label, soPin: soOffer, userPin: userOffer } = order;
  const padding = LABEL_OCTETS - Buffer.byteLength(label);
  if (padding < 0) throw new TokenError({ kind: 'policy', name: 'a token label has at most 32 octets', call: 'C_InitToken' });
  const slot = await findFreeSlot(library);
  if (slot === undefined) throw new TokenError({ kind: 'policy', name: 'no slot holds an uninitialised token', call: 'C_GetSlotList' });
  const made: (typeof soOffer)[] = [];
  const pins: Uint8Array[] = [];
  try {
    for (const offer of [soOffer, userOffer]) {
      pins.push(await takeOffer(offer, key, pinContext(label)));
      made.push(offer);
    }
    const [soPin, userPin] = pins.map(pinText) as [string, string];
    const { minPinLen: min, maxPinLen: max } = call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot));
    for (const pin of pins) refuseLength(pin.length, { name: `token ${label}`, min, max });
    call('C_InitToken', () => library.C_InitToken(slot, soPin, label + ' '.repeat(padding)));
    const session = call('C_OpenSession', () => library.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION));
    call('C_Login', () => library.C_Login(session, CKU_SO, soPin));
    call('C_InitPIN', () => library.C_InitPIN(session, userPin));
    call('C_Logout', () => library.C_Logout(session));
    call('C_CloseSession', () => library.C_CloseSession(session));
    return { kind: 'initialized', token: await tokenInSlot(library, slot) };
  } catch (error) {
    for (const offer of made) withdrawOffer(offer);
    if (!(error instanceof Refusal)) throw error;
    return { kind: 'refused', code: error.code, message: error.message, hint: error.hint };
  } finally {
    for (const pin of pins) pin.fill(0);
  }
}
