import type { DnskeyContent, DsContent, Usable } from './history.ts';

/** A DNSKEY RRset that a resolver has validated with a DS RRset, and uses by its own TTL after that DS RRset has run out. */
export interface KeySet {
  readonly ds: Usable<DsContent>;
  readonly dnskey: Usable<DnskeyContent>;
  /** When the DS RRset has run out in all caches: from here on it is in use by what was validated alone. */
  readonly from: number;
  /** From when on no resolver has it: at most TTLkey after the DS RRset, and never after the DNSKEY RRset itself. */
  readonly to: number;
}

/**
 * What resolvers that keep validated keys have beyond their DS. One that looks for the DNSKEY RRset in the last second of the DS RRset holds it as
 * validated for TTLkey more, and asks for no DS meanwhile (RFC 4035 4.7 and 5.3.3 bound it by TTL and signature; seen with unbound). An RRset that
 * came from the servers after that was not validated with this DS. Only DS RRsets with keys make any.
 */
export function keySetsOf(ds: readonly Usable<DsContent>[], dnskey: readonly Usable<DnskeyContent>[]): readonly KeySet[] {
  return ds
    .filter(({ content, to }) => content.keys.length > 0 && Number.isFinite(to))
    .flatMap((d) =>
      dnskey.flatMap((q): readonly KeySet[] => {
        const to = Math.min(q.servedUntil, d.to) + q.content.ttl;
        const haveMet = q.from < d.to && d.from < q.to;
        return haveMet && d.to < to ? [{ ds: d, dnskey: q, from: d.to, to }] : [];
      }),
    );
}
