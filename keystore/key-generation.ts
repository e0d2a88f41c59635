import { randomBytes } from 'node:crypto';
import { equalBytes, toHex } from '../signer/dns/bytes.ts';
import { lowerCaseName, printName, type WireName } from '../signer/dns/name.ts';
import { algorithmByNumber, algorithmLabel } from '../signer/dnssec/algorithm.ts';
import { dnskeyRdata, keyTag, revokedKeyTag } from '../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../signer/errors.ts';
import type { KeyRole } from '../signer/zone-key.ts';
import { type Attestation, flagsOfRole, type KeyOnToken, type KeyShape, parseKeyName, printKeyName, signatureOctets } from './key.ts';
import { NOTE_ALGORITHM, noteLaneKey } from './note-form.ts';
import type { NoteKey } from './note-key.ts';
import type { CKM } from './pkcs11/constants.ts';
import type { Lane, LaneKey } from './pkcs11/lane.ts';
import { curveOf, generationMechanism, signForms } from './pkcs11/mechanisms.ts';
import { discardUnfit, generateOrNothing, provedOrNothing } from './pkcs11/orphans.ts';
import type { GeneratedKey, TokenSummary } from './pkcs11/protocol.ts';
import { tokenName } from './pkcs11/token-refusal.ts';
import { verifierOf } from './public-key.ts';
import { isInRange, type TagRange, triesFor } from './tag-range.ts';

export interface GenerateWish {
  readonly zone: WireName;
  readonly role: KeyRole;
  readonly algorithm: number;
  /** RSA only; default 2048. */
  readonly bits?: number;
  /** Key tags that the new key must not have: of keys of this zone that are elsewhere. */
  readonly avoidTags?: readonly number[];
  /** Both its tags, that of now and that when revoked, are to be in it; default: any. */
  readonly tagRange?: TagRange;
  /** It may leave the token, wrapped with a key that the security officer trusts: for backups of tokens that have no other. */
  readonly wrappable?: boolean;
}

export interface GeneratedKeyPair {
  readonly id: Uint8Array;
  readonly label: string;
  readonly shape: KeyShape;
  readonly dnskey: Uint8Array;
  readonly strength: GeneratedKey['strength'];
  readonly attestation: Attestation;
  /** New pairs that were thrown away again because their key tag was taken, or out of range. */
  readonly collisions: number;
  /** Remains of failed attempts that were removed. */
  readonly orphansRemoved: number;
}

const ID_OCTETS = 16;
const DEFAULT_RSA_BITS = 2048;
const MAX_COLLISIONS = 16;

/**
 * A new key pair on the token: hardened template, unused random CKA_ID, attributes read back, key tag unlike those of the zone's other
 * keys (with and without REVOKE bit), one signature verified. Nothing that existed before is overwritten or destroyed, and a pair that
 * was not proved does not stay.
 * @throws Refusal key/algorithm-refused, key/bad-size, token/unsupported, key/tag-collisions, key/tag-range; Fault key/extractable, sign/bad-signature
 */
export async function generateKeyPair(
  lane: Lane,
  existing: readonly KeyOnToken[],
  wish: GenerateWish,
  token: TokenSummary,
): Promise<GeneratedKeyPair> {
  const shape = wantedShape(wish);
  refuseUnsupported(wish, shape, token);
  const { role, algorithm } = wish;
  const name = { zone: lowerCaseName(wish.zone), role, algorithm };
  const label = printKeyName(name);
  const taken = takenTags(existing, name.zone, wish.avoidTags ?? []);
  const wrapping = wish.wrappable === true ? { wrappable: true } : {};
  let orphansRemoved = 0;
  const misses = wish.tagRange === undefined ? 0 : triesFor(wish.tagRange);
  let outOfRange = 0;
  for (let discarded = 0; discarded <= MAX_COLLISIONS + misses; discarded++) {
    const id = unusedId(existing);
    const made = await generateOrNothing(lane, { id, label, role, algorithm, bits: shape.kind === 'rsa' ? shape.bits : 0, ...wrapping });
    orphansRemoved += made.orphansRemoved;
    const dnskey = dnskeyRdata(flagsOfRole(role), algorithm, made.publicKey);
    const fits = wish.tagRange === undefined || isInRange(dnskey, wish.tagRange);
    if (!fits) outOfRange++;
    if (!fits || taken.has(keyTag(dnskey)) || taken.has(revokedKeyTag(dnskey))) {
      await discardUnfit(lane, { id, label });
      continue;
    }
    refuseExtractable(made, label, id, wish.wrappable);
    const key: LaneKey = { id, label, algorithm, dnskey, signatureOctets: signatureOctets(algorithm, shape), verifier: verifierOf(dnskey) };
    await provedOrNothing(lane, key);
    return { id, label, shape, dnskey, strength: made.strength, attestation: made.attestation, collisions: discarded, orphansRemoved };
  }
  if (outOfRange > 0 && wish.tagRange !== undefined) throw refuseRange(wish.tagRange, MAX_COLLISIONS + misses + 1, outOfRange);
  throw new Refusal(
    'key/tag-collisions',
    `${MAX_COLLISIONS + 1} new keys in a row had a key tag that is taken`,
    'remove old keys of this zone from the token',
  );
}

function refuseRange({ low, high }: TagRange, made: number, outOfRange: number): Refusal {
  return new Refusal(
    'key/tag-range',
    `of ${made} new keys ${outOfRange} had a key tag outside of ${low} to ${high}, as they are or when revoked, and the others one that is taken`,
    'widen key-tag-range in the policy; all these keys are removed from the token',
  );
}

export interface AuditKeyPair {
  readonly kind: NoteKey['kind'];
  readonly key: LaneKey;
  readonly shape: KeyShape;
  readonly attestation: Attestation;
}

/**
 * The same for a key that signs a log: no zone, no role, no key tag. A pair whose trial signature fails is removed again.
 * @throws Refusal token/unsupported; Fault key/extractable, sign/bad-signature
 */
export async function generateAuditPair(
  lane: Lane,
  { kind, label }: { readonly kind: NoteKey['kind']; readonly label: string },
  token: TokenSummary,
): Promise<AuditKeyPair> {
  const algorithm = NOTE_ALGORITHM[kind];
  const shape: KeyShape = { kind: 'ec', curve: curveOf(algorithm)! };
  refuseUnsupported({ algorithm }, shape, token);
  const id = unusedId([]);
  const made = await generateOrNothing(lane, { id, label, role: 'audit', algorithm, bits: 0 });
  refuseExtractable(made, label, id);
  const key = noteLaneKey(kind, { id, label }, made.publicKey);
  await provedOrNothing(lane, key);
  return { kind, key, shape, attestation: made.attestation };
}

function wantedShape(wish: GenerateWish): KeyShape {
  const known = algorithmByNumber(wish.algorithm);
  const label = algorithmLabel(wish.algorithm);
  if (known === undefined || known.form.kind === 'other' || known.refused !== undefined) {
    throw new Refusal(
      'key/algorithm-refused',
      `algorithm ${label}: ${known?.refused ?? 'coldsign cannot sign with it'}`,
      'use 13 (ECDSAP256SHA256) or 8 (RSASHA256)',
    );
  }
  const curve = curveOf(wish.algorithm);
  if (known.form.kind !== 'rsa') {
    if (wish.bits !== undefined)
      throw new Refusal('key/bad-size', `algorithm ${label} has one key size, and ${wish.bits} bits were asked for`, 'leave the size out');
    return { kind: 'ec', curve: curve! };
  }
  const bits = wish.bits ?? DEFAULT_RSA_BITS;
  const { minBits, maxBits } = known.form;
  if (!Number.isInteger(bits) || bits < minBits || bits > maxBits || bits % 8 !== 0) {
    throw new Refusal(
      'key/bad-size',
      `${bits} bits for algorithm ${label}, possible are ${minBits} to ${maxBits} in steps of 8`,
      'use 2048',
    );
  }
  return { kind: 'rsa', bits };
}

function refuseUnsupported(wish: Pick<GenerateWish, 'algorithm'>, shape: KeyShape, token: TokenSummary): void {
  const has = (name: keyof typeof CKM): boolean => token.mechanisms.some((m) => m.name === name);
  const forms = signForms(wish.algorithm).map((form) => form.mechanism);
  const make = generationMechanism(wish.algorithm)!;
  const missing = !has(make) ? make : forms.some(has) ? undefined : forms.join(' and ');
  if (missing !== undefined) {
    const told = `${tokenName(token)} lacks ${missing}, needed for algorithm ${algorithmLabel(wish.algorithm)}`;
    throw new Refusal('token/unsupported', told, 'use another algorithm or token; coldsign token list shows the mechanisms');
  }
  const limits = token.mechanisms.find((m) => m.name === make);
  if (
    shape.kind === 'rsa' &&
    limits !== undefined &&
    limits.maxKeySize > 0 &&
    (shape.bits < limits.minKeySize || shape.bits > limits.maxKeySize)
  ) {
    const told = `${tokenName(token)} makes RSA keys of ${limits.minKeySize} to ${limits.maxKeySize} bits, asked for ${shape.bits}`;
    throw new Refusal('key/bad-size', told, 'use a size that the token can make');
  }
}

/** Tags of all keys of the zone on the token, as they are and as they will be when revoked. */
function takenTags(existing: readonly KeyOnToken[], zone: WireName, others: readonly number[]): ReadonlySet<number> {
  const tags = new Set(others);
  const text = printName(zone);
  // Text without escapes and capitals is that of one name only; parsing the labels of thousands of other zones takes longer than signing.
  const isForeign = (label: string): boolean => !text.includes('\\') && !label.startsWith(text) && !/[\\A-Z]/.test(label);
  for (const { label, publicKey } of existing) {
    if (isForeign(label)) continue;
    const name = parseKeyName(label);
    if (name === undefined || publicKey === undefined || !equalBytes(name.zone, zone)) continue;
    const dnskey = dnskeyRdata(flagsOfRole(name.role), name.algorithm, publicKey);
    tags.add(keyTag(dnskey)).add(revokedKeyTag(dnskey));
  }
  return tags;
}

function unusedId(existing: readonly KeyOnToken[]): Uint8Array {
  for (;;) {
    const id = Uint8Array.from(randomBytes(ID_OCTETS));
    if (!existing.some((key) => equalBytes(key.id, id))) return id;
  }
}

/** Design note: the key is left where it is: destroying keys is for people. */
function refuseExtractable(made: GeneratedKey, label: string, id: Uint8Array, isWanted = false): void {
  const why = made.readable
    ? 'the token gives out its private value'
    : made.attestation.extractable === true && !isWanted
      ? 'the token reports it as extractable'
      : undefined;
  if (why === undefined) return;
  const text = `the new key "${label}" (id ${toHex(id)}) is not safe: ${why}. It was asked for as sensitive and not extractable, and is still on the token`;
  throw new Fault(
    'key/extractable',
    text,
    'do not use this key; remove it with the vendor tool, and do not use a token that ignores these attributes',
  );
}
