import { toHex } from './dns/bytes.ts';
import { algorithmByNumber, algorithmLabel } from './dnssec/algorithm.ts';
import { DNSKEY_PROTOCOL, dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag, revokedKeyTag, withFlags } from './dnssec/dnskey.ts';
import { Refusal } from './errors.ts';
import { isRevokedForm, revokedForm } from './revoked-form.ts';
import type { SigningKey } from './signing-key.ts';

/** What a key is for: ksk the DNSKEY, CDS and CDNSKEY RRsets; zsk the rest; csk both (RFC 9499). */
export type KeyRole = 'ksk' | 'zsk' | 'csk';

/** What a key does in one version of a zone: in the midst of a rollover that is not what its role says. */
export interface KeyUse {
  /** In the DNSKEY RRset. */
  readonly published: boolean;
  /** Signs the DNSKEY, CDS and CDNSKEY RRsets. */
  readonly signsKeys: boolean;
  /** Signs everything else. */
  readonly signsZone: boolean;
  /** Stands in the DNSKEY RRset with the REVOKE bit, and signs that RRset alone (RFC 5011 2.1). */
  readonly revoked?: boolean;
  /** Its private key is gone: what it has signed is kept until it ends, and nothing is signed with it. */
  readonly lost?: boolean;
  /**
   * Signs the data that a lost key of its algorithm would have to sign anew: to a validator any key of the DNSKEY RRset will do (RFC 4035 5.3.1).
   */
  readonly standsIn?: boolean;
}

export interface ZoneKey {
  readonly role: KeyRole;
  readonly key: SigningKey;
  /** Absent: published, and signs as the role says. */
  readonly use?: KeyUse;
}

export function useOf({ role, use }: ZoneKey): KeyUse {
  return use ?? { published: true, signsKeys: role !== 'zsk', signsZone: role !== 'ksk' };
}

export const isPublished = (key: ZoneKey): boolean => useOf(key).published;
export const isRevoked = (key: ZoneKey): boolean => useOf(key).revoked === true;
export const signsKeys = (key: ZoneKey): boolean => useOf(key).signsKeys;
export const isLost = (key: ZoneKey): boolean => useOf(key).lost === true;
export const signsZone = (key: ZoneKey): boolean => useOf(key).signsZone;

/**
 * The keys in the form in which they stand in the zone, in the same order: those that are revoked with the REVOKE bit, so with another DNSKEY and
 * another key tag. prepareZone and planSigning do this themselves; who prints tags or compares DNSKEYs does it before.
 */
export function inPublishedForm(keys: readonly ZoneKey[]): readonly ZoneKey[] {
  return keys.map((key) => (isRevoked(key) ? { ...key, key: revokedForm(key.key) } : key));
}

export interface KeySetOptions {
  /**
   * Algorithms of the DNSKEY RRset need not sign everything, as long as one does: the liberal reading, which RFC 6840 5.11 asks of validators
   * and RFC 4035 2.2 does not allow to signers.
   */
  readonly allowIncompleteAlgorithms?: boolean;
  /**
   * All keys that sign the DNSKEY RRset may be revoked: the last versions of a zone that was a trust anchor and goes insecure (RFC 5011 5). Its data is
   * signed as before.
   */
  readonly allowRevokedAlone?: boolean;
}

/**
 * A key set that leaves no validator without a signature: each algorithm of the DNSKEY RRset has a published key that signs the keys
 * and one that signs the zone (RFC 4035 2.2), all key tags differ, revoked forms included. A revoked key brings no algorithm: it validates
 * nothing but its own revocation (RFC 5011 2.1). What signs data without being published is ignored by validators (RFC 6840 5.12), and allowed.
 * @param published DNSKEY RDATA that is published and does not sign here: keys to come, and keys of another operator (RFC 8901)
 * @throws Refusal key/none, key/role-missing, key/tag-collision, key/algorithm-refused, key/flags, key/same-key-twice, key/use
 */
export function checkKeySet(keys: readonly ZoneKey[], published: readonly Uint8Array[], options: KeySetOptions = {}): void {
  const used = inPublishedForm(keys.filter((key) => isPublished(key) || signsKeys(key) || signsZone(key)));
  if (used.length === 0)
    throw new Refusal('key/none', 'no key to sign with', 'name the keys with --ksk URI and --zsk URI, or one key with both');
  const all = [...used.map((k) => k.key.dnskey), ...published];
  for (const rdata of all) refuseAlgorithm(rdata);
  for (const key of used) refuseFlags(key.key.dnskey, isRevoked(key));
  for (const rdata of published) refuseFlags(rdata, false);
  for (const key of used) refuseUse(key);
  refuseRepeats(all);
  refuseUnsigned(used, published, options);
}

function refuseUnsigned(used: readonly ZoneKey[], published: readonly Uint8Array[], options: KeySetOptions): void {
  const active = used.filter((key) => isPublished(key) && !isRevoked(key));
  const algorithms = new Set([...active.map(({ key }) => key.algorithm), ...published.map(dnskeyAlgorithm)]);
  const isComplete = (algorithm: number): boolean => missingRole(active, algorithm) === undefined;
  if (algorithms.size === 0) throw roleMissing('the DNSKEY RRset has no key that is not revoked', 'publish a key that signs');
  if (options.allowIncompleteAlgorithms === true && [...algorithms].some(isComplete)) return;
  if (options.allowRevokedAlone === true && used.some((key) => isRevoked(key) && signsKeys(key)) && active.some(signsZone)) return;
  for (const algorithm of algorithms) {
    const missing = missingRole(active, algorithm);
    if (missing === undefined) continue;
    const own = active.filter((k) => k.key.algorithm === algorithm && (signsKeys(k) || signsZone(k)));
    throw roleMissing(
      `algorithm ${algorithmLabel(algorithm)} is in the DNSKEY RRset without a ${missing}; ${own.length} of its keys sign`,
      'every algorithm of the DNSKEY RRset signs the whole zone (RFC 4035 2.2): add the key, or take the algorithm out',
    );
  }
}

function missingRole(active: readonly ZoneKey[], algorithm: number): string | undefined {
  const own = active.filter((k) => k.key.algorithm === algorithm);
  if (!own.some(signsKeys)) return 'key that signs the DNSKEY RRset (--ksk)';
  return own.some(signsZone) ? undefined : 'key that signs the zone (--zsk)';
}

const roleMissing = (message: string, hint: string): Refusal => new Refusal('key/role-missing', message, hint);

function refuseAlgorithm(rdata: Uint8Array): void {
  const number = dnskeyAlgorithm(rdata);
  const algorithm = algorithmByNumber(number);
  if (algorithm !== undefined && algorithm.refused === undefined && algorithm.form.kind !== 'other') return;
  throw new Refusal(
    'key/algorithm-refused',
    `key ${keyTag(rdata)} has algorithm ${algorithmLabel(number)}: ${algorithm?.refused ?? 'not in the registry of algorithms'}`,
    'use algorithm 13, 15, 8, 14, 16 or 10',
  );
}

function refuseFlags(rdata: Uint8Array, revoked: boolean): void {
  const flags = dnskeyFlags(rdata);
  const wanted = revoked ? FLAG.zone | FLAG.revoke : FLAG.zone;
  if ((flags & ~FLAG.sep) === wanted && rdata[2] === DNSKEY_PROTOCOL) return;
  throw new Refusal(
    'key/flags',
    `key ${keyTag(rdata)} has DNSKEY flags ${flags} and protocol ${rdata[2]}; a zone key has flags 256 or 257${revoked ? ' (384 or 385 once it is revoked)' : ''} and protocol 3`,
    'check which key is named',
  );
}

/** Uses that no step of a rollover has. */
function refuseUse(key: ZoneKey): void {
  const { published, signsKeys: keysToo, signsZone: data, revoked } = useOf(key);
  const because =
    revoked && !published
      ? 'is revoked without being in the DNSKEY RRset: nobody sees that it is (RFC 5011 2.1)'
      : revoked && !keysToo
        ? 'is revoked and does not sign the DNSKEY RRset: nobody believes that it is (RFC 5011 2.1)'
        : revoked && data
          ? 'is revoked and signs the zone: it validates nothing but its own revocation (RFC 5011 2.1)'
          : keysToo && !published
            ? 'signs the DNSKEY RRset without being in it: no validator can use that signature'
            : undefined;
  if (because === undefined) return;
  throw new Refusal('key/use', `key ${key.key.keyTag} ${because}`, 'see what the rollover says of this key: coldsign roll status');
}

function refuseRepeats(all: readonly Uint8Array[]): void {
  const owner = new Map<number, Uint8Array>();
  const seen = new Map<string, Uint8Array>();
  for (const rdata of all) {
    const identity = toHex(rdata.subarray(3));
    const twin = seen.get(identity);
    if (twin !== undefined) throw sameKeyTwice(twin, rdata);
    seen.set(identity, rdata);
    for (const tag of tagsOf(rdata)) {
      const other = owner.get(tag);
      if (other !== undefined) {
        throw new Refusal(
          'key/tag-collision',
          `two keys have the key tag ${tag} (one of them perhaps in revoked form): public keys ${toHex(other.subarray(4, 12))}… and ${toHex(rdata.subarray(4, 12))}…`,
          'generate another key; validators limit the keys they try for one tag',
        );
      }
      owner.set(tag, rdata);
    }
  }
}

/** That of the key as it was made, and that of its revoked form; of a key that is revoked already, its old signatures have the first. */
function tagsOf(rdata: Uint8Array): ReadonlySet<number> {
  const plain = isRevokedForm(rdata) ? withoutRevoke(rdata) : rdata;
  return new Set([keyTag(plain), revokedKeyTag(plain)]);
}

function withoutRevoke(rdata: Uint8Array): Uint8Array {
  return withFlags(rdata, dnskeyFlags(rdata) & ~FLAG.revoke);
}

function sameKeyTwice(a: Uint8Array, b: Uint8Array): Refusal {
  return new Refusal(
    'key/same-key-twice',
    `one public key is named twice, as ${keyTag(a)} (flags ${dnskeyFlags(a)}) and ${keyTag(b)} (flags ${dnskeyFlags(b)})`,
    'name it once; a key with both roles is given under --ksk and --zsk by the very same URI',
  );
}
