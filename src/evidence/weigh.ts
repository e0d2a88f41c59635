import { sameSet } from '../../keystore/rollover/contents.ts';
import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import { published, servedOlder } from '../../keystore/rollover/observe.ts';
import { observeDs } from '../../keystore/rollover/observe-ds.ts';
import type { Note, Observation } from '../../keystore/rollover/observe-notes.ts';
import { Refusal } from '../../signer/errors.ts';
import { type KnownKey, namesOfDs } from './ds-names.ts';
import type { DsEvidenceFile, Server, ZoneEvidence, ZoneServer } from './evidence-file.ts';
import { otherKeys, type ReleasedKeys } from './served-keys.ts';

/** What a file of evidence means. */
export interface Weighed extends Observation {
  /** Of servers that gave no answer. */
  readonly silent: readonly Server[];
}

export interface WeighedZone extends Weighed {
  /** The newest version that all servers have got to. */
  readonly serial: number;
}

export interface WeighedDs extends Weighed {
  readonly agree: boolean;
  readonly keys: readonly string[];
  readonly ttl: number;
}

/** What a server that serves a release must have in its DNSKEY RRset. */
export interface KeysToServe {
  /** Undefined: no release of that serial is known. */
  readonly released: (serial: number) => ReleasedKeys | undefined;
  readonly known: readonly KnownKey[];
}

/**
 * Serials of all servers → what is published. The newest version that every server has reached is with all of them since `observed` at the latest;
 * a server that is behind what was thought to be everywhere puts that in doubt. So does one that has
 * the serial with another DNSKEY RRset: it is taken for one that has got no further than to the version before.
 * @throws Refusal evidence/server-silent, evidence/unknown-serial
 */
export function weighZone(zone: ZoneRoll, { servers, observed, zone: name }: ZoneEvidence, keys: KeysToServe): WeighedZone {
  const silent = servers.filter(({ serial }) => serial === undefined);
  if (silent.length > 0) throw silentServers(name, silent, 'an old version may be there still');
  const told = servers.map(({ serial }) => serial!);
  const newest = zone.versions.at(-1);
  const stranger = told.find((serial) => newest === undefined || isAfter(serial, newest.serial));
  if (stranger !== undefined) {
    throw new Refusal(
      'evidence/unknown-serial',
      `a server of ${name} has the serial ${stranger}; the newest release here is ${newest?.serial ?? 'none'}`,
      'find out who signs this zone besides this workspace; nothing was taken from the file',
    );
  }
  const others = servers.flatMap((server) => notesOfKeys(server, observed, keys));
  const serials = told.map((serial, i) =>
    others.some(({ server }) => server === wordsOf(servers[i]!)) ? versionBefore(zone, serial) : serial,
  );
  if (!serials.every((serial) => serial !== undefined)) return { zone, notes: others, serial: told.reduce(leastOf), silent };
  const weighed = weighSerials(zone, serials, observed);
  return { ...weighed, notes: [...others, ...weighed.notes], silent };
}

/** @param serials of all servers, none of them later than the newest version */
function weighSerials(zone: ZoneRoll, serials: readonly number[], observed: number): Omit<WeighedZone, 'silent'> {
  const reached = zone.versions.findLast(({ serial }) => serials.every((served) => !isAfter(serial, served)));
  const behind = zone.versions.filter(({ serial }) => serials.some((served) => isAfter(serial, served)));
  const oldest = serials.reduce(leastOf);
  const doubted: Observation = behind.length === 0 ? { zone, notes: [] } : servedOlder(zone, { serial: oldest, at: observed });
  if (reached === undefined)
    return {
      ...doubted,
      notes: doubted.notes.length > 0 ? doubted.notes : [{ kind: 'still-older', serial: oldest, at: observed }],
      serial: oldest,
    };
  const seen = published(doubted.zone, { serial: reached.serial, from: observed });
  return { zone: seen.zone, notes: [...doubted.notes, ...seen.notes], serial: reached.serial };
}

type OtherKeys = Extract<Note, { kind: 'other-keys' }>;

function notesOfKeys(server: ZoneServer, at: number, { released, known }: KeysToServe): readonly OtherKeys[] {
  const { serial, dnskey } = server;
  const wanted = serial === undefined || dnskey === undefined ? undefined : released(serial);
  const difference = wanted === undefined ? undefined : otherKeys(dnskey!, wanted, known);
  return difference === undefined ? [] : [{ kind: 'other-keys', serial: serial!, at, server: wordsOf(server), difference }];
}

const wordsOf = ({ name, address }: Server): string => `${name} ${address}`;

const versionBefore = ({ versions }: ZoneRoll, serial: number): number | undefined =>
  versions.findLast((version) => isAfter(serial, version.serial))?.serial;

/** DS RRsets of all servers of the parent → what is there. A server without answer is one that does not agree. @throws Refusal evidence/server-silent, evidence/form */
export function weighDs(zone: ZoneRoll, { servers, observed, zone: name }: DsEvidenceFile, known: readonly KnownKey[]): WeighedDs {
  const answers = servers.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  const silent = servers.filter(({ answer }) => answer === undefined);
  if (answers.length === 0) throw silentServers(`the parent of ${name}`, silent, 'nothing was seen');
  const sets = answers.map(({ ds }) => namesOfDs(name, ds, known));
  const keys = [...new Set(sets.flat())].sort();
  const agree = silent.length === 0 && sets.every((set) => sameSet(set, keys));
  refuseMany(name, keys.length);
  // What a silent server has is not known: neither that it has a DS nor that it lacks one.
  const everywhere = silent.length > 0 ? {} : { everywhere: keys.filter((key) => sets.every((set) => set.includes(key))) };
  const ttl = Math.max(0, ...answers.map((answer) => answer.ttl));
  const seen = observeDs(zone, { at: observed, agree, keys, ttl, ...everywhere });
  return { ...seen, silent, agree, keys, ttl };
}

/** So many different DS fit into an entry of the log, which has them twice, and more than that no parent has of one zone. */
const MOST_KEYS = 16;

function refuseMany(zone: string, count: number): void {
  if (count <= MOST_KEYS) return;
  throw new Refusal(
    'evidence/form',
    `the servers of the parent of ${zone} have ${count} different DS; ${MOST_KEYS} are the most`,
    'look at what was collected: this is no DS RRset of one zone',
  );
}

/** Serial arithmetic (RFC 1982). */
const isAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0;
const leastOf = (a: number, b: number): number => (isAfter(a, b) ? b : a);

/** Servers that a message names. */
const MOST_NAMED = 8;

function silentServers(zone: string, silent: readonly Server[], why: string): Refusal {
  const first = silent.slice(0, MOST_NAMED).map(({ name, address, error }) => `${name} ${address} (${error})`);
  const names = [...first, ...(silent.length > MOST_NAMED ? [`${silent.length - MOST_NAMED} more`] : [])].join(', ');
  return new Refusal(
    'evidence/server-silent',
    `${silent.length} of the servers of ${zone} gave no answer: ${names}; ${why}`,
    'look again when all of them answer, or take the server out of the zone first',
  );
}

/** An observation in words, with the tags that people know. */
export function noteText(note: Note, nameOf: (key: string) => string): string {
  switch (note.kind) {
    case 'published':
      return `serial ${note.serial} is with all servers`;
    case 'known':
      return `serial ${note.serial}: nothing new`;
    case 'unknown-serial':
      return `serial ${note.serial} is of no version that still matters`;
    case 'before-made':
      return `serial ${note.serial} was seen ${note.made - note.from} s before it was made: one of the two clocks is wrong`;
    case 'still-older':
      return `some server still has serial ${note.serial}`;
    case 'went-back':
      return `a server went back to ${note.older}: that ${note.serial} is everywhere is not taken for granted any more`;
    case 'other-keys':
      return `${note.server} has serial ${note.serial}, and not the DNSKEY RRset of that release: it ${note.difference}`;
    case 'ds-changed':
      return `all servers of the parent have ${setText(note.keys, nameOf)}`;
    case 'ds-same':
      return `all servers of the parent still have ${setText(note.keys, nameOf)}`;
    case 'ds-mixed':
      return 'the servers of the parent do not agree, or not all answered: their time begins anew';
    case 'ds-reordered':
      return `it is ${note.last - note.at} s older than the last observation, and its DS are not used`;
    case 'ds-ttl':
      return `caches may hold the DS with a TTL of ${note.ttl}, which is more than was known`;
    case 'ds-disputed':
      return 'it contradicts another observation: the DS was not the same without a break, and its time begins anew';
    case 'ds-vanished':
      return `the DS of ${nameOf(note.key)} is gone, which was thought to be in all caches`;
    case 'ds-unasked':
      return `the DS of ${nameOf(note.key)} is there, and nobody asked for it`;
    case 'ds-unknown':
      return note.key.startsWith('?')
        ? `the DS ${note.key.slice(1)} is of no key of the zone`
        : `the DS of ${nameOf(note.key)} is there, and that key was destroyed`;
    default:
      return note satisfies never;
  }
}

const setText = (keys: readonly string[], nameOf: (key: string) => string): string =>
  keys.length === 0 ? 'no DS' : `the DS of ${keys.map(nameOf).join(', ')}`;
