import type graphene from 'graphene-pk11';
import { CKM, TOKEN_FLAG, userPinState } from './constants.ts';
import { call, type Library, type ObjectHandle, type SessionHandle, type Slot } from './native.ts';
import type { MechanismSummary, TokenMatch, TokenSummary } from './protocol.ts';
import { plainLabel } from './uri.ts';

/**
 * Slots, tokens, mechanisms and object listing through graphene-pk11, in the child process. Loaded at the first use: a child that only
 * signs does without it.
 * Design note: graphene is given the library that native.ts has initialised, so both share one C_Initialize. Never its asynchronous calls
 * (they crash node), never session.clear() or destroy() without argument (they empty the token), never initToken (it throws after the act).
 */

const OWN_NAMES = new Map<number, string>(Object.entries(CKM).map(([name, type]) => [type, name]));

export async function listTokens(library: Library): Promise<TokenSummary[]> {
  return (await slotsWithToken(library)).map((slot) => summarize(slot));
}

/** @returns every slot whose token fits all given attributes */
export async function matchTokens(library: Library, match: TokenMatch): Promise<{ handle: Slot; token: TokenSummary }[]> {
  return (await slotsWithToken(library))
    .map((slot) => ({ handle: slot.handle as Slot, token: summarize(slot) }))
    .filter(({ token }) => token.initialized && fits(token, match));
}

/** A slot whose token has never been initialised; SoftHSM always has one. */
export async function findFreeSlot(library: Library): Promise<Slot | undefined> {
  const free = (await slotsWithToken(library)).find((slot) => (slot.getToken().flags & TOKEN_FLAG.tokenInitialized) === 0);
  return free?.handle as Slot | undefined;
}

export async function tokenInSlot(library: Library, slot: Slot): Promise<TokenSummary> {
  const found = (await slotsWithToken(library)).find((s) => s.handle.equals(slot));
  if (found === undefined) throw new Error('the slot of the token is gone');
  return summarize(found);
}

/** Private or public key objects stored on the token; session copies are not among them. */
export async function listObjects(
  library: Library,
  slot: Slot,
  session: SessionHandle,
  kind: 'private' | 'public',
): Promise<ObjectHandle[]> {
  const { Module, ObjectClass, Session, Slot: GrapheneSlot } = await loadGraphene();
  return call('C_FindObjects', () => {
    const owner = new Session(session, new GrapheneSlot(slot, new Module(library), library), library);
    const found = owner.find({ class: kind === 'private' ? ObjectClass.PRIVATE_KEY : ObjectClass.PUBLIC_KEY, token: true });
    return Array.from({ length: found.length }, (_, i) => found.items(i).handle as ObjectHandle);
  });
}

async function loadGraphene(): Promise<typeof graphene> {
  return (await import('graphene-pk11')).default;
}

async function slotsWithToken(library: Library): Promise<graphene.Slot[]> {
  const { Module } = await loadGraphene();
  return call('C_GetSlotList', () => {
    const slots = new Module(library).getSlots(true);
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
    flags: token.flags,
    userPin: userPinState(token.flags),
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
