import { compareBytes } from '../../signer/dns/bytes.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import { type GatePolicy, LIMIT_NAMES, type Limit, type LimitName } from '../config/config.ts';
import { areSameOctets, canonicalRecords, isAtApex, isData, pairRrsets } from './data-records.ts';
import type { Changes, RuleVerdict } from './gate-types.ts';

type Counts = { -readonly [N in LimitName]: number };

/**
 * What the data of a zone has become since the last release. Neither what the signer makes nor the SOA of the apex counts.
 *
 * added, removed   records, told apart by name, type and canonical RDATA, that only `next` or only `previous` has
 * changed          RRsets that both have, with other records or another TTL; their records count as added and removed too
 * delegations      names below the apex whose NS RRset came, went, or has other records; another TTL touches nothing
 * ds               the same for DS RRsets
 * apex             RRsets of the apex that came, went, or changed, the TTL too
 */
export function compareZones(previous: Zone, next: Zone): Changes {
  const counts: Counts = { added: 0, removed: 0, changed: 0, delegations: 0, ds: 0, apex: 0 };
  for (const [p, r] of pairRrsets(previous, next)) {
    const [zone, rrset] = r < 0 ? [previous, p] : [next, r];
    const type = zone.rrsetType[rrset]!;
    const isApex = isAtApex(zone, rrset);
    if (type === TYPE.SOA && isApex) continue;
    const { added, removed } = recordChanges(previous, p, next, r);
    const differs = added + removed > 0;
    const isChanged = p >= 0 && r >= 0 && (differs || previous.rrsetTtl[p] !== next.rrsetTtl[r]);
    counts.added += added;
    counts.removed += removed;
    if (isChanged) counts.changed++;
    if (isApex && (isChanged || differs)) counts.apex++;
    if (type === TYPE.NS && !isApex && differs) counts.delegations++;
    if (type === TYPE.DS && differs) counts.ds++;
  }
  return { ...counts, before: contentOf(previous), records: contentOf(next).records };
}

const size = (zone: Zone, rrset: number): number => zone.rrsetFirstRecord[rrset + 1]! - zone.rrsetFirstRecord[rrset]!;

function recordChanges(previous: Zone, p: number, next: Zone, r: number): { readonly added: number; readonly removed: number } {
  if (p < 0) return { added: size(next, r), removed: 0 };
  if (r < 0) return { added: 0, removed: size(previous, p) };
  if (areSameOctets(previous, p, next, r)) return { added: 0, removed: 0 };
  const before = canonicalRecords(previous, p);
  const after = canonicalRecords(next, r);
  let kept = 0;
  for (let i = 0, k = 0; i < before.length && k < after.length; ) {
    const order = compareBytes(before[i]!, after[k]!);
    if (order === 0) kept++;
    if (order <= 0) i++;
    if (order >= 0) k++;
  }
  return { added: after.length - kept, removed: before.length - kept };
}

function contentOf(zone: Zone): Changes['before'] {
  const content = { records: 0, rrsets: 0, delegations: 0, ds: 0, apex: 0 };
  for (let r = 0; r < zone.rrsetCount; r++) {
    const type = zone.rrsetType[r]!;
    const isApex = isAtApex(zone, r);
    if (!isData(zone, r) || (type === TYPE.SOA && isApex)) continue;
    content.rrsets++;
    content.records += size(zone, r);
    if (isApex) content.apex++;
    else if (type === TYPE.NS) content.delegations++;
    if (type === TYPE.DS) content.ds++;
  }
  return content;
}

/** What a limit counts, and what a percentage of it is of, in words. */
const COUNTED: Readonly<Record<LimitName, { readonly what: string; readonly of: keyof Changes['before']; readonly ofWhat: string }>> = {
  added: { what: 'records added', of: 'records', ofWhat: 'records' },
  removed: { what: 'records removed', of: 'records', ofWhat: 'records' },
  changed: { what: 'RRsets changed', of: 'rrsets', ofWhat: 'RRsets' },
  delegations: { what: 'delegations touched', of: 'delegations', ofWhat: 'delegations' },
  ds: { what: 'DS RRsets touched', of: 'ds', ofWhat: 'DS RRsets' },
  apex: { what: 'RRsets of the apex touched', of: 'apex', ofWhat: 'RRsets at the apex' },
};

/**
 * One verdict a limit, `limit-added` and so on. A percentage is of the last release's number, and of nothing it is passed by nothing:
 * a first delegation is beyond any.
 * @param changes undefined: there is no release before this one
 */
export function judgeLimits(changes: Changes | undefined, limits: GatePolicy['limits']): readonly RuleVerdict[] {
  return LIMIT_NAMES.map((name) => {
    const rule = `limit-${name}`;
    if (changes === undefined) return { rule, verdict: 'pass', text: 'no earlier release to compare with' };
    const { what, of, ofWhat } = COUNTED[name];
    const count = changes[name];
    const before = changes.before[of];
    const text = `${count} ${what}, the last release has ${before} ${ofWhat}; ${limitText(limits[name])}`;
    return { rule, verdict: isWithin(count, before, limits[name]) ? 'pass' : 'fail', text };
  });
}

function isWithin(count: number, before: number, limit: Limit | undefined): boolean {
  const { count: most = Number.POSITIVE_INFINITY, percent } = limit ?? {};
  return count <= most && (percent === undefined || count * 100 <= before * percent);
}

function limitText(limit: Limit | undefined): string {
  const parts = [
    ...(limit?.count === undefined ? [] : [`${limit.count}`]),
    ...(limit?.percent === undefined ? [] : [`${limit.percent} %`]),
  ];
  return parts.length === 0 ? 'no limit' : `the limit is ${parts.join(' and ')}`;
}
