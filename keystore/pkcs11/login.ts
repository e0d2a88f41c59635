import { Refusal } from '../../signer/errors.ts';
import type { Refused } from '../pin/holder-protocol.ts';
import { type PinOffer, pinContext, takeOffer } from '../pin/offer.ts';
import { RefusedPins } from '../pin/refused-pins.ts';
import type { SealKey } from '../pin/seal.ts';
import { CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, TokenError } from './ckr.ts';
import { CKU_SO, userPinState } from './constants.ts';
import { refuseByFlags, refuseLength, refuseOfficerByFlags } from './login-flags.ts';
import { call, type Library, pinText, type SessionHandle, type Slot } from './native.ts';
import type { TokenSession } from './token-session.ts';
import { plainLabel } from './uri.ts';

/** How the child is to log in. */
export interface LoginOrder {
  readonly pin: PinOffer;
  readonly rules: {
    /** Files of records: one or more, each of which may know the PIN. */
    readonly refusedPins: readonly string[];
    readonly forceFinalTry: boolean;
    /** The token has taken this PIN before: no outcome to wait for on record. */
    readonly wasAccepted: boolean;
  };
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
    const state = userPinState(info.flags);
    const records = recordsOf(order, info);
    for (const record of records) record.refuseDoubtful(state);
    const pin = await takeOffer(order.pin, key, pinContext(info.label, info.serial));
    try {
      for (const record of records) record.refuseKnown(pin);
      if (!order.rules.wasAccepted) attempt(records, (record) => record.begin(state));
      let wasLookedAt: boolean;
      try {
        wasLookedAt = session.login(pin);
      } catch (error) {
        throw recorded(error, records, pin);
      }
      // That an old record stands is told at the next refusal; the login is good. A login that was there before says nothing of this PIN.
      if (wasLookedAt) attempt(records, (record) => record.clear());
    } finally {
      pin.fill(0);
    }
  });
}

/** The security officer, by the same rules. @throws TokenError pin, pin-locked and others */
export async function logInOfficer(
  library: Library,
  { session, slot }: { readonly session: SessionHandle; readonly slot: Slot },
  order: { readonly pin: PinOffer; readonly refusedPins: readonly string[] },
  key: SealKey,
): Promise<LoginAnswer> {
  return await answered(async () => {
    const info = tokenInfo({ library, slot });
    refuseOfficerByFlags(info.flags, info.name);
    const records = order.refusedPins.map((path) => new RefusedPins(path, { ...info, label: `${info.label} (security officer)` }));
    const pin = await takeOffer(order.pin, key, pinContext(info.label, info.serial));
    try {
      for (const record of records) record.refuseKnown(pin);
      const text = pinText(pin);
      try {
        call('C_Login', () => library.C_Login(session, CKU_SO, text));
      } catch (error) {
        throw recorded(error, records, pin);
      }
      attempt(records, (record) => record.clear());
    } finally {
      pin.fill(0);
    }
  });
}

/** Puts a PIN on record as refused although no answer of the token said so: its flags do. @throws Error where that fails */
export async function recordRefused(session: TokenSession, order: LoginOrder, key: SealKey): Promise<null> {
  const info = tokenInfo(session);
  const pin = await takeOffer(order.pin, key, pinContext(info.label, info.serial));
  try {
    if (attempt(recordsOf(order, info), (record) => record.add(pin)) > 0) return null;
  } finally {
    pin.fill(0);
  }
  throw new TokenError({ kind: 'fatal', name: 'the refused PIN could not be recorded', call: 'record-refused' });
}

function recordsOf({ rules }: LoginOrder, info: LoginInfo): readonly RefusedPins[] {
  return rules.refusedPins.map((path) => new RefusedPins(path, info));
}

/** @returns in how many records it was done */
function attempt(records: readonly RefusedPins[], act: (record: RefusedPins) => void): number {
  let done = 0;
  for (const record of records) {
    try {
      act(record);
      done++;
    } catch {
      // A disk that takes nothing more, or a home that is not there: the other record may do.
    }
  }
  return done;
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

function tokenInfo({ library, slot }: Pick<TokenSession, 'library' | 'slot'>): LoginInfo {
  const { flags, label, serialNumber, minPinLen, maxPinLen } = call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot));
  const token = { label: plainLabel(label), serial: plainLabel(serialNumber) };
  return { ...token, flags, name: `token ${token.label} (serial ${token.serial})`, min: minPinLen, max: maxPinLen };
}

/** Some tokens call a wrong PIN invalid, or of the wrong length; it is no better at the second try. */
const REFUSED: readonly (number | undefined)[] = [CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE];

function recorded(error: unknown, records: readonly RefusedPins[], pin: Uint8Array): unknown {
  if (!(error instanceof TokenError) || !REFUSED.includes(error.failure.ckr)) return error;
  if (attempt(records, (record) => record.add(pin)) > 0) return error;
  return new TokenError({ ...error.failure, name: `${error.failure.name}; that could not be recorded: do not try this PIN again` });
}
