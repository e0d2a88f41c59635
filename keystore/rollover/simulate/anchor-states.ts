import type { DnskeyContent, KeyId } from './history.ts';

/** What a resolver has made of a key (RFC 5011 4); a key that is not listed is in Start. */
export type AnchorState =
  /** AddPend, until the hold-down is over. @see RFC 5011 2.4.1 */
  | { readonly kind: 'pending'; readonly until: number; readonly validatedBy: readonly KeyId[] }
  | { readonly kind: 'valid' }
  /** Still an anchor, not in the DNSKEY RRset. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'revoked'; readonly removedFrom: number }
  | { readonly kind: 'removed' };

export type AnchorStates = ReadonlyMap<KeyId, AnchorState>;
export type StateName = 'Start' | 'AddPend' | 'Valid' | 'Missing' | 'Revoked' | 'Removed';

/** The add and the remove hold-down time (RFC 5011 2.4.1, 2.4.2). */
const HOLD_DOWN = 30 * 86_400;

/** Does the resolver take signatures by this key? */
export function trusted(states: AnchorStates, id: KeyId): boolean {
  const kind = states.get(id)?.kind;
  return kind === 'valid' || kind === 'missing';
}

export function stateOf(states: AnchorStates, id: KeyId): StateName {
  return NAMES[states.get(id)?.kind ?? 'start'];
}

/** When seeing the same again changes a state for the first time; Infinity: never. */
export function nextTimer(states: AnchorStates): number {
  let next = Number.POSITIVE_INFINITY;
  for (const state of states.values()) {
    if (state.kind === 'pending') next = Math.min(next, state.until);
    if (state.kind === 'revoked') next = Math.min(next, state.removedFrom);
  }
  return next;
}

/**
 * One poll (RFC 5011 2.2, 4.1, 4.2): the RRset counts if an anchor that is not revoked signs it; a key with the REVOKE bit that signs it itself
 * is revoked at once.
 *
 * @param at time of the poll, in the same count as the times in the states
 * @returns undefined if no anchor signs it: the resolver has no way to trust this RRset
 */
export function afterSeeing(states: AnchorStates, { keys, signers, ttl }: DnskeyContent, at: number): AnchorStates | undefined {
  const revoked = revokedBy({ keys, signers });
  const validatedBy = keys.filter((key) => !key.revoked && signers.includes(key.id) && trusted(states, key.id)).map(({ id }) => id);
  if (validatedBy.length === 0) return undefined;
  const present = new Set(keys.filter((key) => key.sep === true && !key.revoked).map(({ id }) => id));
  const after = new Map<KeyId, AnchorState>();
  for (const [id, state] of states) {
    const next = nextState(state, { isPresent: present.has(id), isRevoked: revoked.includes(id), at });
    if (next !== undefined) after.set(id, next);
  }
  // RFC 5011 2.2: if all keys that validated the first sighting are revoked before the timer ends, the resolver starts again.
  for (const [id, state] of after)
    if (state.kind === 'pending' && state.validatedBy.every((by) => isRevokedNow(after.get(by)))) after.delete(id);
  for (const id of present) if (!after.has(id)) after.set(id, { kind: 'pending', until: at + Math.max(HOLD_DOWN, ttl), validatedBy });
  return after;
}

/**
 * Does this RRset revoke all anchors that the resolver has? Then the zone is no trust point any more, and whoever has no other way to trust it takes
 * it for unsigned.
 * @see RFC 5011 5
 */
export function endsTrustPoint(states: AnchorStates, content: Pick<DnskeyContent, 'keys' | 'signers'>): boolean {
  const anchors = [...states.keys()].filter((id) => trusted(states, id));
  const revoked = revokedBy(content);
  return anchors.length > 0 && anchors.every((id) => revoked.includes(id));
}

/** Only in an RRset that the key signs itself does the REVOKE bit count (RFC 5011 2.1). */
function revokedBy({ keys, signers }: Pick<DnskeyContent, 'keys' | 'signers'>): readonly KeyId[] {
  return keys.filter((key) => key.revoked && signers.includes(key.id)).map(({ id }) => id);
}

/** The table of RFC 5011 4; undefined: Start. */
function nextState(
  state: AnchorState,
  { isPresent, isRevoked, at }: { readonly isPresent: boolean; readonly isRevoked: boolean; readonly at: number },
): AnchorState | undefined {
  switch (state.kind) {
    case 'pending':
      if (!isPresent) return undefined;
      return at >= state.until ? { kind: 'valid' } : state;
    case 'valid':
    case 'missing':
      if (isRevoked) return { kind: 'revoked', removedFrom: at + HOLD_DOWN };
      return { kind: isPresent ? 'valid' : 'missing' };
    case 'revoked':
      return at >= state.removedFrom ? { kind: 'removed' } : state;
    case 'removed':
      return state;
    default:
      return state satisfies never;
  }
}

function isRevokedNow(state: AnchorState | undefined): boolean {
  return state?.kind === 'revoked' || state?.kind === 'removed';
}

const NAMES: Readonly<Record<AnchorState['kind'] | 'start', StateName>> = {
  start: 'Start',
  pending: 'AddPend',
  valid: 'Valid',
  missing: 'Missing',
  revoked: 'Revoked',
  removed: 'Removed',
};
