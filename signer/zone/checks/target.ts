import { latin1 } from '../../dns/bytes.ts';
import type { WireName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import { findRrset } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { equalsLower, lookupName } from './name-index.ts';
import { hasAddress } from './records.ts';

/** What this zone's data say about a name that a record points at. */
export type Target =
  | { readonly kind: 'outside' }
  /** A CNAME, a wildcard's CNAME or a DNAME answers for it. */
  | { readonly kind: 'alias'; readonly by: number }
  /** `cut`: the delegation it stands at or below, -1 for authoritative data. */
  | { readonly kind: 'addressed'; readonly name: number; readonly cut: number }
  /** No A or AAAA. `name` is -1 if no record and no wildcard stands there. */
  | { readonly kind: 'bare'; readonly name: number; readonly cut: number };

/** Looks a name up as a resolver would; `at` and `length` are a name in the arena, in any letter case. */
export type TargetLookup = (at: number, length: number) => Target;

const OUTSIDE: Target = { kind: 'outside' };

export function targetLookup(context: CheckContext): TargetLookup {
  const { zone, index } = context;
  const wildcard = wildcardLookup(context);
  return (at, length) => {
    if (!isInZone(zone.apex, zone.wire, at, length)) return OUTSIDE;
    const name = lookupName(index, zone.wire, at, length);
    if (name >= 0) return judgeName(context, name);
    for (let k = at + zone.wire[at]! + 1, left = at + length - k; left >= zone.apex.length; ) {
      const ancestor = lookupName(index, zone.wire, k, left);
      if (ancestor >= 0) return judgeMissing(context, ancestor, () => wildcard(at, length));
      k += zone.wire[k]! + 1;
      left = at + length - k;
    }
    return { kind: 'bare', name: -1, cut: -1 };
  };
}

/** Is the name at wire[at ..+ length), in any letter case, at or below the apex? */
export function isInZone(apex: WireName, wire: Uint8Array, at: number, length: number): boolean {
  const suffixAt = at + length - apex.length;
  if (suffixAt < at || !equalsLower(apex, 0, wire, suffixAt, apex.length)) return false;
  let k = at;
  while (k < suffixAt) k += wire[k]! + 1;
  return k === suffixAt;
}

function judgeName({ zone, kinds, tops }: CheckContext, name: number): Target {
  const kind = kinds[name];
  if (kind === NAME_KIND.belowDname) return { kind: 'alias', by: tops[name]! };
  if (findRrset(zone, name, TYPE.CNAME) >= 0) return { kind: 'alias', by: name };
  const cut = kind === NAME_KIND.delegation ? name : kind === NAME_KIND.belowCut ? tops[name]! : -1;
  return { kind: hasAddress(zone, name) ? 'addressed' : 'bare', name, cut };
}

/** @param ancestor the nearest name above it that has records */
function judgeMissing(context: CheckContext, ancestor: number, wildcard: () => number): Target {
  const { zone, kinds, tops } = context;
  switch (kinds[ancestor]) {
    case NAME_KIND.delegation:
      return { kind: 'bare', name: -1, cut: ancestor };
    case NAME_KIND.belowCut:
      return { kind: 'bare', name: -1, cut: tops[ancestor]! };
    case NAME_KIND.belowDname:
      return { kind: 'alias', by: tops[ancestor]! };
    default: {
      if (findRrset(zone, ancestor, TYPE.DNAME) >= 0) return { kind: 'alias', by: ancestor };
      const source = wildcard();
      return source < 0 ? { kind: 'bare', name: -1, cut: -1 } : judgeName(context, source);
    }
  }
}

/** Finds the wildcard that a name without records is answered from (RFC 4592 3.3.1): `*` below its closest encloser, or -1. */
function wildcardLookup(context: CheckContext): (at: number, length: number) => number {
  const { zone, index, hasWildcards } = context;
  const scratch = new Uint8Array(257);
  let empty: ReadonlySet<string> | undefined;
  return (at, length) => {
    if (!hasWildcards) return -1;
    empty ??= emptyNonTerminals(context);
    const { wire } = zone;
    const end = at + length;
    const isEmpty = (k: number): boolean => empty!.has(lowerText(wire, k, end));
    if (isEmpty(at)) return -1;
    let encloser = at + wire[at]! + 1;
    while (end - encloser > zone.apex.length && lookupName(index, wire, encloser, end - encloser) < 0 && !isEmpty(encloser))
      encloser += wire[encloser]! + 1;
    scratch[0] = 1;
    scratch[1] = 0x2a;
    scratch.set(wire.subarray(encloser, end), 2);
    return lookupName(index, scratch, 0, end - encloser + 2);
  };
}

/** Letters of ASCII only: octets from 128 up have no case in the DNS. */
function lowerText(wire: Uint8Array, start: number, end: number): string {
  return latin1(wire, start, end).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Names without records that have names below them (RFC 4592 2.2.2), each as the octets of its wire form. */
function emptyNonTerminals({ zone, index }: CheckContext): ReadonlySet<string> {
  const found = new Set<string>();
  for (let name = 0; name < zone.nameCount; name++) {
    const end = zone.nameAt[name]! + zone.nameLength[name]!;
    let at = zone.nameAt[name]!;
    while (end - at > zone.apex.length) {
      at += zone.wire[at]! + 1;
      if (end - at <= zone.apex.length || lookupName(index, zone.wire, at, end - at) >= 0) break;
      const text = latin1(zone.wire, at, end);
      if (found.has(text)) break;
      found.add(text);
    }
  }
  return found;
}
