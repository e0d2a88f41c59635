import type { RecordName, RollKey, RollRules, StateKind, ZoneRoll } from './model.ts';
import type { EngineParts } from './parts.ts';

/**
 * The zone as it would be is safe for every cache: rules 2 and 3 hold for every algorithm (Schaeffer, Overeinder, Mekking), without the way out
 * that lets an unsafe zone do anything: what does not hold afterwards is not done. Rule 1 is asked apart (`keepsDs`).
 */
export function isSafe(zone: ZoneRoll, rules: RollRules, parts: EngineParts): boolean {
  const { keys } = zone;
  if (isUnserved(zone)) return true;
  for (let i = 0; i < keys.length; i++) {
    const { algorithm } = keys[i]!;
    let isFirst = true;
    for (let j = 0; j < i; j++) if (keys[j]!.algorithm === algorithm) isFirst = false;
    if (!isFirst) continue;
    if (!parts.ruleDnskey(zone, algorithm, parts) || !parts.ruleRrsig(zone, algorithm, rules, parts)) return false;
  }
  return true;
}

/** Rule 1 (3a): a zone that is to be secure has a DS somewhere. It binds only what would take the last one away. */
export function ruleDs(before: ZoneRoll, after: ZoneRoll): boolean {
  return !after.wantsDs || hasDs(after) || !hasDs(before);
}

/** Rule 2: whoever holds any DS RRset and any DNSKEY RRset finds a key of this algorithm that is in both and signs. */
export function ruleDnskey(zone: ZoneRoll, algorithm: number, parts: EngineParts): boolean {
  return (
    someKey(zone, algorithm, isAnchor) || // (3b)
    pair(zone, algorithm, isAnchorGoing, isAnchorComing, parts) || // (3c)
    pair(zone, algorithm, isKeyGoing, isKeyComing, parts) || // (3d)
    everyDsIsChained(zone, algorithm, parts) // (3e)
  );
}

/** Rule 3: whoever holds any DNSKEY RRset and any signed data finds a signature of this algorithm by a key that is in there. */
export function ruleRrsig(zone: ZoneRoll, algorithm: number, rules: RollRules, parts: EngineParts): boolean {
  return (
    someKey(zone, algorithm, isSigner) || // (3f)
    pair(zone, algorithm, isSignerKeyGoing, isSignerKeyComing, parts) || // (3g)
    pair(zone, algorithm, isSignatureGoing, isSignatureComing, parts) || // (3h)
    everyKeyIsUsed(zone, algorithm, parts) || // (3i)
    parts.isInsecure(zone, rules) ||
    isExempt(zone, algorithm, rules)
  );
}

/**
 * Nobody can tell this zone from an unsigned one: no DS of any key is in any cache, none is asked for, and nobody has taken one of its keys for a
 * trust anchor (RFC 5011). First signing and the end of going insecure need no order then.
 */
export function isInsecure(zone: ZoneRoll, rules: Pick<RollRules, 'rfc5011'>): boolean {
  const { request, observed } = zone.parent;
  for (const key of zone.keys) if (kindOf(key, 'ds') !== 'hidden') return false;
  if ((request !== undefined && request.keys.length > 0) || (observed.kind === 'settled' && observed.keys.length > 0)) return false;
  return rules.rfc5011 === 'none' || !zone.keys.some(isTrustAnchor);
}

/** Both are in the same caches: whoever has k as it is now has j as it is now (they changed at one time, or j before k came, or after k went). */
export function isCoVisible(k: RollKey, j: RollKey, record: RecordName): boolean {
  if (j === k) return true;
  const mine = k.records[record];
  const other = j.records[record];
  if (other?.kind === 'omnipresent') return true;
  if (mine?.kind === 'rumoured' && other?.kind === 'rumoured') return other.since <= mine.since;
  if (mine?.kind === 'unretentive' && other?.kind === 'unretentive') return other.since >= mine.since;
  return false;
}

/** Nothing depends on this key: it took over from nobody whose records any cache still has. */
export function isHeadOfChain(zone: ZoneRoll, key: RollKey): boolean {
  for (const link of zone.links) {
    if (link.new !== key.name) continue;
    const before = zone.keys.find(({ name }) => name === link.old);
    if (before !== undefined && !isGone(before)) return false;
  }
  return true;
}

/** We have left (RFC 8901 8): no server gives out this zone as it is signed here and no cache has it. What others give out is theirs to judge. */
function isUnserved({ roll, keys }: ZoneRoll): boolean {
  if (roll?.kind !== 'leave') return false;
  const own = keys.filter((key) => isOwn(key));
  return (
    own.some(({ name }) => roll.old.includes(name)) &&
    own.every((key) => (['dnskey', 'krrsig', 'zrrsig'] as const).every((record) => kindOf(key, record) === 'hidden'))
  );
}

type Mask = (key: RollKey) => boolean;

/** x matches `going`, z `coming`, and z takes over from x, directly or over keys that are going too. */
function pair(zone: ZoneRoll, algorithm: number, going: Mask, coming: Mask, parts: EngineParts): boolean {
  if (zone.links.length === 0) return false;
  for (const key of zone.keys) {
    if (key.algorithm !== algorithm || !going(key) || !parts.isHeadOfChain(zone, key)) continue;
    if (reaches(zone, key, going, coming, zone.links.length)) return true;
  }
  return false;
}

function reaches(zone: ZoneRoll, from: RollKey, going: Mask, coming: Mask, depth: number): boolean {
  for (const link of zone.links) {
    if (link.old !== from.name) continue;
    const next = zone.keys.find(({ name }) => name === link.new);
    if (next === undefined || next.algorithm !== from.algorithm) continue;
    if (coming(next) || (depth > 1 && going(next) && reaches(zone, next, going, coming, depth - 1))) return true;
  }
  return false;
}

function everyDsIsChained(zone: ZoneRoll, algorithm: number, parts: EngineParts): boolean {
  for (const k of zone.keys) {
    if (k.algorithm !== algorithm) continue;
    const ds = kindOf(k, 'ds');
    if (ds === 'hidden' || isPublished(k)) continue;
    const isChained = zone.keys.some((j) => j.algorithm === algorithm && isPublished(j) && isAlike(k, j, 'ds', parts));
    if (!isChained) return false;
  }
  return true;
}

function everyKeyIsUsed(zone: ZoneRoll, algorithm: number, parts: EngineParts): boolean {
  for (const k of zone.keys) {
    if (k.algorithm !== algorithm || kindOf(k, 'dnskey') === 'hidden') continue;
    const isUsed = zone.keys.some(
      (j) =>
        j.algorithm === algorithm &&
        j.revocation.kind !== 'revoked' &&
        isOwn(j) &&
        kindOf(j, 'zrrsig') === 'omnipresent' &&
        kindOf(j, 'dnskey') === kindOf(k, 'dnskey') &&
        parts.isCoVisible(k, j, 'dnskey'),
    );
    if (!isUsed) return false;
  }
  return true;
}

/** j's record is in every cache, or in those that k's is in. */
function isAlike(k: RollKey, j: RollKey, record: RecordName, parts: EngineParts): boolean {
  const kind = kindOf(j, record);
  return kind === 'omnipresent' || (kind === kindOf(k, record) && parts.isCoVisible(k, j, record));
}

/** RFC 6840 5.11: a validator need not insist on every algorithm of the DNSKEY RRset; those that do are not served by the liberal way. */
function isExempt(zone: ZoneRoll, algorithm: number, rules: RollRules): boolean {
  const method = zone.roll?.methods.algorithm ?? rules.methods.algorithm;
  return method === 'liberal' && zone.keys.every((key) => key.algorithm !== algorithm || kindOf(key, 'ds') === 'hidden');
}

function someKey(zone: ZoneRoll, algorithm: number, mask: Mask): boolean {
  for (const key of zone.keys) if (key.algorithm === algorithm && mask(key)) return true;
  return false;
}

export function kindOf(key: RollKey, record: RecordName): StateKind {
  return key.records[record]?.kind ?? 'hidden';
}

/** A revoked key validates nothing (RFC 5011 2.1): for those who look for a key it is on its way out. */
function effective(key: RollKey, record: 'dnskey' | 'krrsig'): StateKind {
  const kind = kindOf(key, record);
  return key.revocation.kind === 'revoked' && kind !== 'hidden' ? 'unretentive' : kind;
}

function isGone({ records }: RollKey): boolean {
  return (
    (records.dnskey?.kind ?? 'hidden') === 'hidden' &&
    (records.krrsig?.kind ?? 'hidden') === 'hidden' &&
    (records.zrrsig?.kind ?? 'hidden') === 'hidden' &&
    (records.ds?.kind ?? 'hidden') === 'hidden'
  );
}

export const isOwn = (key: RollKey): boolean => key.operator === 'self';
export const isSep = (key: RollKey): boolean => key.role !== 'zsk';

export function hasDs({ keys }: Pick<ZoneRoll, 'keys'>): boolean {
  for (const key of keys) {
    const ds = key.records.ds?.kind;
    if (ds === 'omnipresent' || ds === 'rumoured') return true;
  }
  return false;
}

/** RFC 5011 2.4: published so long that some resolver may trust it, and not revoked. One in use is rumoured where a server lost it for a while. */
function isTrustAnchor(key: RollKey): boolean {
  const dnskey = kindOf(key, 'dnskey');
  if (!isSep(key) || !isOwn(key) || key.revocation.kind === 'revoked') return false;
  return dnskey === 'omnipresent' || dnskey === 'unretentive' || (dnskey === 'rumoured' && key.activeSince !== undefined);
}

/** (O,-,O,*): every DNSKEY RRset has it, and its signature. */
const isPublished: Mask = (key) => effective(key, 'dnskey') === 'omnipresent' && effective(key, 'krrsig') === 'omnipresent';
/** (O,-,O,O) */
const isAnchor: Mask = (key) => kindOf(key, 'ds') === 'omnipresent' && isPublished(key);
/** (O,-,O,U) */
const isAnchorGoing: Mask = (key) => kindOf(key, 'ds') === 'unretentive' && isPublished(key);
/** (O,-,O,R) */
const isAnchorComing: Mask = (key) => kindOf(key, 'ds') === 'rumoured' && isPublished(key);
/** (U,-,U,O), (O,-,U,O), (U,-,O,O) */
const isKeyGoing: Mask = (key) => isKeyMoving(key, 'unretentive');
/** (R,-,R,O), (O,-,R,O), (R,-,O,O) */
const isKeyComing: Mask = (key) => isKeyMoving(key, 'rumoured');

function isKeyMoving(key: RollKey, kind: StateKind): boolean {
  if (kindOf(key, 'ds') !== 'omnipresent' || isPublished(key)) return false;
  const dnskey = effective(key, 'dnskey');
  const krrsig = effective(key, 'krrsig');
  return (dnskey === kind || dnskey === 'omnipresent') && (krrsig === kind || krrsig === 'omnipresent');
}

const signs = (key: RollKey, dnskey: StateKind, zrrsig: StateKind): boolean =>
  kindOf(key, 'zrrsig') === zrrsig && effective(key, 'dnskey') === dnskey && isOwn(key);
/** (O,O) */
export const isSigner: Mask = (key) => signs(key, 'omnipresent', 'omnipresent');
/** (U,O) and (R,O) */
const isSignerKeyGoing: Mask = (key) => signs(key, 'unretentive', 'omnipresent');
const isSignerKeyComing: Mask = (key) => signs(key, 'rumoured', 'omnipresent');
/** (O,U) and (O,R) */
const isSignatureGoing: Mask = (key) => signs(key, 'omnipresent', 'unretentive');
const isSignatureComing: Mask = (key) => signs(key, 'omnipresent', 'rumoured');
