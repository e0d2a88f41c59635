import { concatBytes } from '../../dns/bytes.ts';
import { MAX_NAME_OCTETS, printName } from '../../dns/name.ts';
import { TYPE } from '../../dns/rrtype.ts';
import { NAME_KIND } from '../cuts.ts';
import { findRrset, type Zone } from '../zone.ts';
import type { CheckContext } from './context.ts';
import { lookupName } from './name-index.ts';
import { ownerText, rrsetsOfType, targetAt, targetLength } from './records.ts';
import { atRecord, type Check, type Sighting } from './sighting.ts';
import { isInZone, targetLookup } from './target.ts';

/** Resolvers restart a query a limited number of times (11 in BIND and unbound); a chain leaves room for aliases elsewhere. */
const LONGEST_CHAIN = 8;
const NAMES_SHOWN = 8;

/** CNAMEs of this zone that point at each other. Columns by name index. */
interface Aliases {
  /** Index + 1 of the name whose CNAME answers for the target; 0 where the chain leaves or ends. */
  readonly next: Uint32Array;
  readonly isTarget: Uint8Array;
  readonly dangling: readonly number[];
}

/** Chains of CNAMEs inside the zone: no loop, not long (RFC 1034 3.6.2), and with something at the end. */
export const cnameChains: Check = function* (context) {
  const { zone } = context;
  if (rrsetsOfType(zone, TYPE.CNAME).next().done === true) return;
  const aliases = linkAliases(context);
  for (const rrset of aliases.dangling) {
    const record = zone.rrsetFirstRecord[rrset]!;
    const at = targetAt(zone, TYPE.CNAME, record);
    yield atRecord('ZONE-CNAME-DANGLING', record, () => ({
      text: `CNAME of ${ownerText(zone, zone.rrsetName[rrset]!)} points at ${printName(zone.wire, at)}, which does not exist in this zone`,
      found: printName(zone.wire, at),
      expected: 'a name with records',
    }));
  }
  yield* walkAliases(zone, aliases);
};

function linkAliases(context: CheckContext): Aliases {
  const { zone } = context;
  const lookup = targetLookup(context);
  const next = new Uint32Array(zone.nameCount);
  const isTarget = new Uint8Array(zone.nameCount);
  const dangling: number[] = [];
  for (const rrset of rrsetsOfType(zone, TYPE.CNAME)) {
    const record = zone.rrsetFirstRecord[rrset]!;
    const at = targetAt(zone, TYPE.CNAME, record);
    if (at < 0) continue;
    const target = lookup(at, targetLength(zone, record, at));
    if (target.kind === 'bare' && target.name < 0 && target.cut < 0) dangling.push(rrset);
    if (target.kind !== 'alias' || findRrset(zone, target.by, TYPE.CNAME) < 0) continue;
    next[zone.rrsetName[rrset]!] = target.by + 1;
    isTarget[target.by] = 1;
  }
  return { next, isTarget, dangling };
}

/** Every name is walked over once: the links form chains that end, join, or run into a ring. */
function* walkAliases(zone: Zone, { next, isTarget }: Aliases): Generator<Sighting, void> {
  const depth = new Uint32Array(zone.nameCount);
  const walk = new Uint32Array(zone.nameCount);
  for (const rrset of rrsetsOfType(zone, TYPE.CNAME)) {
    const start = zone.rrsetName[rrset]!;
    const path: number[] = [];
    let at = start;
    while (walk[at] === 0 && next[at] !== 0) {
      walk[at] = start + 1;
      path.push(at);
      at = next[at]! - 1;
    }
    const ringFrom = walk[at] === start + 1 && next[at] !== 0 ? path.indexOf(at) : -1;
    if (ringFrom >= 0) yield loop(zone, path.slice(ringFrom));
    let links = ringFrom >= 0 ? 0 : depth[at]!;
    for (let i = (ringFrom >= 0 ? ringFrom : path.length) - 1; i >= 0; i--) depth[path[i]!] = ++links;
    const length = depth[start]! + 1;
    if (length > LONGEST_CHAIN && isTarget[start] === 0) {
      yield atRecord('ZONE-CNAME-CHAIN', zone.rrsetFirstRecord[rrset]!, () => ({
        text: `${ownerText(zone, start)} starts a chain of ${length} CNAMEs; resolvers give up`,
        found: `${length}`,
        expected: `at most ${LONGEST_CHAIN}`,
      }));
    }
  }
}

/** @param ring names in the order of the links; reported at the one that is first in canonical order */
function loop(zone: Zone, ring: readonly number[]): Sighting {
  const from = ring.indexOf(ring.reduce((a, b) => Math.min(a, b)));
  const turned = [...ring.slice(from), ...ring.slice(0, from)];
  const record = zone.rrsetFirstRecord[findRrset(zone, turned[0]!, TYPE.CNAME)]!;
  return atRecord('ZONE-CNAME-LOOP', record, () => {
    const shown = turned.slice(0, NAMES_SHOWN).map((name) => ownerText(zone, name));
    const more = turned.length > NAMES_SHOWN ? [`${turned.length - NAMES_SHOWN} more`] : [];
    return { text: `CNAME loop: ${[...shown, ...more, shown[0]].join(' -> ')}`, expected: 'a chain that ends' };
  });
}

const DNAME_STEPS = 32;

/** DNAMEs of this zone that lead back to themselves (RFC 6672 2.2, 5.3). */
export const dnameLoops: Check = function* (context) {
  const { zone, kinds } = context;
  for (const rrset of rrsetsOfType(zone, TYPE.DNAME)) {
    const start = zone.rrsetName[rrset]!;
    if (kinds[start] !== NAME_KIND.authoritative) continue;
    const record = zone.rrsetFirstRecord[rrset]!;
    const passed = followDnames(context, start);
    if (passed === undefined || passed.some((name) => name < start)) continue;
    yield atRecord('ZONE-DNAME-LOOP', record, () => ({
      text: `DNAME loop: ${[...passed, start].map((name) => ownerText(zone, name)).join(' -> ')}`,
      expected: 'a target that is not redirected back',
    }));
  }
};

/** The DNAMEs that a name below `start` runs through until it is below `start` again; undefined if it never is. */
function followDnames(context: CheckContext, start: number): readonly number[] | undefined {
  const { zone } = context;
  const passed: number[] = [start];
  let current = redirect(zone, start, new Uint8Array(0));
  for (let step = 0; step < DNAME_STEPS && current !== undefined && current.length <= MAX_NAME_OCTETS; step++) {
    const by = dnameOver(context, current);
    if (by < 0 || (by !== start && passed.includes(by))) return undefined;
    if (by === start) return passed;
    passed.push(by);
    current = redirect(zone, by, current.subarray(0, current.length - zone.nameLength[by]!));
  }
  return undefined;
}

/** prefix + target of the DNAME at that name. */
function redirect(zone: Zone, name: number, prefix: Uint8Array): Uint8Array | undefined {
  const record = zone.rrsetFirstRecord[findRrset(zone, name, TYPE.DNAME)]!;
  const at = targetAt(zone, TYPE.DNAME, record);
  if (at < 0) return undefined;
  return concatBytes(prefix, zone.wire.subarray(at, at + targetLength(zone, record, at)));
}

/** The DNAME that answers for names below `name`; -1 if none does. */
function dnameOver({ zone, index, kinds, tops }: CheckContext, name: Uint8Array): number {
  if (!isInZone(zone.apex, name, 0, name.length)) return -1;
  for (let at = 0; name.length - at >= zone.apex.length; at += name[at]! + 1) {
    const found = lookupName(index, name, at, name.length - at);
    if (found < 0) continue;
    if (kinds[found] === NAME_KIND.belowDname) return tops[found]!;
    return kinds[found] === NAME_KIND.authoritative && findRrset(zone, found, TYPE.DNAME) >= 0 ? found : -1;
  }
  return -1;
}
