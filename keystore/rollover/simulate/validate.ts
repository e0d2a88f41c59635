import type { DataContent, DnskeyContent, DsContent, KeyId } from './history.ts';

/**
 * L: any single valid path is enough (RFC 6840 5.11). D: every algorithm of the DS RRset has a path, against downgrade. S: and every algorithm
 * of the DNSKEY RRset signs the data, the conservative reading of RFC 4035 2.2 (RFC 6781 4.1.4).
 */
export type Profile = 'L' | 'D' | 'S';

/** The algorithms a validator knows. */
export type AlgorithmSet = 'all' | readonly number[];

export type Verdict =
  | { readonly kind: 'secure' }
  /** RFC 4035 5.2: no DS at all, or none of an algorithm that the validator knows. */
  | { readonly kind: 'insecure'; readonly reason: 'no-ds' | 'no-known-algorithm' }
  | { readonly kind: 'bogus'; readonly reason: BogusReason };

export type BogusReason =
  /** No key that a DS record names is in the DNSKEY RRset. */
  | { readonly kind: 'ds-key-missing'; readonly keys: readonly KeyId[] }
  /** The keys that DS records name are there, with the REVOKE bit: their digest is another. */
  | { readonly kind: 'ds-key-revoked'; readonly keys: readonly KeyId[] }
  /** The keys that DS records name are there, but do not sign the DNSKEY RRset. */
  | { readonly kind: 'ds-key-not-signing'; readonly keys: readonly KeyId[] }
  /** The data have no RRSIG. */
  | { readonly kind: 'unsigned' }
  /** The data have RRSIGs, none by a key of the DNSKEY RRset. */
  | { readonly kind: 'signed-by-others'; readonly signers: readonly KeyId[] }
  /** Profiles D and S: an algorithm of the DS RRset has no key that signs the DNSKEY RRset. */
  | { readonly kind: 'algorithm-without-anchor'; readonly algorithm: number }
  /** Profiles D and S: an algorithm of the DS RRset, with S one of the DNSKEY RRset, has no RRSIG over the data. */
  | { readonly kind: 'algorithm-without-signature'; readonly algorithm: number; readonly of: 'DS' | 'DNSKEY' }
  /** An RRSIG is not valid at the time of a clock that is off by no more than the skew. */
  | { readonly kind: 'outside-validity'; readonly of: 'ds' | 'dnskey' | 'data'; readonly clock: number };

/**
 * What a validator says that has exactly these three RRsets in its cache (RFC 4035 5, RFC 6840 5.11 and 5.12). Times of signatures are not its
 * business: they are asked of each version for the whole span in which it is used.
 */
export function validate(ds: DsContent, dnskey: DnskeyContent, data: DataContent, profile: Profile, supported: AlgorithmSet): Verdict {
  if (ds.keys.length === 0) return { kind: 'insecure', reason: 'no-ds' };
  const knows = (algorithm: number): boolean => supported === 'all' || supported.includes(algorithm);
  // RFC 4035 5.2: DS records of unknown algorithms are as if they were not there.
  const entries = ds.keys.filter(({ algorithm }) => knows(algorithm));
  if (entries.length === 0) return { kind: 'insecure', reason: 'no-known-algorithm' };

  const anchors = dnskey.keys.filter(
    (key) =>
      !key.revoked && dnskey.signers.includes(key.id) && entries.some(({ id, algorithm }) => id === key.id && algorithm === key.algorithm),
  );
  if (anchors.length === 0)
    return bogus(
      withoutAnchor(
        entries.map(({ id }) => id),
        dnskey,
      ),
    );

  // RFC 6840 5.12: RRSIGs by keys that are not in the DNSKEY RRset are ignored.
  const keys = dnskey.keys.filter((key) => !key.revoked && knows(key.algorithm));
  const good = keys.filter(({ id }) => data.signers.includes(id));
  if (good.length === 0)
    return bogus(data.signers.length === 0 ? { kind: 'unsigned' } : { kind: 'signed-by-others', signers: data.signers });
  if (profile === 'L') return SECURE;

  for (const { algorithm } of entries) {
    if (!anchors.some((key) => key.algorithm === algorithm)) return bogus({ kind: 'algorithm-without-anchor', algorithm });
    if (!good.some((key) => key.algorithm === algorithm)) return bogus({ kind: 'algorithm-without-signature', algorithm, of: 'DS' });
  }
  if (profile === 'D') return SECURE;

  for (const { algorithm } of keys)
    if (!good.some((key) => key.algorithm === algorithm)) return bogus({ kind: 'algorithm-without-signature', algorithm, of: 'DNSKEY' });
  return SECURE;
}

const SECURE: Verdict = { kind: 'secure' };

function bogus(reason: BogusReason): Verdict {
  return { kind: 'bogus', reason };
}

/** Why none of the keys that the DS RRset names is a way into this DNSKEY RRset: the most that can be said of the key that comes nearest. */
function withoutAnchor(ids: readonly KeyId[], { keys }: DnskeyContent): BogusReason {
  const present = keys.filter(({ id }) => ids.includes(id));
  const unrevoked = present.filter(({ revoked }) => !revoked);
  if (unrevoked.length > 0) return { kind: 'ds-key-not-signing', keys: unrevoked.map(({ id }) => id) };
  if (present.length > 0) return { kind: 'ds-key-revoked', keys: present.map(({ id }) => id) };
  return { kind: 'ds-key-missing', keys: ids };
}
