import { type Arrival, HIDDEN, isHidden, type RecordName, type RecordState, type RollKey, type ZoneRoll } from './model.ts';
import { isStandby } from './start/keys.ts';

/**
 * The states of RFC 7583 3.1, for people; times in unix seconds. `from`: since when all servers give it out,
 * as far as that is known.
 */
export type KeyState =
  /** It exists, and nothing of it is published. */
  | { readonly kind: 'generated' }
  /** Key or DS or signatures have appeared; some caches lack them. */
  | { readonly kind: 'published'; readonly since: number; readonly from: Arrival }
  /** All caches have what it was published with. */
  | { readonly kind: 'ready'; readonly since: number }
  /** As ready, and meant to stay so (RFC 7583 4). */
  | { readonly kind: 'standby'; readonly since: number }
  | { readonly kind: 'active'; readonly since: number }
  /** A successor does its work; caches still need it. */
  | { readonly kind: 'retired'; readonly since: number }
  /** Still published; nothing anywhere needs it. */
  | { readonly kind: 'dead' }
  /** Withdrawn; `isCached`: some caches may still have something of it. */
  | { readonly kind: 'removed'; readonly isCached: boolean }
  /** The REVOKE bit is set (RFC 5011). */
  | { readonly kind: 'revoked'; readonly since: number; readonly from: Arrival };

/**
 * Vector of record states and goals → state of the RFC. The vector alone does not tell Ready (on its way in) from Dead (on its way out).
 * Of a CSK, the one of its two roles that is needed more.
 */
export function keyStateOf(zone: ZoneRoll, key: RollKey): KeyState {
  if (isHidden(key)) return wasUsed(key) ? { kind: 'removed', isCached: false } : { kind: 'generated' };
  const { revocation } = key;
  if (revocation.kind === 'revoked' && recordOf(key, 'dnskey').kind !== 'unretentive')
    return { kind: 'revoked', since: revocation.since, from: revocation.from };
  const roles: readonly KeyState[] = [...(key.role === 'zsk' ? [] : [asKsk(key)]), ...(key.role === 'ksk' ? [] : [asZsk(key)])];
  const state = roles.reduce((a, b) => (NEED[b.kind] > NEED[a.kind] ? b : a));
  return state.kind === 'ready' && isStandby(zone, key) ? { ...state, kind: 'standby' } : state;
}

/** Which of two states of a CSK counts: active before retired, on its way in before out; published before ready, for it is not ready before both are. */
const NEED: Readonly<Record<KeyState['kind'], number>> = {
  generated: 0,
  removed: 1,
  dead: 2,
  standby: 3,
  ready: 4,
  published: 5,
  retired: 6,
  active: 7,
  revoked: 8,
};

/** It was in use, or was decided to leave. */
function wasUsed({ activeSince, goals, revocation }: RollKey): boolean {
  return (
    activeSince !== undefined ||
    revocation.kind === 'revoked' ||
    (Object.keys(goals).length > 0 && !Object.values(goals).includes('omnipresent'))
  );
}

/** Of the foreign keys only the DNSKEY is here, and what signs is not seen. */
function asZsk(key: RollKey): KeyState {
  const dnskey = recordOf(key, 'dnskey');
  const signatures = recordOf(key, 'zrrsig');
  if (signatures.kind === 'unretentive')
    return dnskey.kind === 'unretentive' ? { kind: 'removed', isCached: true } : { kind: 'retired', since: signatures.since };
  if (signatures.kind === 'hidden') return keyOnly(key, dnskey);
  // Signatures without the key: the algorithm is on its way in or out (RFC 6781 4.1.4).
  if (dnskey.kind === 'hidden' || dnskey.kind === 'unretentive') {
    return isLeaving(key) ? { kind: 'retired', since: sinceOf(dnskey, signatures) } : introduced(signatures);
  }
  return { kind: 'active', since: key.activeSince ?? signatures.since };
}

function asKsk(key: RollKey): KeyState {
  const dnskey = recordOf(key, 'dnskey');
  const ds = recordOf(key, 'ds');
  switch (ds.kind) {
    case 'hidden':
      return keyOnly(key, dnskey);
    case 'omnipresent':
      if (isIn(dnskey)) return { kind: 'active', since: key.activeSince ?? sinceOf(dnskey, ds) };
      if (dnskey.kind === 'unretentive') return { kind: 'retired', since: dnskey.since };
      return isLeaving(key) ? { kind: 'dead' } : { kind: 'ready', since: ds.since };
    case 'rumoured':
      if (ds.from === 'awaited')
        return dnskey.kind === 'omnipresent' ? { kind: 'ready', since: dnskey.since } : introduced(isIn(dnskey) ? dnskey : ds);
      // Tact: key and DS are in their zones.
      return isIn(dnskey) ? { kind: 'active', since: key.activeSince ?? ds.from } : introduced(ds);
    case 'unretentive':
      if (!isIn(dnskey)) return { kind: 'removed', isCached: true };
      // Until the parent was seen without it (or with its successor alone) it is in use.
      return ds.from === 'awaited' ? { kind: 'active', since: key.activeSince ?? ds.since } : { kind: 'retired', since: ds.from };
    default:
      return ds satisfies never;
  }
}

/** The DNSKEY, and nothing that needs it. */
function keyOnly(key: RollKey, dnskey: RecordState): KeyState {
  if (dnskey.kind === 'unretentive') return { kind: 'removed', isCached: true };
  if (dnskey.kind === 'hidden')
    return key.activeSince === undefined && !isLeaving(key) ? { kind: 'generated' } : { kind: 'removed', isCached: true };
  if (isLeaving(key)) return { kind: 'dead' };
  return introduced(dnskey);
}

function introduced(state: Exclude<RecordState, { kind: 'hidden' }>): KeyState {
  return state.kind === 'rumoured' ? { kind: 'published', since: state.since, from: state.from } : { kind: 'ready', since: state.since };
}

const isLeaving = ({ goals }: RollKey): boolean => !Object.values(goals).includes('omnipresent');
const isIn = (state: RecordState): state is Extract<RecordState, { kind: 'rumoured' | 'omnipresent' }> =>
  state.kind === 'rumoured' || state.kind === 'omnipresent';
const recordOf = (key: RollKey, record: RecordName): RecordState => key.records[record] ?? HIDDEN;
const sinceOf = (a: RecordState, b: RecordState): number => Math.max(a.kind === 'hidden' ? 0 : a.since, b.kind === 'hidden' ? 0 : b.since);
