import graphene from 'graphene-pk11';
import { CKM, TOKEN_FLAG } from './constants.ts';
import { call, type Library, type ObjectHandle, type SessionHandle, type Slot } from './native.ts';
import type { MechanismSummary, TokenMatch, TokenSummary } from './protocol.ts';
import { plainLabel } from './uri.ts';

/**
 * Slots, tokens, mechanisms and object listing through graphene-pk11, in the child process.
 * Design note: graphene is given the library that native.ts has initialised, so both share one C_Initialize. Never its asynchronous calls
 * (they crash node), never session.clear() or destroy() without argument (they empty the token), never initToken (it throws after the act).
 */

const OWN_NAMES = new Map<number, string>(Object.entries(CKM).map(([name, type]) => [type, name]));

export function listTokens(library: Library): TokenSummary[] {
  return slotsWithToken(library).map((slot) => summarize(slot));
}

/** @returns every slot whose token fits all given attributes */
export function matchTokens(library: Library, match: TokenMatch): { handle: Slot; token: TokenSummary }[] {
  return slotsWithToken(library)
    .map((slot) => ({ handle: slot.handle as Slot, token: summarize(slot) }))
    .filter(({ token }) => token.initialized && fits(token, match));
}

/** A slot whose token has never been initialised; SoftHSM always has one. */
export function findFreeSlot(library: Library): Slot | undefined {
  const free = slotsWithToken(library).find((slot) => (slot.getToken().flags & TOKEN_FLAG.tokenInitialized) === 0);
  return free?.handle as Slot | undefined;
}

export function tokenInSlot(library: Library, slot: Slot): TokenSummary {
  const found = slotsWithToken(library).find((s) => s.handle.equals(slot));
  if (found === undefined) throw new Error('the slot of the token is gone');
  return summarize(found);
}

/** USER_PIN flags of a token, read anew. */
export function userPinState(library: Library, slot: Slot): TokenSummary['userPin'] {
  return pinState(call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot)).flags);
}

/** Private or public key objects stored on the token; session copies are not among them. */
export function listObjects(library: Library, slot: Slot, session: SessionHandle, kind: 'private' | 'public'): ObjectHandle[] {
  const { ObjectClass } = graphene;
  return call('C_FindObjects', () => {
    const owner = new graphene.Session(session, new graphene.Slot(slot, new graphene.Module(library), library), library);
    const found = owner.find({ class: kind === 'private' ? ObjectClass.PRIVATE_KEY : ObjectClass.PUBLIC_KEY, token: true });
    return Array.from({ length: found.length }, (_, i) => found.items(i).handle as ObjectHandle);
  });
}

function slotsWithToken(library: Library): graphene.Slot[] {
  return call('C_GetSlotList', () => {
    const slots = new graphene.Module(library).getSlots(true);
    return Array.from({ length: slots.length }, (_, i) => slots.items(i));
  });
}

function summarize(slot: graphene.Slot): TokenSummary {
  const token = call('C_GetTokenInfo', () => slot.getToken());
  const { firmwareVersion: version } = token;
  return {
    label: plainLabel(token.label),
    serial: plainLabel(token.serialNumber),
    manufacturer: plainLabel(token.manufacturerID),
    model: plainLabel(token.model),
    slotDescription: plainLabel(slot.slotDescription),
    firmware: `${version.major}.${version.minor}`,
    initialized: (token.flags & TOKEN_FLAG.tokenInitialized) !== 0,
    loginRequired: (token.flags & TOKEN_FLAG.loginRequired) !== 0,
    userPinInitialized: (token.flags & TOKEN_FLAG.userPinInitialized) !== 0,
    userPin: pinState(token.flags),
    mechanisms: mechanismsOf(slot),
  };
}

/** Mechanisms that the module lists but cannot describe are left out: it could not use them either. */
function mechanismsOf(slot: graphene.Slot): MechanismSummary[] {
  const list = call('C_GetMechanismList', () => slot.getMechanisms());
  const found: MechanismSummary[] = [];
  for (let i = 0; i < list.length; i++) {
    const mechanism = list.tryGetItem(i);
    if (mechanism === null) continue;
    const { type, minKeySize, maxKeySize } = mechanism;
    const known = OWN_NAMES.get(type) ?? mechanism.name;
    found.push({ type, name: known === 'unknown' ? `0x${type.toString(16)}` : known, minKeySize, maxKeySize });
  }
  return found.sort((a, b) => a.type - b.type);
}

function fits(token: TokenSummary, match: TokenMatch): boolean {
  return (
    (match.token === undefined || plainLabel(match.token) === token.label) &&
    (match.serial === undefined || match.serial === token.serial) &&
    (match.manufacturer === undefined || match.manufacturer === token.manufacturer) &&
    (match.model === undefined || match.model === token.model)
  );
}

function pinState(flags: number): TokenSummary['userPin'] {
  if ((flags & TOKEN_FLAG.userPinLocked) !== 0) return 'locked';
  if ((flags & TOKEN_FLAG.userPinFinalTry) !== 0) return 'final-try';
  return (flags & TOKEN_FLAG.userPinCountLow) !== 0 ? 'count-low' : 'fine';
}
