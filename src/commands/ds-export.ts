import { toBase64, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { dsRdata } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface DsExportOptions {
  readonly dir?: string;
  readonly zone: string;
  readonly json: boolean;
}

/** `ds export`: the whole set that the parent is to have now, in the form that its registry takes; exactly what the rules have allowed. */
export function dsExport(options: DsExportOptions, io: Io): number {
  const { state, config } = readSealedWorkspace(options.dir);
  const zone = zoneOf(config, options.zone);
  const roll = zoneRollOf(state, zone.name);
  const { request } = roll.parent;
  const { unsignedSince } = state.zones[zone.name] ?? {};
  if (request === undefined) {
    throw new Refusal(
      'ds/none-asked',
      `${zone.name}: the parent is to be asked for nothing yet`,
      `coldsign roll status --zone ${zone.name} tells from when on; a DS that comes too early makes the zone bogus`,
    );
  }
  const own = new Map((state.zones[zone.name]?.keys ?? []).map((key) => [nameOfKey(key), key.dnskey]));
  const rdata = request.keys.map((name) => {
    const text = own.get(name) ?? roll.keys.find((key) => key.name === name)?.dnskey;
    if (text === undefined) {
      throw new Refusal(
        'roll/foreign-key',
        `the log has no DNSKEY record of ${name}, whose DS the parent is to have`,
        'its operator gives it: coldsign roll join --operator NAME --keys FILE',
      );
    }
    return Buffer.from(text, 'base64');
  });
  const { accepts = 'ds' } = config.registries[zone.registry ?? ''] ?? {};
  const { cdsDigestTypes } = config.policies[zone.policy]!;
  const ds = accepts === 'dnskey' ? [] : rdata.flatMap((key) => cdsDigestTypes.map((type) => dsText(zone.name, key, type)));
  const dnskey =
    accepts === 'ds'
      ? []
      : rdata.map((key) => `${zone.name} IN DNSKEY ${(key[0]! << 8) | key[1]!} ${key[2]} ${key[3]} ${toBase64(key.subarray(4))}`);
  const records = [...ds, ...dnskey];
  if (options.json)
    io.out.write(
      `${JSON.stringify({ format: 1, zone: zone.name, records, ...(unsignedSince === undefined ? {} : { unsignedSince }) }, undefined, 2)}\n`,
    );
  else
    io.out.write(
      records.length === 0
        ? `; ${zone.name}: the parent is to have no DS${unsignedSince === undefined ? '' : `; the zone is unsigned since ${isoText(unsignedSince)}`}\n`
        : `${records.join('\n')}\n`,
    );
  return 0;
}

function dsText(zone: string, dnskey: Uint8Array, type: number): string {
  const rdata = dsRdata(parseName(zone), dnskey, type);
  return `${zone} IN DS ${(rdata[0]! << 8) | rdata[1]!} ${rdata[2]} ${rdata[3]} ${toHex(rdata.subarray(4)).toUpperCase()}`;
}
