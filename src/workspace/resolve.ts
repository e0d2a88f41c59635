import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { EntryData, LoggedKey } from '../audit/entry.ts';
import { note } from '../io.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { clearStaging, pointCurrent } from '../release/release-folder.ts';
import type { OpenIntent, OpenSession } from '../state/state.ts';
import { loggedKey } from './logged-key.ts';
import { zoneFolder } from './paths.ts';
import type { Session } from './session.ts';

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
    case 'release.intent':
      return resolveRelease(session, intent.data as EntryData['release.intent']);
    case 'sign.intent': {
      const { zone, serial } = intent.data as EntryData['sign.intent'];
      return { outcome: 'abandoned', found: `no release of ${zone} ${serial} was made; signatures made for it are not published` };
    }
    default:
      throw new RangeError(`${intent.type} is no intent`);
  }
}

/** The token tells whether the key was made: one key under the label that was not there before. */
async function resolveKey(session: Session, data: EntryData['key.generate.intent']): Promise<Resolution> {
  const keystore = await session.tokens.keystore(data.token as 'ksk' | 'zsk');
  const fresh = (await keystore.listKeys()).filter(
    ({ label, id, publicKey }) => label === data.label && publicKey !== undefined && !data.before.includes(toHex(id)),
  );
  const [only] = fresh;
  if (only === undefined) return { outcome: 'abandoned', found: `the token has no new key "${data.label}"` };
  if (fresh.length > 1) {
    const ids = fresh.map(({ id }) => toHex(id)).join(', ');
    return { outcome: 'abandoned', found: `the token has ${fresh.length} new keys "${data.label}" (CKA_ID ${ids}); none of them is used` };
  }
  const key: LoggedKey = loggedKey(only, data, keystore.token.serial);
  return { outcome: 'completed', found: `the token has the key ${key.keyTag} "${data.label}" (CKA_ID ${key.id})`, key };
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
