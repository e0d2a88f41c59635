import { isPresent, type RollKey, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { isUnsigning, isWanted } from '../../keystore/rollover/start/keys.ts';

/**
 * What to do about a DS at the parent of a zone that is not signed: resolvers that validate find it bogus (RFC 4035 5.2), from when they get the DS, and
 * every hour makes them more. Undefined: the zone is signed, or the parent has no DS.
 */
export function earlyDsText(zone: string, { versions, parent: { observed }, keys, roll }: ZoneRoll): string | undefined {
  const last = versions.at(-1);
  const present = keys.filter((key) => isPresent(key, 'ds'));
  const isThere = observed.kind === 'settled' ? observed.keys.length > 0 : present.length > 0;
  if (last?.isSigned === true || !isThere) return undefined;
  const begin = `coldsign roll start --zone ${zone} --first-signing --reason TEXT, then coldsign roll advance --zone ${zone}`;
  const sign = last === undefined ? `coldsign zone sign ${zone}` : roll === undefined ? begin : `coldsign roll advance --zone ${zone}`;
  const way = present.some(isToSign)
    ? `sign it and publish it at once (${sign}), or have the DS removed at the parent`
    : 'have it removed at the parent: no key that is to sign the zone fits to it';
  return `the parent has a DS and the zone is not signed: resolvers that validate find it BOGUS now; ${way}`;
}

/** A key that the zone went insecure with does not come back. */
const isToSign = (key: RollKey): boolean => isUnsigning(key) || isWanted(key);
