import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import type { State } from '../state/state.ts';

/**
 * Keys whose tags a new key of the zone must not have, those that are destroyed as well.
 *
 * A tag is 16 bits of a sum and not unique (RFC 4034 appendix B). What can be mixed up by it:
 * - keys of one zone and algorithm: an RRSIG names its key by owner, algorithm and tag, a DS its DNSKEY by owner, algorithm, tag and digest. Validators
 *   must try all that fit (RFC 4035 5.3.1), and many stop after a few. Other algorithms of the zone count too: people and files know keys
 *   by zone and tag.
 * - a key before and after it is revoked: the REVOKE bit is in the sum (RFC 5011 2.1), so both of its tags count.
 * - a key and one that was there before: caches, logs, backups and DS records may still name that one.
 * - zone and parent: no validator mixes them up, since the owner differs. But the DS of the child lies in the parent signed with the parent's
 *   ZSK, and who carries tags between the two, or has both in one folder of key files, has nothing else in hand.
 * Other children of the parent have neither owner nor place in common with the zone, and are not looked at.
 */
export function keysBeside({ zones }: State, config: Config, zone: string): readonly LoggedKey[] {
  const known = (name: string): boolean => Object.hasOwn(zones, name) || Object.hasOwn(config.zones, name);
  const parent = ancestors(zone).find(known);
  return [zone, ...(parent === undefined ? [] : [parent])].flatMap((name) => [...(zones[name]?.keys ?? []), ...(zones[name]?.past ?? [])]);
}

/** Tag of the key as it is, and as it is when revoked (RFC 5011). */
export function tagsOf({ dnskey }: Pick<LoggedKey, 'dnskey'>): readonly number[] {
  const rdata = Buffer.from(dnskey, 'base64');
  return [keyTag(rdata), revokedKeyTag(rdata)];
}

export const nameInHistory = ({ zone, role, keyTag: tag }: LoggedKey): string => `${role.toUpperCase()} ${tag} of ${zone}`;

/** Names above the zone, the nearest first. A dot that is escaped is within a label (RFC 1035 5.1). */
function ancestors(zone: string): readonly string[] {
  const labels = zone.match(/(?:\\\d{3}|\\.|[^.\\])+/g) ?? [];
  return labels.map((_, i) => labels.slice(i + 1)).map((rest) => (rest.length === 0 ? '.' : `${rest.join('.')}.`));
}
