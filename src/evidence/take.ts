import type { KeyName, ZoneRoll } from '../../keystore/rollover/model.ts';
import { isContradiction, type Note } from '../../keystore/rollover/observe-notes.ts';
import { Refusal } from '../../signer/errors.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { changeOf } from '../rollover/roll-change.ts';
import { keyText } from '../rollover/roll-text.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { NewData, Session } from '../workspace/session.ts';
import type { KnownKey } from './ds-names.ts';
import { earlyDsText } from './early-ds.ts';
import { type Evidence, parseEvidence, type Server } from './evidence-file.ts';
import { type ReleasedKeys, releasedKeys } from './served-keys.ts';
import { type KeysToServe, noteText, weighDs, weighZone } from './weigh.ts';

export interface TakenEvidence {
  readonly zone: string;
  readonly kind: Evidence['kind'];
  readonly observed: number;
  readonly notes: readonly string[];
  /** Of them, those that contradict what was known. */
  readonly contradictions: readonly string[];
}

export interface EvidenceWish {
  readonly octets: Uint8Array;
  /** Name of the file. */
  readonly name: string;
  /** Why servers of the last file are missing in this one. */
  readonly serversChanged: string | undefined;
}

/**
 * A file of evidence → artifact, entry, states. A contradiction is in the log like everything that was seen; what follows from it stands still.
 * @throws Refusal evidence/…, workspace/unknown-zone
 */
export function takeEvidence(session: Session, { octets, name, serversChanged }: EvidenceWish): TakenEvidence {
  const evidence = parseEvidence(octets, name, session.now);
  const { name: zone } = zoneOf(session.config, evidence.zone);
  const fewer = fewerServers(session, zone, evidence, serversChanged);
  const before = zoneRollOf(session.state, zone);
  const nameOf = keyNames(before);
  const { kind, observed, servers } = evidence;
  const told = (notes: readonly Note[]): readonly string[] =>
    notes.slice(0, MOST_NOTES).map((note) => noteText(note, nameOf).slice(0, 200));
  const exception: readonly NewData[] =
    fewer === undefined
      ? []
      : [
          [
            'exception.opened',
            { rule: 'servers-changed', zone, serial: before.versions.at(-1)?.serial ?? 0, reason: serversChanged!, text: fewer },
          ],
        ];
  let notes: readonly Note[];
  if (evidence.kind === 'zone') {
    const weighed = weighZone(before, evidence, keysToServe(session, zone));
    notes = weighed.notes;
    const artifact = session.artifacts.put(octets, name);
    const data = {
      zone,
      serial: weighed.serial,
      from: observed,
      source: 'evidence',
      servers: servers.length,
      notes: told(notes),
      artifact,
    } as const;
    session.appendAll([...exception, ['zone.observed', { ...data, change: changeOf(before, weighed.zone) }]]);
  } else {
    const weighed = weighDs(before, evidence, knownKeys(session, zone));
    notes = weighed.notes;
    const { agree, keys, ttl } = weighed;
    const artifact = session.artifacts.put(octets, name);
    const data = {
      zone,
      at: observed,
      agree,
      keys,
      ttl,
      source: 'evidence',
      servers: servers.length,
      notes: told(notes),
      artifact,
    } as const;
    session.appendAll([...exception, ['ds.observed', { ...data, change: changeOf(before, weighed.zone) }]]);
  }
  const early = evidence.kind === 'ds' ? earlyDsText(zone, zoneRollOf(session.state, zone)) : undefined;
  const advice = early === undefined ? [] : [early];
  return { zone, kind, observed, notes: [...told(notes), ...advice], contradictions: [...told(notes.filter(isContradiction)), ...advice] };
}

/** `KSK 4711`, by which people know a key. */
export const keyNames =
  (zone: ZoneRoll): ((key: KeyName) => string) =>
  (key) =>
    keyText(zone, key);

/** All keys of the zone that the parent may have a DS of: those that were destroyed too, and those of other operators. */
function knownKeys({ state }: Session, zone: string): readonly KnownKey[] {
  const { keys = [], past = [], roll } = state.zones[zone] ?? {};
  const own = [...keys, ...past].map((key) => ({ name: nameOfKey(key), dnskey: Buffer.from(key.dnskey, 'base64') }));
  const foreign = (roll?.keys ?? []).flatMap(({ name, dnskey }) =>
    dnskey === undefined ? [] : [{ name, dnskey: Buffer.from(dnskey, 'base64') }],
  );
  return [...own, ...foreign];
}

/** The newest release of a serial says what its DNSKEY RRset is. */
function keysToServe(session: Session, zone: string): KeysToServe {
  const releases = session.state.zones[zone]?.releases ?? [];
  const bySerial = new Map<number, ReleasedKeys>();
  const released = (serial: number): ReleasedKeys | undefined => {
    const release = releases.findLast((one) => one.serial === serial);
    if (release !== undefined && !bySerial.has(serial))
      bySerial.set(serial, releasedKeys(session.artifacts.get({ sha256: release.manifest, name: 'MANIFEST' })));
    return bySerial.get(serial);
  };
  return { released, known: knownKeys(session, zone) };
}

/**
 * Every server that was asked before is asked again: the one that is left out may be the one that has the old version.
 * @returns which ones are missing, where that is said to be right
 * @throws Refusal evidence/server-missing
 */
function fewerServers(session: Session, zone: string, evidence: Evidence, serversChanged: string | undefined): string | undefined {
  const last = session.state.zones[zone]?.evidence?.[evidence.kind];
  if (last === undefined) return undefined;
  const { servers } = parseEvidence(session.artifacts.get(last), last.name, evidence.observed + LONG);
  const words = ({ name, address }: Server): string => `${name} ${address}`;
  const now = new Set(evidence.servers.map(words));
  const missing = servers.map(words).filter((server) => !now.has(server));
  if (missing.length === 0) return undefined;
  const text =
    `${evidence.servers.length} servers were asked, and of the ${servers.length} of the last time ${missing.slice(0, 8).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`.slice(
      0,
      MOST_TEXT,
    );
  if (serversChanged !== undefined) return text;
  throw new Refusal('evidence/server-missing', text, 'ask all of them; if the servers have changed, say so with --servers-changed REASON');
}

/** A file that was taken once was not from the future then. */
const LONG = 100 * 365 * 86_400;
const MOST_NOTES = 8;
/** Characters of a sentence that an entry takes. */
const MOST_TEXT = 1000;
