import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyOnToken } from '../../keystore/key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { fromHex, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import { note } from '../io.ts';
import { resolveDestruction } from '../keys/resolve-destruction.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { clearStaging, pointCurrent } from '../release/release-folder.ts';
import type { OpenIntent, OpenSession } from '../state/state.ts';
import { loggedKey } from './logged-key.ts';
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
  for (const intent of Object.values(session.state.intents)) {
    const resolution = await resolve(session, intent);
    session.append('intent.resolved', { intent: intent.seq, ...resolution });
    note(session.io, `${intent.type.replace('.intent', '')} of ${intent.time} is ${resolution.outcome}: ${resolution.found}`);
  }
  clearStaging(session.paths);
}

async function resolve(session: Session, intent: OpenIntent): Promise<Resolution> {
  switch (intent.type) {
    case 'key.generate.intent':
      return resolveKey(session, intent.data as EntryData['key.generate.intent']);
    case 'key.destroy.intent':
      return resolveDestruction(session, intent.data as EntryData['key.destroy.intent']);
    case 'release.intent':
      return resolveRelease(session, intent.data as EntryData['release.intent']);
    case 'sign.intent': {
      const { zone, serial } = intent.data as EntryData['sign.intent'];
      return {
        outcome: 'abandoned',
        found: `no release of ${zone} ${serial} was made; what was signed for it is not published, unless a later release takes it over`,
      };
    }
    default:
      throw new RangeError(`${intent.type} is no intent`);
  }
}

/** The token tells whether the key was made: one key under the label that was not there before, and that is as good as a key that was made whole. */
async function resolveKey(session: Session, data: EntryData['key.generate.intent']): Promise<Resolution> {
  const keystore = await session.tokens.keystore(data.token as 'ksk' | 'zsk');
  if (data.serial !== undefined && data.serial !== keystore.token.serial) {
    const found = `it was to be made on the token ${data.serial}, and the role ${data.token} has the token ${keystore.token.serial} now; a key "${data.label}" on the former is not used`;
    return { outcome: 'abandoned', found };
  }
  const known = [...data.before, ...keysOf(session, data.zone).map(({ id }) => id)];
  const fresh = (await keystore.listKeys()).filter(
    ({ label, id, publicKey }) => label === data.label && publicKey !== undefined && !known.includes(toHex(id)),
  );
  const [only] = fresh;
  if (only === undefined) return { outcome: 'abandoned', found: `the token has no new key "${data.label}"` };
  if (fresh.length > 1) {
    const ids = fresh.map(({ id }) => toHex(id)).join(', ');
    return { outcome: 'abandoned', found: `the token has ${fresh.length} new keys "${data.label}" (CKA_ID ${ids}); none of them is used` };
  }
  const key: LoggedKey = loggedKey(only, data, keystore.token.serial);
  const found = `the token has the key ${key.keyTag} "${data.label}" (CKA_ID ${key.id})`;
  const flaw = flawOf(only, key, keysOf(session, data.zone)) ?? (await failureOf(keystore, key));
  return flaw === undefined
    ? { outcome: 'completed', found, key }
    : { outcome: 'abandoned', found: `${found}, which is not used: ${flaw}` };
}

const keysOf = ({ state }: Session, zone: string): readonly LoggedKey[] => state.zones[zone]?.keys ?? [];

/** What `generate` would have thrown the key away for, or refused it for, had it come so far. */
function flawOf({ attestation }: KeyOnToken, key: LoggedKey, others: readonly LoggedKey[]): string | undefined {
  if (attestation.extractable === true) return 'the token reports it as extractable';
  if (attestation.sensitive === false) return 'the token reports it as not sensitive';
  const tags = tagsOf(key);
  const same = others.find((other) => tagsOf(other).some((tag) => tags.includes(tag)));
  return same === undefined
    ? undefined
    : `its key tag is also that of the ${same.role.toUpperCase()} ${same.keyTag}, as it is or when revoked`;
}

function tagsOf({ dnskey }: LoggedKey): readonly number[] {
  const rdata = Buffer.from(dnskey, 'base64');
  return [keyTag(rdata), revokedKeyTag(rdata)];
}

/** It is opened as for signing: shape, algorithm, and a trial signature. What fails of the token itself is no verdict about the key. */
async function failureOf(keystore: Keystore, { id, label, role, algorithm, dnskey }: LoggedKey): Promise<string | undefined> {
  try {
    const uri = { id: fromHex(id)!, object: label };
    await keystore.openSigningKey({ uri, role, algorithm, expected: Buffer.from(dnskey, 'base64') });
    return undefined;
  } catch (error) {
    if ((error instanceof Refusal || error instanceof Fault) && /^(key|sign)\//.test(error.code)) return error.message.slice(0, TEXT_LIMIT);
    throw error;
  }
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
