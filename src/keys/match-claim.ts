import { flagsOfRole, type KeyOnToken, shapeFits } from '../../keystore/key.ts';
import { equalBytes, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { DIGEST, dnskeyFlags, dnskeyRdata, dsRdata, FLAG, keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { KeyClaim } from './claims/claim.ts';

/** A key of a token that is the one which was claimed. */
export interface MatchedKey {
  readonly claim: KeyClaim;
  readonly role: KeyRole;
  readonly key: KeyOnToken;
  /** RDATA. */
  readonly dnskey: Uint8Array;
}

/**
 * The one key of a token that a claim is about. The public key decides: DNSKEY, else DS digest. Where the source has neither, CKA_ID or label
 * name the key and its key tag must be the one on record. A key whose public half the token does not show is taken by its name if the DNSKEY is
 * known: the trial signature then proves it.
 * @param token for messages
 * @throws Refusal key/not-found, key/ambiguous, key/mismatch
 */
export function matchClaim(claim: KeyClaim, role: KeyRole, zone: string, keys: readonly KeyOnToken[], token: string): MatchedKey {
  const fitting = keys.filter(({ shape }) => shapeFits(shape, claim.algorithm));
  const dnskeyOf = ({ publicKey }: KeyOnToken): Uint8Array | undefined =>
    publicKey === undefined ? undefined : dnskeyRdata(flagsOfRole(role), claim.algorithm, publicKey);
  const isIt = publicKeyTest(claim, zone);
  const named = fitting.filter((key) => isNamed(key, claim));
  const found =
    isIt === undefined
      ? named
      : fitting.filter((key) => {
          const dnskey = dnskeyOf(key);
          return dnskey === undefined ? claim.dnskey !== undefined && named.includes(key) : isIt(dnskey);
        });
  const [key] = found;
  if (key === undefined) throw notFound(claim, keys, named, token);
  if (found.length > 1) throw ambiguous(claim, found, token);
  const dnskey = dnskeyOf(key) ?? claim.dnskey;
  if (dnskey === undefined) throw noPublicKey(claim, key, token);
  refuseOtherTag(claim, dnskey, token);
  return { claim, role, key, dnskey };
}

/**
 * KSK, ZSK or CSK: what is asked for, else what the source says, else what the flags and the policy's key model say.
 * @throws Refusal key/role-mismatch where the flags of the DNSKEY are those of another role
 */
export function roleOfClaim(claim: KeyClaim, wanted: KeyRole | undefined, model: 'ksk-zsk' | 'csk'): KeyRole {
  const told = claim.role ?? (model === 'csk' ? 'csk' : 'ksk');
  const role = wanted ?? told;
  const flags = claim.dnskey === undefined ? flagsOfRole(told) : dnskeyFlags(claim.dnskey);
  const expected = flagsOfRole(role);
  if (flags === expected) return role;
  throw new Refusal(
    'key/role-mismatch',
    `${claim.where}: the key ${claim.keyTag ?? ''} has the flags ${flags}${(flags & FLAG.sep) === 0 ? ', a ZSK' : ''}; a ${role.toUpperCase()} has ${expected}`,
    'leave --role out, or give a file with the keys of that role alone: other flags are another DNSKEY with another key tag',
  );
}

/** @returns undefined where the source has nothing that only one public key fits */
function publicKeyTest({ dnskey: wanted, dsSha256 }: KeyClaim, zone: string): ((dnskey: Uint8Array) => boolean) | undefined {
  if (wanted !== undefined) return (dnskey) => equalBytes(dnskey.subarray(4), wanted.subarray(4));
  if (dsSha256 === undefined) return undefined;
  const apex = parseName(zone);
  return (dnskey) => toHex(dsRdata(apex, dnskey, DIGEST.sha256).subarray(4)) === dsSha256;
}

function isNamed(key: KeyOnToken, { id, label }: KeyClaim): boolean {
  if (id === undefined && label === undefined) return false;
  return (id === undefined || equalBytes(key.id, id)) && (label === undefined || key.label === label);
}

function nameText({ id, label }: KeyClaim): string {
  const parts = [...(id === undefined ? [] : [`CKA_ID ${toHex(id)}`]), ...(label === undefined ? [] : [`label "${label}"`])];
  return parts.join(' and ');
}

function claimText({ keyTag: tag, algorithm, where }: KeyClaim): string {
  return `the key ${tag === undefined ? '' : `${tag} `}of algorithm ${algorithmLabel(algorithm)} in ${where}`;
}

function notFound(claim: KeyClaim, keys: readonly KeyOnToken[], named: readonly KeyOnToken[], token: string): Refusal {
  const name = nameText(claim);
  const [other] = named;
  if (other !== undefined) {
    return new Refusal(
      'key/mismatch',
      `${claimText(claim)} is not on the ${token}: the key with ${name} there has another public key${tagText(other, claim)}`,
      'bring the key on record to this token, or correct the file; a key of the same name is not the same key',
    );
  }
  const hint = `see what is there: coldsign key list --token URI; the ${token} has ${keys.length} private ${keys.length === 1 ? 'key' : 'keys'}`;
  return new Refusal('key/not-found', `${claimText(claim)}${name === '' ? '' : `, ${name},`} is not on the ${token}`, hint);
}

function tagText({ publicKey }: KeyOnToken, { algorithm, role }: KeyClaim): string {
  if (publicKey === undefined) return ', or none that the token shows';
  return `, key tag ${keyTag(dnskeyRdata(flagsOfRole(role ?? 'ksk'), algorithm, publicKey))}`;
}

function ambiguous(claim: KeyClaim, found: readonly KeyOnToken[], token: string): Refusal {
  const names = found.map((key) => `CKA_ID ${toHex(key.id) || '(none)'} "${key.label}"`);
  const list = names.sort().join(', ');
  return new Refusal(
    'key/ambiguous',
    `${claimText(claim)} is ${found.length} private keys on the ${token}: ${list}`,
    'remove the copies with the vendor tool, or give the DNSKEY records of the keys: nothing is adopted until one key is meant',
  );
}

function noPublicKey(claim: KeyClaim, key: KeyOnToken, token: string): Refusal {
  return new Refusal(
    'key/no-public-key',
    `${claimText(claim)}: the ${token} does not give the public key of "${key.label}"`,
    'give its DNSKEY record in a file: --from FILE',
  );
}

function refuseOtherTag({ keyTag: wanted, where }: KeyClaim, dnskey: Uint8Array, token: string): void {
  const found = keyTag(dnskey);
  if (wanted === undefined || wanted === found) return;
  throw new Refusal(
    'key/mismatch',
    `${where} has key tag ${wanted}, and the key of that name on the ${token} has ${found}: it is another key, or the file is of another zone`,
    'correct the file, or give the DNSKEY records of the keys',
  );
}
