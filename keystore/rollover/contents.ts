import { isPresent, type KeyName, type RollKey, type RollRules, type ZoneRoll } from './model.ts';

/** The record sets of zone and parent that the states stand for. */
export interface Contents {
  /** DNSKEY RRset. */
  readonly dnskey: readonly PublishedKey[];
  /** Who signs DNSKEY, CDS and CDNSKEY. */
  readonly signsKeys: readonly KeyName[];
  /** Who signs everything else; none: the zone is unsigned. */
  readonly signsZone: readonly KeyName[];
  /** What the parent has, or is to have. */
  readonly ds: readonly KeyName[];
  readonly cds: CdsContents;
}

export interface PublishedKey {
  readonly name: KeyName;
  readonly isRevoked: boolean;
}

/** RFC 7344; `delete` is that of RFC 8078 4. */
export type CdsContents =
  | { readonly kind: 'none' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'keys'; readonly keys: readonly KeyName[] };

/** States → record sets. */
export function contentsOf(zone: ZoneRoll, rules: Pick<RollRules, 'cds'>): Contents {
  const names = (test: (key: RollKey) => boolean): readonly KeyName[] => zone.keys.filter(test).map(({ name }) => name);
  return {
    dnskey: zone.keys
      .filter((key) => isPresent(key, 'dnskey'))
      .map(({ name, revocation }) => ({ name, isRevoked: revocation.kind === 'revoked' })),
    signsKeys: names((key) => isPresent(key, 'krrsig') && key.operator === 'self'),
    signsZone: names((key) => isPresent(key, 'zrrsig') && key.operator === 'self'),
    ds: names((key) => isPresent(key, 'ds')),
    cds: cdsOf(zone, rules),
  };
}

/**
 * CDS and CDNSKEY ask for what was decided that the parent should have, and for nothing else: what a parent that acts on them makes is a
 * state that the rules have allowed. Without a decision there are none (RFC 7344 4: then nothing is to be changed).
 */
function cdsOf({ parent: { request, observed }, roll, wantsDs, keys }: ZoneRoll, { cds }: Pick<RollRules, 'cds'>): CdsContents {
  if (cds === 'none' || request === undefined) return { kind: 'none' };
  const isDone = observed.kind === 'settled' && sameSet(observed.keys, request.keys);
  if (cds === 'rollover' && isDone) return { kind: 'none' };
  // Only the way to an insecure zone asks for no DS at all, and says so in words of its own; what a revoked key signs says nothing (RFC 5011 2.1).
  if (request.keys.length === 0) {
    const isSigned = keys.some((key) => isPresent(key, 'krrsig') && key.revocation.kind !== 'revoked');
    return roll?.kind === 'insecure' && !wantsDs && isSigned ? { kind: 'delete' } : { kind: 'none' };
  }
  // CDS are worth nothing that no key signs which is in the DNSKEY RRset and in the DS RRset (RFC 7344 4.1); a lost key signs none.
  return keys.some((key) => isPresent(key, 'krrsig') && isPresent(key, 'ds') && key.trouble !== 'lost')
    ? { kind: 'keys', keys: request.keys }
    : { kind: 'none' };
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
