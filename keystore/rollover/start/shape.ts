import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../../signer/errors.ts';
import { isPresent, type Methods, type RollKey, type RollKind, type RollRules, type ZoneRoll } from '../model.ts';
import { begin, linksFrom } from './begin.ts';
import { isUnsigning, keysInUse, ownWanted, takeUnused, toLeave, toUse } from './keys.ts';
import { hasDs, refuseParentUnknown, refuseRunning, refuseUnsettled } from './preconditions.ts';
import type { NeededKey, StartCall, StartWhat } from './what.ts';

type Of<K extends StartWhat['kind']> = Extract<StartWhat, { kind: K }>;

/** Both halves of a split, and the signature of data after the key: nothing else is proven for changes of algorithm or split. */
const IN_ORDER: Methods = { zsk: 'pre-publication', ksk: 'double-ksk', csk: 'pre-publication', algorithm: 'conservative' };

/**
 * First keys: all that were generated; no wait before they are published (RFC 7583 3.3.5). A DS that came to the parent before makes the zone bogus until
 * the signed one is with all caches, and every hour without signatures makes it longer: its key signs like the others, and the parent is asked to keep it.
 * @throws Refusal roll/running, roll/already-signed, roll/key-missing, roll/ds-unknown, roll/too-many-keys
 */
export function startFirstSigning(zone: ZoneRoll, rules: RollRules, { dsLater = false }: Of<'first-signing'>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  const island = ownWanted(zone);
  if (island.length > 0) return askForDs(zone, rules, island, dsLater, call);
  for (const needed of firstKeys(zone, rules)) takeUnused(zone, needed);
  const keys = zone.keys
    .filter(isUnsigning)
    .map((key) => toUse(withDsAsSeen(zone, key), dsLater && !hasEarlyDs(zone, key) ? 'hidden' : 'omnipresent'));
  refuseMany(keys.length);
  const early = keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name);
  // The chain of trust is broken as it is, and no order of steps could keep it: all of them at once mend it first.
  const begun = begin(zone, rules, call, { kind: 'first-signing', keys, old: [], new: keys, breaksChain: early.length > 0 });
  if (early.length === 0) return begun;
  return { ...begun, parent: { ...zone.parent, request: { keys: early, at: call.now, submittedAt: undefined } }, wantsDs: true };
}

/** An entry of the log has all of them, and caches would get a DNSKEY RRset that does not fit into an answer over UDP. */
const MOST_FIRST_KEYS = 12;

/** @throws Refusal roll/too-many-keys */
function refuseMany(count: number): void {
  if (count <= MOST_FIRST_KEYS) return;
  throw new Refusal(
    'roll/too-many-keys',
    `the first signing takes all keys that were generated, and those are ${count}; ${MOST_FIRST_KEYS} are the most`,
    'destroy those that are too many (coldsign key destroy); a KSK and a ZSK are enough',
  );
}

const hasEarlyDs = (zone: ZoneRoll, key: RollKey): boolean => isPresent(withDsAsSeen(zone, key), 'ds');

/** A DS that is gone from the parent again may be in caches still. */
function withDsAsSeen({ parent: { observed } }: ZoneRoll, key: RollKey): RollKey {
  if (!isPresent(key, 'ds') || observed.kind !== 'settled' || observed.keys.includes(key.name)) return key;
  return { ...key, records: { ...key.records, ds: { kind: 'unretentive', since: observed.from, from: observed.from } } };
}

/** What must be generated before a zone can be signed at all: each algorithm of its new keys has both roles. */
export function firstKeys(zone: ZoneRoll, rules: RollRules): readonly NeededKey[] {
  if (ownWanted(zone).length > 0) return [];
  const unused = zone.keys.filter(isUnsigning);
  if (unused.length === 0) return shapeOf(rules, rules.algorithm);
  return [...new Set(unused.map(({ algorithm }) => algorithm))].flatMap((algorithm) => {
    const roles = unused.filter((key) => key.algorithm === algorithm).map(({ role }) => role);
    return roles.includes('csk')
      ? []
      : (['ksk', 'zsk'] as const).filter((role) => !roles.includes(role)).map((role) => ({ role, algorithm }));
  });
}

/** The zone was signed and had no DS: now it is to have one. */
function askForDs(zone: ZoneRoll, rules: RollRules, keys: readonly RollKey[], dsLater: boolean, call: StartCall): ZoneRoll {
  const signing = keys.filter((key) => key.role !== 'zsk');
  if (dsLater || signing.some((key) => key.goals.ds === 'omnipresent')) {
    throw new Refusal(
      'roll/already-signed',
      `the zone is signed with ${keys.length} keys`,
      'roll its keys instead, or take the zone back to insecure first',
    );
  }
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const next = signing.map((key) => toUse(key));
  return begin(zone, rules, call, { kind: 'first-signing', keys: next, old: [], new: next });
}

/**
 * Keys of another algorithm for those of today (RFC 6781 4.1.4), split as the rules want it.
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/same-algorithm,
 * roll/key-missing, roll/method-unsuitable, roll/csk-is-anchor
 */
export function startAlgorithm(zone: ZoneRoll, rules: RollRules, what: Of<'algorithm'>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  const algorithm = what.algorithm ?? rules.algorithm;
  const asked = call.methods?.ksk ?? 'double-ksk';
  if (asked !== 'double-ksk' || call.methods?.csk === 'double-ds') {
    throw new Refusal(
      'roll/method-unsuitable',
      `${call.methods?.csk === 'double-ds' ? 'double-ds' : asked} puts a DS of ${algorithmLabel(algorithm)} at the parent before caches have its DNSKEY, and every algorithm in the DS RRset must be in the DNSKEY RRset (RFC 4035 2.2)`,
      'leave the method of the KSK out: the DS follows the DNSKEY when the algorithm changes',
    );
  }
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const old = ownWanted(zone);
  if (old.every((key) => key.algorithm === algorithm)) {
    throw new Refusal(
      'roll/same-algorithm',
      `all keys of the zone are of ${algorithmLabel(algorithm)} already`,
      'name another algorithm, or roll the keys',
    );
  }
  // Keys of the wanted algorithm that are there already stay, and are all that is needed.
  const leaving = old.filter((key) => key.algorithm !== algorithm);
  const staying = old.filter((key) => key.algorithm === algorithm);
  refuseAnchorCsk(leaving, rules, 'then change the algorithm (RFC 6781 4.1.4.3)');
  const isIsland = !hasDs(zone);
  const taken =
    staying.length > 0
      ? []
      : shapeOf(rules, algorithm).map((needed) => toUse(takeUnused(zone, needed), isIsland ? 'hidden' : 'omnipresent'));
  const links = leaving.flatMap((key) => successors(key, [...taken, ...staying]).flatMap((next) => linksFrom([key], next)));
  return begin(zone, rules, call, {
    kind: 'algorithm',
    keys: [...leaving.map((key) => toLeave(key, rules)), ...taken],
    old: leaving,
    new: taken,
    links,
    methods: { ...IN_ORDER, algorithm: call.methods?.algorithm ?? rules.methods.algorithm },
  });
}

export function shapeOf({ keys }: Pick<RollRules, 'keys'>, algorithm: number): readonly NeededKey[] {
  return (keys === 'csk' ? (['csk'] as const) : (['ksk', 'zsk'] as const)).map((role) => ({ role, algorithm }));
}

const successors = (old: RollKey, keys: readonly RollKey[]): readonly RollKey[] =>
  keys.filter(({ role }) => role === old.role || role === 'csk' || old.role === 'csk');

/**
 * RFC 6781 4.1.4.3: a revoked CSK signs no data, and without other signatures of its algorithm the zone has none.
 * @param then what is done when the keys are split
 */
function refuseAnchorCsk(old: readonly RollKey[], { rfc5011 }: RollRules, then: string): void {
  const csk = old.find(({ role, operator, trouble }) => role === 'csk' && operator === 'self' && trouble !== 'lost');
  if (rfc5011 === 'none' || csk === undefined) return;
  throw new Refusal(
    'roll/csk-is-anchor',
    `CSK ${csk.keyTag} is a trust anchor (rfc5011 is ${rfc5011}): once revoked its signatures over the zone are worth nothing, and its algorithm has no others`,
    `split the keys first (coldsign roll start --to split), ${then}`,
  );
}

/**
 * KSK and ZSK, or a CSK, take over from the other: two rollovers at once, whose data is signed by both for a while.
 * Design note: only the KSK side is linked. Without a link a ZSK stays until the signatures of the other are with all caches.
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/wrong-shape, roll/key-missing
 */
export function startSplit(zone: ZoneRoll, rules: RollRules, { kind }: Of<'to-csk' | 'to-split'>, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const old = ownWanted(zone).filter(({ role }) => (role === 'csk') === (kind === 'to-split'));
  const algorithms = [...new Set(old.map(({ algorithm }) => algorithm))];
  if (old.length === 0) {
    const now = kind === 'to-split' ? 'a KSK and a ZSK' : 'a CSK';
    throw new Refusal(
      'roll/wrong-shape',
      `the zone is signed with ${now} already, so there is nothing to change with ${kind}`,
      'roll its keys instead',
    );
  }
  const isIsland = !hasDs(zone);
  const taken = algorithms.flatMap((algorithm) =>
    shapeOf({ keys: kind === 'to-csk' ? 'csk' : 'ksk-zsk' }, algorithm).map((needed) =>
      toUse(takeUnused(zone, needed), isIsland ? 'hidden' : 'omnipresent'),
    ),
  );
  const signers = old.filter((key) => keysInUse(zone, key.role).includes(key) && key.role !== 'zsk');
  const links = taken
    .filter(({ role }) => role !== 'zsk')
    .flatMap((next) =>
      linksFrom(
        signers.filter((key) => key.algorithm === next.algorithm),
        next,
      ),
    );
  return begin(zone, rules, call, {
    kind: kind satisfies RollKind,
    keys: [...old.map((key) => toLeave(key, rules)), ...taken],
    old,
    new: taken,
    links,
    methods: { zsk: IN_ORDER.zsk, ksk: IN_ORDER.ksk, csk: IN_ORDER.csk },
  });
}

/**
 * The zone becomes insecure (RFC 8078 4): all goals go down at once; that the DS must be gone from all caches before anything of the zone is
 * taken back follows from the rules.
 * @throws Refusal roll/running, roll/not-signed, roll/unsettled, roll/ds-unknown, roll/request-outstanding, roll/csk-is-anchor
 */
export function startInsecure(zone: ZoneRoll, rules: RollRules, call: StartCall): ZoneRoll {
  refuseRunning(zone, rules, call.now);
  refuseUnsettled(zone);
  refuseParentUnknown(zone);
  const old = zone.keys.filter((key) => Object.values(key.goals).includes('omnipresent'));
  // Until its revocation is with all who trust it, the data must be signed by another key.
  refuseAnchorCsk(old, rules, 'then go insecure (RFC 5011 5)');
  return begin(zone, rules, call, {
    kind: 'insecure',
    keys: old.map((key) => toLeave(key, rules)),
    old,
    new: [],
    wantsDs: false,
  });
}
