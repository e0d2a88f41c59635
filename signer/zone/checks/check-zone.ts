import { printName } from '../../dns/name.ts';
import { typeMnemonic } from '../../dns/rrtype.ts';
import type { Finding } from '../../finding.ts';
import type { Zone } from '../zone.ts';
import { cnameChains, dnameLoops } from './alias-chains.ts';
import { nsAtApex, roomForNsec3, soaAtApex } from './apex.ts';
import { cdsConsistent, cdsPlace, csync } from './child-signals.ts';
import { cnameAlone, dnameAlone } from './cname.ts';
import { type CheckOptions, makeContext } from './context.ts';
import { dsData, dsPlace } from './ds.ts';
import { duplicates, outOfZone, signerOwned } from './leftovers.ts';
import { nameServers } from './name-servers.ts';
import { hostNames } from './names.ts';
import { obsoleteTypes } from './obsolete.ts';
import { occluded } from './occluded.ts';
import { addressAsTarget, doubledOrigin } from './pitfalls.ts';
import { firstRecordOf, ownerText, plural, rrsetOfRecord, rrsetOwner } from './records.ts';
import { SEVERITY, type ZoneFindingId } from './rules.ts';
import { nullMx, serviceAliases, serviceTargets } from './services.ts';
import type { Check, Place, Sighting } from './sighting.ts';
import { rrsetSize } from './size.ts';
import { serialAhead, soaNames, soaTimers } from './soa.ts';
import { ttlBelowMax, ttlNotZero, ttlPerRrset } from './ttl.ts';
import { asteriskElsewhere, wildcardTypes } from './wildcards.ts';

const CHECKS: readonly Check[] = [
  soaAtApex,
  nsAtApex,
  roomForNsec3,
  soaTimers,
  soaNames,
  serialAhead,
  outOfZone,
  duplicates,
  signerOwned,
  cnameAlone,
  dnameAlone,
  cnameChains,
  dnameLoops,
  dsPlace,
  dsData,
  nameServers,
  serviceTargets,
  nullMx,
  serviceAliases,
  occluded,
  ttlPerRrset,
  ttlBelowMax,
  ttlNotZero,
  rrsetSize,
  hostNames,
  wildcardTypes,
  asteriskElsewhere,
  doubledOrigin,
  addressAsTarget,
  cdsPlace,
  cdsConsistent,
  csync,
  obsoleteTypes,
];

const DEFAULT_LIMIT = 100;

/**
 * Findings below `error` that still forbid signing: a name server may load such a zone, but no signature makes it valid.
 * Every `error` forbids signing too.
 */
export const BLOCKS_SIGNING: ReadonlySet<string> = new Set<ZoneFindingId>(['ZONE-DS-AT-APEX', 'ZONE-DNAME-AND-NS']);

/**
 * Judges a zone: all findings, sorted by file and line; those without a place come first.
 * Of each ID the first `limit` are listed, in canonical order of the zone, and ZONE-MORE says how many more there are.
 */
export function checkZone(zone: Zone, options: CheckOptions): Finding[] {
  const context = makeContext(zone, options);
  const limit = options.limit ?? DEFAULT_LIMIT;
  const counts = new Map<ZoneFindingId, number>();
  const listed: Listed[] = [];
  for (const check of CHECKS) {
    for (const sighting of check(context)) {
      const count = (counts.get(sighting.id) ?? 0) + 1;
      counts.set(sighting.id, count);
      if (count <= limit) listed.push(write(zone, sighting));
    }
  }
  for (const [id, count] of counts) if (count > limit) listed.push(more(id, count - limit));
  return listed.sort(compareListed).map(({ finding }) => finding);
}

interface Listed {
  /** Index of the file, -1 for findings without place. */
  readonly source: number;
  readonly line: number;
  readonly finding: Finding;
}

function more(id: ZoneFindingId, count: number): Listed {
  const text = `${plural(count, 'more finding')} of ${id}`;
  return { source: -1, line: 0, finding: { id: 'ZONE-MORE', severity: SEVERITY['ZONE-MORE'], text, found: `${count}` } };
}

function compareListed(a: Listed, b: Listed): number {
  return a.source - b.source || a.line - b.line || order(a.finding.id, b.finding.id) || order(a.finding.text, b.finding.text);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function write(zone: Zone, { id, place, word }: Sighting): Listed {
  const { text, found, expected, type } = word();
  const spot = locate(zone, place);
  const file = spot.line > 0 ? zone.sources[spot.source] : undefined;
  const ofType = type ?? spot.type;
  const finding: Finding = {
    id,
    severity: SEVERITY[id],
    text,
    ...(file === undefined ? {} : { file, line: spot.line }),
    owner: spot.owner,
    ...(ofType === undefined ? {} : { type: ofType }),
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
  };
  return { source: file === undefined ? -1 : spot.source, line: file === undefined ? 0 : spot.line, finding };
}

interface Spot {
  readonly owner: string;
  readonly type?: string;
  readonly source: number;
  readonly line: number;
}

function locate(zone: Zone, place: Place): Spot {
  switch (place.kind) {
    case 'zone':
      return { owner: printName(zone.apex), source: -1, line: 0 };
    case 'name': {
      const record = firstRecordOf(zone, place.name);
      return { owner: ownerText(zone, place.name), source: zone.recordSource[record]!, line: zone.recordLine[record]! };
    }
    case 'record': {
      const { record } = place;
      const rrset = rrsetOfRecord(zone, record);
      return {
        owner: rrsetOwner(zone, rrset),
        type: typeMnemonic(zone.rrsetType[rrset]!),
        source: zone.recordSource[record]!,
        line: zone.recordLine[record]!,
      };
    }
    case 'leftover': {
      const { record, records } = place;
      return {
        owner: printName(records.wire.bytes, records.nameAt[records.owner[record]!]!),
        type: typeMnemonic(records.type[record]!),
        source: records.source[record]!,
        line: records.line[record]!,
      };
    }
    default:
      return place satisfies never;
  }
}
