import type { KeyOnToken } from '../../keystore/key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { tokenName } from '../../keystore/pkcs11/token-refusal.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { note } from '../io.ts';
import { keysBeside, nameInHistory, tagsOf } from '../workspace/key-tags.ts';
import { loggedKey } from '../workspace/logged-key.ts';
import type { NewData, Session } from '../workspace/session.ts';
import type { KeyClaim } from './claims/claim.ts';
import { type MatchedKey, matchClaim, roleOfClaim } from './match-claim.ts';

export interface AdoptionWish {
  readonly zone: string;
  readonly claims: readonly KeyClaim[];
  /** In place of what the source says. */
  readonly role?: KeyRole;
  readonly model: 'ksk-zsk' | 'csk';
  /** Why keys are adopted that could have left a token: without it, they are not. */
  readonly acceptExtractable?: string;
}

/**
 * Keys that other programs have made, taken over as they are: found by public key, proved by a trial signature, their tags held against all that
 * the zone has had. All of them or none. The token is not changed.
 * @returns the keys that the log did not have yet
 * @throws Refusal key/not-found, key/ambiguous, key/mismatch, key/tag-taken, key/was-destroyed, key/extractable-import; Fault sign/bad-signature
 */
export async function adoptKeys(session: Session, wish: AdoptionWish): Promise<readonly LoggedKey[]> {
  const adopted: { readonly key: LoggedKey; readonly entry: NewData }[] = [];
  for (const claim of wish.claims) {
    const role = roleOfClaim(claim, wish.role, wish.model);
    const tokenRole = role === 'zsk' ? 'zsk' : 'ksk';
    const keystore = await session.tokens.keystore(tokenRole);
    const matched = matchClaim(claim, role, wish.zone, await keystore.listKeys(), tokenName(keystore.token));
    const { key: onToken, dnskey } = matched;
    const purpose = { zone: wish.zone, role, algorithm: claim.algorithm, label: onToken.label, token: tokenRole };
    const key = loggedKey({ id: onToken.id, publicKey: dnskey.subarray(4) }, purpose, keystore.token.serial);
    if (isKnown(session, key)) {
      note(session.io, `${nameOf(key)} is in the log already`);
      continue;
    }
    refuseTaken(session, key, adopted);
    const reason = exposureReason(onToken, key, wish.acceptExtractable);
    await prove(keystore, matched);
    const entry: NewData = ['key.imported', { key, from: claim.from, ...(reason === undefined ? {} : { reason }) }];
    adopted.push({ key, entry });
  }
  if (adopted.length > 0) session.appendAll(adopted.map(({ entry }) => entry));
  return adopted.map(({ key }) => key);
}

/** Opened as for signing: shape, algorithm, public key, and one signature that is verified. */
async function prove(keystore: Keystore, { claim, role, key, dnskey }: MatchedKey): Promise<void> {
  const uri = key.id.length > 0 ? { id: key.id, object: key.label } : { object: key.label };
  await keystore.openSigningKey({ uri, role, algorithm: claim.algorithm, expected: dnskey });
}

function isKnown({ state }: Session, key: LoggedKey): boolean {
  return (state.zones[key.zone]?.keys ?? []).some(({ dnskey, id }) => dnskey === key.dnskey && id === key.id);
}

/**
 * RFC 4034 appendix B, RFC 5011: key tags, with and without REVOKE, must tell the keys of zone and parent apart, those that are gone as well.
 * One key that both share is no other key.
 */
function refuseTaken({ state, config }: Session, key: LoggedKey, adopted: readonly { readonly key: LoggedKey }[]): void {
  const { keys = [], past = [] } = state.zones[key.zone] ?? {};
  const again = past.find(({ dnskey }) => dnskey === key.dnskey);
  if (again !== undefined) {
    throw new Refusal(
      'key/was-destroyed',
      `${nameOf(key)} was destroyed according to the log, and is on the token ${key.serial}`,
      'find out where this copy comes from; a destroyed key is not used again',
    );
  }
  const others = [...keys, ...adopted.map(({ key: other }) => other)];
  const twin = others.find((other) => samePublicKey(other, key));
  if (twin !== undefined) {
    throw new Refusal(
      'key/two-roles',
      `${nameOf(key)} is the same key as the ${twin.role.toUpperCase()} ${twin.keyTag} of this zone, whose flags are others`,
      'a key with both roles is a CSK: adopt it with --role csk and its DNSKEY of flags 257 alone',
    );
  }
  const tags = tagsOf(key);
  const beside = keysBeside(state, config, key.zone).filter(({ dnskey }) => dnskey !== key.dnskey);
  const same = [...others, ...beside].find((other) => tagsOf(other).some((tag) => tags.includes(tag)));
  if (same === undefined) return;
  throw new Refusal(
    'key/tag-taken',
    `${nameOf(key)}: its key tag, as it is or when revoked, is also that of the ${nameInHistory(same)}`,
    'nobody can tell the two apart by their tags: make a new key with coldsign key generate instead',
  );
}

function samePublicKey(a: LoggedKey, b: LoggedKey): boolean {
  const field = ({ dnskey }: LoggedKey): Uint8Array => Buffer.from(dnskey, 'base64').subarray(4);
  return a.algorithm === b.algorithm && equalBytes(field(a), field(b));
}

/** @returns the reason to be logged; undefined for a key that has always been shut in, as far as the token says */
function exposureReason({ attestation }: KeyOnToken, key: LoggedKey, reason: string | undefined): string | undefined {
  const why =
    attestation.extractable === true
      ? 'the token reports it as extractable'
      : attestation.sensitive === false
        ? 'the token reports it as not sensitive'
        : undefined;
  if (why === undefined) return undefined;
  if (reason !== undefined) return `${why}: ${reason}`;
  throw new Refusal(
    'key/extractable-import',
    `${nameOf(key)} is not adopted: ${why}, so copies of it may be elsewhere`,
    'roll over to a new key, or adopt it until then: --accept-extractable --reason TEXT',
  );
}

function nameOf({ zone, role, keyTag: tag, algorithm }: LoggedKey): string {
  return `${role.toUpperCase()} ${tag} of ${zone}, algorithm ${algorithmLabel(algorithm)},`;
}
