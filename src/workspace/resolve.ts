import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyOnToken } from '../../keystore/key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { isInRange } from '../../keystore/tag-range.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { note } from '../io.ts';
import { resolveDestruction } from '../keys/resolve-destruction.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { clearStaging, pointCurrent } from '../release/release-folder.ts';
import type { OpenIntent, OpenSession } from '../state/state.ts';
import { keysBeside, nameInHistory, tagsOf } from './key-tags.ts';
import { keySelector, loggedKey } from './logged-key.ts';
import { zoneFolder } from './paths.ts';
import type { Session } from './session.ts';

/** Characters of a message that an entry takes. */
const TEXT_LIMIT = 1000;

/** What was found out about an intent. */
type Resolution = Pick<EntryData['intent.resolved'], 'outcome' | 'found' | 'key'>;

/**
 * After a crash: every act that was begun and has no result is resolved by looking at the token and the disk, told, and logged.
 * @param before the session that did not live to close
 */
export async function resolveIntents(session: Session, before: OpenSession | undefined): Promise<void> {
  if (before !== undefined) note(session.io, `the session of coldsign ${before.command} at ${before.time} was interrupted`);
  for (const intent of releasesFirst(Object.values(session.state.intents))) {
    // The release that carries a step out has taken it along.
    if (session.state.intents[intent.seq] === undefined) continue;
    const resolution = await resolveIfInReach(session, intent);
    if (resolution === undefined) continue;
    session.append('intent.resolved', { intent: intent.seq, ...resolution });
    note(session.io, `${intent.type.replace('.intent', '')} of ${intent.time} is ${resolution.outcome}: ${resolution.found}`);
  }
  clearStaging(session.paths);
}

/** Whether a step of a rollover has happened is told by the release that carries it out. */
function releasesFirst(intents: readonly OpenIntent[]): readonly OpenIntent[] {
  return [...intents.filter(({ type }) => type === 'release.intent'), ...intents.filter(({ type }) => type !== 'release.intent')];
}

/** A token that is not there must not stop what does not need it: the intent stays open, and the next command asks again. */
async function resolveIfInReach(session: Session, intent: OpenIntent): Promise<Resolution | undefined> {
  try {
    return await resolve(session, intent);
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    note(
      session.io,
      `warning: ${intent.type.replace('.intent', '')} of ${intent.time} stays open until its token can be asked: ${error.message}`,
    );
    return undefined;
  }
}

function isOutOfReach(error: unknown): error is Refusal | Fault {
  return (error instanceof Refusal || error instanceof Fault) && /^(?:token|pin)\/|^policy\/no-token$/.test(error.code);
}

async function resolve(session: Session, intent: OpenIntent): Promise<Resolution> {
  switch (intent.type) {
    case 'key.generate.intent':
      return resolveKey(session, intent.data as EntryData['key.generate.intent']);
    case 'key.destroy.intent':
      return resolveDestruction(session, intent.data as EntryData['key.destroy.intent']);
    case 'key.restore.intent':
      return resolveRestoration(session, intent.data as EntryData['key.restore.intent']);
    case 'release.intent':
      return resolveRelease(session, intent.data as EntryData['release.intent']);
    case 'sign.intent': {
      const { zone, serial } = intent.data as EntryData['sign.intent'];
      return {
        outcome: 'abandoned',
        found: `no release of ${zone} ${serial} was made; what was signed for it is not published, unless a later release takes it over`,
      };
    }
    case 'roll.step.intent': {
      const { zone } = intent.data as EntryData['roll.step.intent'];
      return { outcome: 'abandoned', found: `no release of ${zone} has carried it out; the keys are as they were` };
    }
    default:
      throw new RangeError(`${intent.type} is no intent`);
  }
}

/** The token tells whether the key was made: one key under the label that was not there before, and that is as good as a key that was made whole. */
async function resolveKey(session: Session, data: EntryData['key.generate.intent']): Promise<Resolution> {
  const place = await freshKeys(session, data);
  if (typeof place === 'string') return { outcome: 'abandoned', found: place };
  const { keystore, fresh } = place;
  const only = fresh[0]!;
  if (fresh.length > 1) {
    const ids = fresh.map(({ id }) => toHex(id)).join(', ');
    return { outcome: 'abandoned', found: `the token has ${fresh.length} new keys "${data.label}" (CKA_ID ${ids}); none of them is used` };
  }
  const key: LoggedKey = loggedKey(only, data, keystore.token.serial);
  const found = `the token has the key ${key.keyTag} "${data.label}" (CKA_ID ${key.id})`;
  const flaw = flawOf(only, key, data, session) ?? (await failureOf(keystore, key));
  return flaw === undefined
    ? { outcome: 'completed', found, key }
    : { outcome: 'abandoned', found: `${found}, which is not used: ${flaw}` };
}

/**
 * The token of the role on which the key was to be made, with the keys that are new there. Copies of a token have its serial number too.
 * @returns text where there are none
 * @throws Refusal, Fault token/…, pin/… where a token that may have it cannot be asked
 */
async function freshKeys(
  session: Session,
  { token, serial, zone, label, before }: EntryData['key.generate.intent'],
): Promise<{ readonly keystore: Keystore; readonly fresh: readonly KeyOnToken[] } | string> {
  const known = [...before, ...keysOf(session, zone).map(({ id }) => id)];
  const isNew = (key: KeyOnToken): boolean => key.label === label && key.publicKey !== undefined && !known.includes(toHex(key.id));
  const others: string[] = [];
  const failures: unknown[] = [];
  for (const replica of session.tokens.replicas(token as TokenRole)) {
    try {
      const keystore = await replica.open();
      if (serial !== undefined && keystore.token.serial !== serial) {
        others.push(keystore.token.serial);
        continue;
      }
      const fresh = (await keystore.listKeys()).filter(isNew);
      if (fresh.length > 0) return { keystore, fresh };
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  if (others.length < session.tokens.replicas(token as TokenRole).length) return `the token has no new key "${label}"`;
  return `it was to be made on the token ${serial}, and the role ${token} has the token ${others.join(', ')} now; a key "${label}" on the former is not used`;
}

const keysOf = ({ state }: Session, zone: string): readonly LoggedKey[] => state.zones[zone]?.keys ?? [];

/** What `generate` would have thrown the key away for, or refused it for, had it come so far. */
function flawOf(
  { attestation }: KeyOnToken,
  key: LoggedKey,
  { wrappable = false, avoidTags = [] }: EntryData['key.generate.intent'],
  { state, config }: Session,
): string | undefined {
  if (attestation.extractable === true && !wrappable) return 'the token reports it as extractable';
  // A private key that is not extractable is not revealed either way (PKCS#11 2.40 4.9), and some tokens report all as not sensitive.
  if (attestation.sensitive === false && attestation.extractable !== false) return 'the token reports it as not sensitive';
  const tags = tagsOf(key);
  const same = keysBeside(state, config, key.zone).find((other) => tagsOf(other).some((tag) => tags.includes(tag)));
  if (same !== undefined) return `its key tag is also that of the ${nameInHistory(same)}, as it is or when revoked`;
  const taken = tags.find((tag) => avoidTags.includes(tag));
  if (taken !== undefined) return `its key tag, as it is or when revoked, is ${taken}, which was to be avoided`;
  const range = config.policies[config.zones[key.zone]?.policy ?? '']?.keyTagRange;
  if (range === undefined || isInRange(Buffer.from(key.dnskey, 'base64'), range)) return undefined;
  return `its key tags ${tags.join(' and ')} are not both in key-tag-range ${range.low}-${range.high}`;
}

/** It is opened as for signing: shape, algorithm, and a trial signature. What fails of the token itself is no verdict about the key. */
async function failureOf(keystore: Keystore, key: LoggedKey): Promise<string | undefined> {
  try {
    await keystore.openSigningKey(keySelector(key));
    return undefined;
  } catch (error) {
    if ((error instanceof Refusal || error instanceof Fault) && /^(key|sign)\//.test(error.code)) return error.message.slice(0, TEXT_LIMIT);
    throw error;
  }
}

/** How many keys got to the token is not known: all of them are restored ones from now on, which is true of each that is there. */
function resolveRestoration(session: Session, { method, keys, token, sha256, reason }: EntryData['key.restore.intent']): Resolution {
  session.append('key.restored', { method, keys, token, sha256, reason: `${reason} (interrupted)` });
  const found = `keys of the backup ${sha256.slice(0, 16)} may be on the token ${token.label} (serial ${token.serial}); coldsign key list --live tells which`;
  return { outcome: 'completed', found };
}

/** The disk tells whether the release was made: its MANIFEST stands under its name, or it does not. */
function resolveRelease(session: Session, { release }: EntryData['release.intent']): Resolution {
  const apex = parseName(release.zone);
  const folder = join(session.paths.releases, zoneFolder(apex), `${release.serial}`);
  const path = join(folder, RELEASE_FILES.manifest);
  if (!existsSync(path)) return { outcome: 'abandoned', found: `${folder} does not exist` };
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== release.manifest) return { outcome: 'abandoned', found: `${path} has the sha256 ${found}, not ${release.manifest}` };
  pointCurrent(session.paths, apex, release.serial);
  return { outcome: 'completed', found: `${folder} is complete` };
}
