import { EMPTY_ROLL, isPresent, RECORDS, type RollKey, type Version, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { released } from '../../keystore/rollover/observe.ts';
import type { EntryData, LoggedKey, LoggedRelease } from '../audit/entry.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { applyChange, type RollChange } from '../rollover/roll-change.ts';
import { unusedKey } from '../rollover/zone-roll.ts';
import type { ZoneState } from './state.ts';

/** What is on record is taken as it is written. */
export function changeRoll(zone: ZoneState, change: RollChange): void {
  zone.roll = applyChange(zone.roll ?? EMPTY_ROLL, change);
}

export function startRoll(zone: ZoneState, { roll, change }: EntryData['roll.started']): void {
  changeRoll(zone, { ...change, roll });
  zone.rolls = roll.id;
}

/**
 * A release stands: the step that it carries has happened, and there is one version of the zone more.
 * @param at unix seconds; for releases that do not say it themselves
 */
export function releaseRoll(zone: ZoneState, release: LoggedRelease, step: EntryData['roll.step.intent'] | undefined, at: number): void {
  if (step !== undefined) changeRoll(zone, step.change);
  const version = versionOf(release, at);
  const before = zone.roll ?? EMPTY_ROLL;
  const known = step === undefined ? adopted(before, zone.keys, release, version.at) : before;
  const grown = released(known, version);
  zone.roll = { ...grown, versions: mergedVersions(grown.versions, grown) };
}

/** A key that is no more and that nobody needs is forgotten. */
export function forgetKey(zone: ZoneState, key: LoggedKey): void {
  if (zone.roll === undefined) return;
  const name = nameOfKey(key);
  const { keys, links } = zone.roll;
  zone.roll = {
    ...zone.roll,
    keys: keys.filter((known) => known.name !== name),
    links: links.filter((link) => link.old !== name && link.new !== name),
  };
}

/** TTLs of releases that do not tell theirs, by versions without rollovers: a day, the most that their policies allowed by default. */
const UNKNOWN_TTL = 86_400;

function versionOf({ serial, version }: LoggedRelease, at: number): Version {
  const { made, keyTtl, signatureTtl, negativeTtl } = version ?? {
    made: at,
    keyTtl: UNKNOWN_TTL,
    signatureTtl: UNKNOWN_TTL,
    negativeTtl: UNKNOWN_TTL,
  };
  const known = { serial, at: made, from: 'awaited', keyTtl, signatureTtl, negativeTtl, isSigned: version?.isSigned ?? true } as const;
  return version === undefined ? { ...known, hasUnknownTtls: true } : known;
}

/**
 * Keys that a release has and that no rollover has brought there: those of releases before there were rollovers, and of zones that come from
 * another signer. Their DS may well be at the parent: what is not known is never taken for absent. Keys that such a release leaves out have left.
 */
function adopted(roll: ZoneRoll, keys: readonly LoggedKey[], release: LoggedRelease, at: number): ZoneRoll {
  // Without keys it tells nothing of any.
  if (release.kind === 'unsigned') return roll;
  if (release.version !== undefined && roll.keys.length > 0) return roll;
  const inRelease = keys.filter(({ keyTag }) => release.keyTags.includes(keyTag));
  const names = new Set(inRelease.map(nameOfKey));
  const known = new Set(roll.keys.map(({ name }) => name));
  const fresh = inRelease.filter((key) => !known.has(nameOfKey(key)));
  const stays = roll.keys.map((key) => (names.has(key.name) || key.goals.dnskey === 'hidden' ? key : withdrawn(key, at)));
  return withRequest({ ...roll, keys: [...stays, ...fresh.map((key) => introduced(unusedKey(key), at))], wantsDs: true }, at);
}

/** All keys of a zone that another signer has published, as they are taken over. A first signing with other keys that was begun is none any more. */
export function introducedKeys({ keys, roll = EMPTY_ROLL }: ZoneState, at: number): ZoneRoll {
  const theirs = new Set(keys.map(nameOfKey));
  const others = roll.keys.filter(({ name }) => !theirs.has(name)).map((key) => ({ ...key, goals: {} }));
  const all = [...keys.map((key) => introduced(unusedKey(key), at)), ...others];
  return withRequest({ ...roll, roll: undefined, links: [], keys: all, wantsDs: true }, at);
}

/** The parent is asked for what it may have already: CDS of all that are in use, until it was seen. */
function withRequest(roll: ZoneRoll, at: number): ZoneRoll {
  const keys = roll.keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name);
  return { ...roll, parent: { ...roll.parent, request: { keys, at, submittedAt: undefined } } };
}

function introduced(key: RollKey, at: number): RollKey {
  const records = RECORDS[key.role];
  return {
    ...key,
    goals: Object.fromEntries(records.map((record) => [record, 'omnipresent'])),
    records: Object.fromEntries(records.map((record) => [record, { kind: 'rumoured', since: at, from: 'awaited' }])),
    activeSince: at,
  };
}

function withdrawn(key: RollKey, at: number): RollKey {
  const records = RECORDS[key.role];
  return {
    ...key,
    goals: Object.fromEntries(records.map((record) => [record, 'hidden'])),
    records: Object.fromEntries(records.map((record) => [record, { kind: 'unretentive', since: at, from: 'awaited' }])),
  };
}

/** Versions of which nobody ever told that they are published do not heap up. */
const MOST_VERSIONS = 32;

/**
 * Two versions between which no record came or went are told apart by nothing but their TTLs: together they count with the larger ones, and as
 * superseded when the newer one is.
 */
function mergedVersions(versions: readonly Version[], { keys }: ZoneRoll): readonly Version[] {
  if (versions.length <= MOST_VERSIONS) return versions;
  const changes = keys.flatMap(({ records }) => Object.values(records).flatMap((state) => ('since' in state ? [state.since] : [])));
  const at = versions.findIndex((version, i) => {
    const next = versions[i + 1];
    return next !== undefined && i + 2 < versions.length && !changes.some((since) => since > version.at && since <= next.at);
  });
  if (at < 0) return versions;
  return [...versions.slice(0, at), together(versions[at]!, versions[at + 1]!), ...versions.slice(at + 2)];
}

function together(older: Version, newer: Version): Version {
  return {
    ...newer,
    keyTtl: Math.max(older.keyTtl, newer.keyTtl),
    signatureTtl: Math.max(older.signatureTtl, newer.signatureTtl),
    negativeTtl: Math.max(older.negativeTtl, newer.negativeTtl),
    isSigned: older.isSigned && newer.isSigned,
    ...(older.hasUnknownTtls === true ? { hasUnknownTtls: true } : {}),
    ...(older.doubtedAt === undefined ? {} : { doubtedAt: Math.max(older.doubtedAt, newer.doubtedAt ?? 0) }),
  };
}
