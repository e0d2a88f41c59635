import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import { isInsecure } from '../../keystore/rollover/rules.ts';
import { isoText } from '../config/time-text.ts';
import { earlyDsText } from '../evidence/early-ds.ts';

/**
 * Of a zone without signatures: why resolvers find it bogus (RFC 4035 5.2), and what to do. Undefined: by what was seen neither its parent nor a cache has
 * a DS.
 */
export function unsignedBogus(name: string, zone: ZoneRoll): string | undefined {
  // A trust anchor (RFC 5011) is no DS: whoever kept one was told that it is revoked.
  const isForgotten = isInsecure(zone, { rfc5011: 'none' });
  const cached = `caches may have a DS of it still, and resolvers that validate find it BOGUS as long: coldsign roll status --zone ${name} tells what is waited for`;
  return earlyDsText(name, zone) ?? (isForgotten ? undefined : cached);
}

/**
 * `since 2026-11-24T09:00:00Z; to sign it again: …`, to follow what says that the zone is unsigned.
 * @param since unix seconds
 * @param bogus from {@link unsignedBogus}
 * @param roll that is under way: until it has ended no other can begin
 */
export function unsignedText(name: string, since: number, { roll }: Pick<ZoneRoll, 'roll'>, bogus: string | undefined): string {
  const text = `since ${isoText(since)}`;
  if (bogus !== undefined) return `${text}; ${bogus}`;
  return roll === undefined ? `${text}; to sign it again: coldsign roll start --zone ${name} --first-signing --reason TEXT` : text;
}
