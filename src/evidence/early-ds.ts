import { isPresent, type ZoneRoll } from '../../keystore/rollover/model.ts';

/**
 * What to do about a DS at the parent of a zone that is not signed: resolvers that validate find it bogus (RFC 4035 5.2), from when they get the DS, and
 * every hour makes them more. Undefined: the zone is signed, or the parent has no DS.
 */
export function earlyDsText(zone: string, { versions, parent: { observed }, keys }: ZoneRoll): string | undefined {
  const last = versions.at(-1);
  const own = keys.filter((key) => isPresent(key, 'ds'));
  const isThere = observed.kind === 'settled' ? observed.keys.length > 0 : own.length > 0;
  if (last?.isSigned === true || !isThere) return undefined;
  const way =
    own.length === 0
      ? 'have it removed at the parent: no key here fits to it'
      : `sign it and publish it at once (${last === undefined ? `coldsign zone sign ${zone}` : `coldsign roll start --zone ${zone} --first-signing --reason TEXT, then coldsign roll advance --zone ${zone}`}), or have the DS removed at the parent`;
  return `the parent has a DS and the zone is not signed: resolvers that validate find it BOGUS now; ${way}`;
}
