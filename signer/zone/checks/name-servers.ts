import { printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import type { CheckContext } from './context.ts';
import { firstRecordOf, hasAddress, ownerText, rrsetsOfType, targetAt, targetLength } from './records.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';
import { type Target, targetLookup } from './target.ts';

/**
 * Targets of the NS records at the apex and at delegations: not an alias (RFC 2181 10.3), with an address where this
 * zone must have one, glue included (RFC 1034 4.2.1, RFC 9471); and no glue that no NS record asks for.
 */
export const nameServers: Check = function* (context) {
  const { zone, kinds, apex } = context;
  const lookup = targetLookup(context);
  const isServer = new Uint8Array(zone.nameCount);
  for (const rrset of rrsetsOfType(zone, TYPE.NS)) {
    const owner = zone.rrsetName[rrset]!;
    if (owner !== apex && kinds[owner] !== NAME_KIND.delegation) continue;
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      const at = targetAt(zone, TYPE.NS, k);
      if (at < 0) continue;
      const target = lookup(at, targetLength(zone, k, at));
      if (target.kind === 'addressed') isServer[target.name] = 1;
      else if (target.kind !== 'outside') yield judgeServer(context, owner, k, at, target);
    }
  }
  yield* needlessGlue(context, isServer);
};

type BadTarget = Extract<Target, { readonly kind: 'alias' | 'bare' }>;

function judgeServer({ zone }: CheckContext, owner: number, record: number, at: number, target: BadTarget): Sighting {
  const server = (): string => `name server ${printName(zone.wire, at)} of ${ownerText(zone, owner)}`;
  const found = (): string => printName(zone.wire, at);
  if (target.kind === 'alias') {
    return atRecord('ZONE-NS-TARGET-CNAME', record, () => ({
      text: `${server()} is an alias, by the record at ${ownerText(zone, target.by)}`,
      found: found(),
      expected: 'a name with an A or AAAA record',
    }));
  }
  if (target.cut < 0) {
    return atRecord('ZONE-NS-TARGET-NO-ADDRESS', record, () => ({
      text: `${server()} has no A or AAAA record in this zone`,
      found: found(),
      expected: 'a name with an A or AAAA record',
    }));
  }
  if (target.cut === owner) {
    return atRecord('ZONE-GLUE-MISSING', record, () => ({
      text: `${server()} is inside the delegated zone and has no glue: it cannot be found`,
      found: found(),
      expected: `an A or AAAA record for ${found()}`,
    }));
  }
  return atRecord('ZONE-GLUE-SIBLING-MISSING', record, () => ({
    text: `${server()} is inside the delegation ${ownerText(zone, target.cut)} and has no glue here`,
    found: found(),
    expected: `an A or AAAA record for ${found()}`,
  }));
}

/** Addresses at or below a cut are not this zone's data; they are there for its NS records only (RFC 1034 4.2.1). */
function* needlessGlue({ zone, kinds }: CheckContext, isServer: Uint8Array): Generator<Sighting, void> {
  for (let name = 0; name < zone.nameCount; name++) {
    if (kinds[name] !== NAME_KIND.delegation && kinds[name] !== NAME_KIND.belowCut) continue;
    if (isServer[name] === 1 || !hasAddress(zone, name)) continue;
    yield atRecord('ZONE-GLUE-NEEDLESS', firstAddress(zone, name), () => ({
      text: `${ownerText(zone, name)} is below a zone cut, and no NS record points at its addresses`,
      found: ownerText(zone, name),
      expected: 'glue for name servers only',
    }));
  }
}

function firstAddress(zone: CheckContext['zone'], name: number): number {
  for (let r = zone.nameFirstRrset[name]!; r < zone.nameFirstRrset[name + 1]!; r++)
    if (zone.rrsetType[r] === TYPE.A || zone.rrsetType[r] === TYPE.AAAA) return zone.rrsetFirstRecord[r]!;
  return firstRecordOf(zone, name);
}
