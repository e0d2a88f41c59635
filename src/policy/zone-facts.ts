import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import { buildZone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { Config, ZoneConfig } from '../config/config.ts';
import { zoneTimes } from '../sign/inputs.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import type { ZoneFacts } from './rules.ts';

/** What the zone files of a configuration say that policies depend on; one after the other, so that only one is in memory. */
export function zoneFacts(config: Config): Readonly<Record<string, ZoneFacts | undefined>> {
  return Object.fromEntries(Object.values(config.zones).map((zone) => [zone.name, factsOf(zone)]));
}

/** @returns undefined where there is no file, or it is not a zone file without errors */
export function factsOf({ name, source }: ZoneConfig): ZoneFacts | undefined {
  const apex = parseName(name);
  const reading = readable(() => readZoneFile(zoneFileOpener(), source, apex));
  if (reading === undefined || reading.errors > 0) return undefined;
  const zone = buildZone(reading.store, apex);
  let delegations = 0;
  for (let rrset = 0; rrset < zone.rrsetCount; rrset++) if (zone.rrsetType[rrset] === TYPE.NS && zone.rrsetName[rrset] !== 0) delegations++;
  return { ...zoneTimes(reading.store), delegations };
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
