import { Refusal } from '../../signer/errors.ts';
import type { Refused } from '../pin/holder-protocol.ts';
import { type PinOffer, pinContext, takeOffer } from '../pin/offer.ts';
import { RefusedPins } from '../pin/refused-pins.ts';
import type { SealKey } from '../pin/seal.ts';
import { CKR_PIN_INCORRECT, TokenError } from './ckr.ts';
import { refuseByFlags, refuseLength } from './login-flags.ts';
import { call, pinText } from './native.ts';
import type { TokenSession } from './token-session.ts';
import { plainLabel } from './uri.ts';

/** How the child is to log in. */
export interface LoginOrder {
  readonly pin: PinOffer;
  readonly rules: { readonly refusedPins: string; readonly forceFinalTry: boolean };
}

export type LoginAnswer = { readonly kind: 'logged-in' } | Refused;

/**
 * One C_Login, in the child: the flags of the token first, then the record of refused PINs, then the try, whose failure goes on record
 * before it is told. The PIN is wiped; the text that the module is called with lives until the child ends.
 * @throws TokenError pin, pin-locked and others
 */
export async function logIn(session: TokenSession, order: LoginOrder, key: SealKey): Promise<LoginAnswer> {
  return await answered(async () => {
    const info = tokenInfo(session);
    refuseByFlags(info.flags, info.name, order.rules.forceFinalTry);
    const pin = await takeOffer(order.pin, key, pinContext(info.label, info.serial));
    try {
      const record = new RefusedPins(order.rules.refusedPins, info);
      record.refuseKnown(pin);
      try {
        session.login(pin);
      } catch (error) {
        throw recorded(error, record, pin);
      }
      clear(record);
    } finally {
      pin.fill(0);
    }
  });
}

/** A Refusal becomes an answer: it can travel to the parent. */
export async function answered(action: () => Promise<void>): Promise<LoginAnswer> {
  try {
    await action();
    return { kind: 'logged-in' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: 'refused', code: error.code, message: error.message, hint: error.hint };
  }
}

export interface PinChange {
  readonly old: PinOffer;
  readonly new: PinOffer;
}

/** C_SetPIN by the user, who is logged in. @throws TokenError; Refusal pin/length */
export async function changePin(session: TokenSession, change: PinChange, key: SealKey): Promise<LoginAnswer> {
  return await answered(async () => {
    const info = tokenInfo(session);
    const context = pinContext(info.label, info.serial);
    const [old, fresh] = [await takeOffer(change.old, key, context), await takeOffer(change.new, key, context)];
    try {
      refuseLength(fresh.length, info);
      const [oldText, freshText] = [pinText(old), pinText(fresh)];
      call('C_SetPIN', () => session.library.C_SetPIN(session.work, oldText, freshText));
    } finally {
      old.fill(0);
      fresh.fill(0);
    }
  });
}

interface LoginInfo {
  readonly flags: number;
  readonly label: string;
  readonly serial: string;
  /** For messages. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

function tokenInfo(session: TokenSession): LoginInfo {
  const { flags, label, serialNumber, minPinLen, maxPinLen } = call('C_GetTokenInfo', () => session.library.C_GetTokenInfo(session.slot));
  const token = { label: plainLabel(label), serial: plainLabel(serialNumber) };
  return { ...token, flags, name: `token ${token.label} (serial ${token.serial})`, min: minPinLen, max: maxPinLen };
}

function recorded(error: unknown, record: RefusedPins, pin: Uint8Array): unknown {
  if (!(error instanceof TokenError) || error.failure.ckr !== CKR_PIN_INCORRECT) return error;
  try {
    record.add(pin);
    return error;
  } catch {
    return new TokenError({ ...error.failure, name: `${error.failure.name}; that could not be recorded: do not try this PIN again` });
  }
}

/** That an old record stands is told at the next refusal; the login is good. */
function clear(record: RefusedPins): void {
  try {
    record.clear();
  } catch {
    // A record that cannot be written holds PINs that were refused indeed.
  }
}
