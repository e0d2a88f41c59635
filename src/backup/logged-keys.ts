import { type BackedKey, type BackupHeader, dnskeyOf } from '../../keystore/backup/header.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { ArtifactRef, KeyRef, LoggedKey } from '../audit/entry.ts';
import type { State } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';

/** Characters of keys that an entry takes beside its other members. */
const INLINE_CHARACTERS = 8000;

export const allKeys = (state: State): readonly LoggedKey[] => Object.values(state.zones).flatMap(({ keys }) => keys);

/** Keys of the log that are in a backup, and those of its token that are not. */
export interface Coverage {
  readonly covered: readonly LoggedKey[];
  readonly missing: readonly LoggedKey[];
}

/** Octets of a CKA_ID in hexadecimal from which on it is no number that people count up on each token: it means one key wherever it is. */
const UNIQUE_ID = 16;

/**
 * Holds a backup against the log. Names are unique on a token: a key of another token may go by the same one.
 * @throws Refusal backup/not-of-log: under the name of a key of the log it has another public key
 */
export function coverage(state: State, { keys, token }: Pick<BackupHeader, 'keys' | 'token'>): Coverage {
  const byId = Map.groupBy(keys, ({ id }) => id);
  const covered: LoggedKey[] = [];
  const missing: LoggedKey[] = [];
  for (const key of allKeys(state)) {
    const backed = (byId.get(key.id) ?? []).filter(({ label }) => label === key.label);
    if (backed.some((one) => isSame(one, key))) covered.push(key);
    else if (backed.length > 0 && (key.serial === token.serial || key.id.length >= UNIQUE_ID)) throw refuseOther(key, backed[0]!);
    else if (key.serial === token.serial) missing.push(key);
  }
  return { covered, missing };
}

/** Keys that were destroyed according to the log, and that are in the backup all the same. */
export function destroyedIn({ zones }: State, { keys }: Pick<BackupHeader, 'keys'>): readonly LoggedKey[] {
  const byId = Map.groupBy(keys, ({ id }) => id);
  const past = Object.values(zones).flatMap((zone) => zone.past);
  return past.filter((key) => (byId.get(key.id) ?? []).some((one) => isSame(one, key)));
}

/** Inline, or an artifact where they are too many for an entry. */
export function keysOfEntry(keys: readonly LoggedKey[], artifacts: ArtifactStore): readonly KeyRef[] | ArtifactRef {
  const refs = keys.map(({ zone, keyTag: tag, id }) => ({ zone, keyTag: tag, id }));
  const text = JSON.stringify(refs);
  return text.length <= INLINE_CHARACTERS ? refs : artifacts.put(new TextEncoder().encode(`${text}\n`), 'keys');
}

/** The public key decides; the algorithm is part of what the zone publishes. */
function isSame({ algorithm, publicKey }: BackedKey, { role, algorithm: logged, dnskey }: LoggedKey): boolean {
  return algorithm === logged && Buffer.from(dnskeyOf({ role, algorithm, publicKey })).toString('base64') === dnskey;
}

function refuseOther(key: LoggedKey, backed: BackedKey): Refusal {
  const rdata = dnskeyOf({ ...backed, role: key.role });
  const show = (octets: Uint8Array): string => `tag ${keyTag(octets)}, public key ${toHex(octets.subarray(4, 12))}…`;
  return new Refusal(
    'backup/not-of-log',
    `the ${key.role.toUpperCase()} of ${key.zone} with the CKA_ID ${key.id || '(none)'}, "${key.label}", has ${show(rdata)} in the backup, ${show(Buffer.from(key.dnskey, 'base64'))} in the log`,
    'this is a backup of other keys; do not use it here',
  );
}
