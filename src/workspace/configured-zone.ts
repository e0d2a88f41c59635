import { printName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import type { Config, ZoneConfig } from '../config/config.ts';
import { parseOrigin } from '../config/origin.ts';

/** A zone of the configuration in force, by its name as people write it. @throws Refusal usage/origin, workspace/unknown-zone */
export function zoneOf(config: Config, name: string): ZoneConfig {
  const absolute = printName(parseOrigin(name)).toLowerCase();
  const zone = config.zones[absolute];
  if (zone !== undefined) return zone;
  const known = Object.keys(config.zones);
  const near = nearest(absolute, known);
  throw new Refusal(
    'workspace/unknown-zone',
    `${absolute} is not in the configuration in force, which has ${known.length === 0 ? 'no zone' : known.length === 1 ? known[0] : `${known.length} zones`}`,
    near === undefined
      ? `coldsign zone add ${absolute} --source FILE --apply; after an edit of coldsign.yaml: coldsign policy apply`
      : `did you mean ${near}? to add one: coldsign zone add ${absolute} --source FILE --apply`,
  );
}
