import { Refusal } from '../../signer/errors.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Policy } from '../config/config.ts';
import { spanText } from '../config/span-text.ts';
import { readHistories } from '../keys/key-history.ts';
import { factsName } from '../state/state.ts';
import type { Session } from '../workspace/session.ts';

/**
 * Keys whose backup no drill has proved of late are not used, where the policy says so (`backup-proof-max-age`).
 * @throws Refusal key/backup-unproven, before the first signature
 */
export function refuseUnproven(session: Session, zone: string, { backupProofMaxAge: limit }: Policy, keys: readonly ZoneKey[]): void {
  if (limit === undefined) return;
  const known = session.state.zones[zone]?.keys ?? [];
  for (const { key } of keys) {
    const dnskey = Buffer.from(key.dnskey).toString('base64');
    const logged = known.find((one) => one.dnskey === dnskey);
    if (logged !== undefined) refuseKey(session, logged, limit);
  }
}

function refuseKey(session: Session, key: LoggedKey, limit: number): void {
  const { state, now } = session;
  // Lists beside the log are read only where the log alone does not settle it.
  const drilled = state.zones[key.zone]?.facts[factsName(key)]?.drilled;
  if (drilled !== undefined && ageOf(drilled.time, now) <= limit) return;
  const newest = readHistories(session)(key).drilled;
  const age = newest === undefined ? undefined : ageOf(newest.time, now);
  if (age !== undefined && age <= limit) return;
  const name = `${key.role.toUpperCase()} ${key.keyTag} of ${key.zone}`;
  const proof = newest === undefined ? 'no backup of it was ever proved' : `its backup was proved ${spanText(age!)} ago, at ${newest.time}`;
  throw new Refusal(
    'key/backup-unproven',
    `${name} must not be used: ${proof}; backup-proof-max-age is ${spanText(limit)}`,
    newest === undefined ? 'coldsign key backup --output FILE, then coldsign key drill FILE' : 'coldsign key drill FILE with its backup',
  );
}

const ageOf = (time: string, now: number): number => now - Math.floor(Temporal.Instant.from(time).epochMilliseconds / 1000);
