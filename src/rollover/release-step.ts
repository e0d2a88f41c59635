import { createHash } from 'node:crypto';
import { type Move, RECORDS, type Roll, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { start } from '../../keystore/rollover/start.ts';
import { Refusal } from '../../signer/errors.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import type { ZoneConfig } from '../config/config.ts';
import { factsName, type State } from '../state/state.ts';
import { introducedKeys } from '../state/zone-rolls.ts';
import type { Session } from '../workspace/session.ts';
import { changeOf, type RollChange } from './roll-change.ts';
import { rollRulesOf, type ZoneTtls } from './roll-rules.ts';
import { zoneRollOf } from './zone-roll.ts';

/** What a release does to the rollover of its zone. */
export interface ReleaseStep {
  /** As it is when the release stands. */
  readonly zone: ZoneRoll;
  /** When the version is made: records that it brings are new since then. */
  readonly made: number;
  /** Absent: the states stay as they are, for the zone is only signed again. */
  readonly moves?: readonly Move[];
  readonly change?: RollChange;
  /** A rollover that begins with it. */
  readonly started?: EntryData['roll.started'];
}

/**
 * What a zone that is signed (again) is signed with: the states on record, which are never advanced by it. A zone that has no version yet begins
 * with its first signing, for which there is nothing to wait (RFC 7583 3.3.5); a zone that comes from another signer with what it had there. One
 * that has gone insecure stays unsigned: only `roll start --first-signing` gives it keys again.
 * @throws Refusal key/none, roll/…
 */
export function stepOfSigning(session: Session, zone: ZoneConfig): ReleaseStep {
  const { state } = session;
  const made = nextVersionTime(state, zone.name, session.now);
  const known = zoneRollOf(state, zone.name);
  const last = state.zones[zone.name]?.releases.at(-1);
  if (last?.kind !== 'unsigned') refuseKeyless(state, zone.name);
  if (last !== undefined) return { zone: known, made };
  const imported = importedKeys(state, zone.name);
  if (imported.length > 0) {
    refuseHalf(zone.name, imported);
    return takenOver(known, introducedKeys({ ...state.zones[zone.name]!, keys: imported }, made), made);
  }
  if (known.roll !== undefined && hasItsNewKeys(known)) return firstVersion(known, made);
  const call = { id: (state.zones[zone.name]?.rolls ?? 0) + 1, now: session.now, reason: 'first signing' };
  const begun = start(unbegun(known), rollRulesOf(session.config, zone, ttlsOf(known)), { kind: 'first-signing' }, call);
  return { ...firstVersion(begun, made), started: startedEntry(zone.name, known, begun) };
}

const hasItsNewKeys = ({ roll, keys }: ZoneRoll): boolean => roll?.new.every((name) => keys.some((key) => key.name === name)) ?? false;

/** A first signing that was refused has published nothing: when its keys are gone, it begins anew with those that there are. */
function unbegun(zone: ZoneRoll): ZoneRoll {
  return zone.roll === undefined ? zone : { ...zone, roll: undefined, links: [], keys: zone.keys.map((key) => ({ ...key, goals: {} })) };
}

/** The log has the keys that are taken over as a step, whatever was known of them before: from evidence, or by a first signing that was refused. */
function takenOver(known: ZoneRoll, after: ZoneRoll, made: number): ReleaseStep {
  const moves = after.keys.flatMap((key) =>
    RECORDS[key.role]
      .filter((record) => key.goals[record] === 'omnipresent')
      .map((record): Move => ({ kind: 'record', key: key.name, record, to: 'rumoured' })),
  );
  return { zone: after, made, moves, change: changeOf(known, after) };
}

/** The entry that says how `after` came from `before`; `after` has a rollover. */
export function startedEntry(zone: string, before: ZoneRoll, after: ZoneRoll, approvals?: readonly string[]): EntryData['roll.started'] {
  const { roll: _roll, ...change } = changeOf(before, after);
  return { zone, roll: after.roll as Roll, change, ...(approvals === undefined ? {} : { approvals }) };
}

/** Everything is published and signs at once; only the DS waits. */
function firstVersion(zone: ZoneRoll, made: number): ReleaseStep {
  const moves = zone.keys.flatMap((key) =>
    RECORDS[key.role]
      .filter((record) => record !== 'ds' && key.goals[record] === 'omnipresent')
      .map((record): Move => ({ kind: 'record', key: key.name, record, to: 'rumoured' })),
  );
  const isIn = (name: string, record: string): boolean =>
    moves.some((move) => move.kind === 'record' && move.key === name && move.record === record);
  const keys = zone.keys.map((key) => ({
    ...key,
    records: {
      ...key.records,
      ...Object.fromEntries(
        RECORDS[key.role]
          .filter((record) => isIn(key.name, record))
          .map((record) => [record, { kind: 'rumoured', since: made, from: 'awaited' } as const]),
      ),
    },
    activeSince: key.role === 'zsk' ? made : key.activeSince,
  }));
  const after = { ...zone, keys };
  return { zone: after, made, moves, change: changeOf(zone, after) };
}

/** No two versions of a zone are made in one second: records are told apart by it. */
export function nextVersionTime(state: State, zone: string, now: number): number {
  const last = state.zones[zone]?.roll?.versions.at(-1);
  return last === undefined ? now : Math.max(now, last.at + 1);
}

/** TTLs of the newest version; undefined: there is none, or caches may have one whose TTLs nobody knows, and the most that the policy allows counts. */
export function ttlsOf({ versions }: Pick<ZoneRoll, 'versions'>): ZoneTtls | undefined {
  const last = versions.at(-1);
  const isUnknown = versions.some(({ hasUnknownTtls }) => hasUnknownTtls === true);
  return last === undefined || isUnknown ? undefined : { signature: last.signatureTtl, negative: last.negativeTtl };
}

export function stepEntry(zone: string, moves: readonly Move[], change: RollChange): EntryData['roll.step.intent'] {
  return { zone, plan: createHash('sha256').update(JSON.stringify(moves)).digest('hex'), moves, change };
}

/** Keys that another signer has published. What was generated beside them was never published, and comes by a rollover. */
function importedKeys(state: State, zone: string): LoggedKey[] {
  const { keys = [], facts = {} } = state.zones[zone] ?? {};
  return keys.filter((key) => facts[factsName(key)]?.imported !== undefined);
}

/**
 * A new key that signs at once, beside one that caches know, is bogus for those that hold the DNSKEY RRset of the other signer.
 * @throws Refusal roll/import-incomplete
 */
function refuseHalf(zone: string, keys: readonly LoggedKey[]): void {
  const roles = keys.map(({ role }) => role);
  const missing = roles.includes('csk') ? undefined : (['ksk', 'zsk'] as const).find((role) => !roles.includes(role));
  if (missing === undefined) return;
  throw new Refusal(
    'roll/import-incomplete',
    `${zone} has imported keys (${keys.map(({ role, keyTag }) => `${role.toUpperCase()} ${keyTag}`).join(', ')}) and no imported ${missing.toUpperCase()}: what caches hold of the other signer would not fit to what is signed here`,
    `import the ${missing.toUpperCase()} that the zone is signed with (coldsign key import), then replace it by a rollover`,
  );
}

function refuseKeyless(state: State, zone: string): void {
  if ((state.zones[zone]?.keys ?? []).length > 0) return;
  throw new Refusal('key/none', `${zone} has no keys in this workspace`, `make them: coldsign key generate --zone ${zone}`);
}
