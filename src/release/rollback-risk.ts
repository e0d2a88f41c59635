import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Policy } from '../config/config.ts';

/**
 * What caches make of a zone that goes back to another key set. A resolver that holds the DNSKEY RRset of the current release finds signatures
 * by a key that is not in it bogus until its copy has run out (RFC 7583 3.2.1); one that holds a DS RRset finds a DNSKEY RRset bogus that no
 * key in it has signed (RFC 7583 3.3).
 * @param current keys of the release that is served now; @param next keys of the release to come
 * @returns sentences with the seconds; empty where nothing can become bogus
 */
export function rollbackRisks(current: readonly LoggedKey[], next: readonly LoggedKey[], policy: Policy): readonly string[] {
  const { dnskeyTtl, zonePropagationDelay, parentDsTtl, parentPropagationDelay } = policy;
  const isServed = ({ dnskey }: LoggedKey): boolean => current.some((key) => key.dnskey === dnskey);
  const unknownZsks = next.filter((key) => key.role !== 'ksk' && !isServed(key));
  const risks: string[] = [];
  if (unknownZsks.length > 0 && !next.some((key) => key.role !== 'ksk' && isServed(key))) {
    risks.push(
      `resolvers that hold the DNSKEY RRset of now do not know ${names(unknownZsks)}: every answer is bogus to them for up to ${zonePropagationDelay + dnskeyTtl} s (zone propagation ${zonePropagationDelay} s, DNSKEY TTL ${dnskeyTtl} s)`,
    );
  }
  const ksks = next.filter(({ role }) => role !== 'zsk');
  if (!ksks.some(isServed)) {
    risks.push(
      `no key that signs the DNSKEY RRset now does so afterwards, only ${names(ksks)}: unless the parent's DS names it, the zone is bogus until a new DS is published and the old one has run out, ${parentPropagationDelay + parentDsTtl} s after that (parent propagation ${parentPropagationDelay} s, DS TTL ${parentDsTtl} s)`,
    );
  }
  return risks;
}

const names = (keys: readonly LoggedKey[]): string => keys.map((key) => `${key.keyTag} ${algorithmLabel(key.algorithm)}`).join(', ');
