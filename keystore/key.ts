import { lowerCaseName, parseName, printName, type WireName } from '../signer/dns/name.ts';
import { algorithmByNumber, algorithmLabel } from '../signer/dnssec/algorithm.ts';
import { FLAG } from '../signer/dnssec/dnskey.ts';
import type { KeyRole } from '../signer/zone-key.ts';
import type { Curve } from './pkcs11/constants.ts';

/** What the key type of the token's object says; an RSA key does not know whether it signs for algorithm 8 or 10. */
export type KeyShape =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: Curve }
  | { readonly kind: 'other'; readonly text: string };

/** What a token says about the protection of a private key; undefined where it does not say. */
export interface Attestation {
  readonly extractable?: boolean;
  readonly sensitive?: boolean;
  readonly neverExtractable?: boolean;
  readonly alwaysSensitive?: boolean;
  readonly local?: boolean;
  readonly copyable?: boolean;
  readonly modifiable?: boolean;
}

/** A private key found on a token, with its public half. */
export interface KeyOnToken {
  readonly id: Uint8Array;
  readonly label: string;
  readonly shape: KeyShape;
  /** Public key field of the DNSKEY RDATA (RFC 3110, 6605, 8080); undefined where the token does not give it. */
  readonly publicKey?: Uint8Array;
  readonly attestation: Attestation;
}

/** What CKA_LABEL of a key made by coldsign says: `example.org. zsk 13`. */
export interface KeyName {
  /** Absolute, lower-case. */
  readonly zone: WireName;
  readonly role: KeyRole;
  readonly algorithm: number;
}

export function printKeyName(name: KeyName): string {
  return `${printName(name.zone)} ${name.role} ${name.algorithm}`;
}

/** @returns undefined for labels of other programs */
export function parseKeyName(label: string): KeyName | undefined {
  const match = /^(\S*\.) (ksk|zsk|csk) (\d{1,3})$/.exec(label);
  if (match === null) return undefined;
  const [, zoneText, role, algorithm] = match;
  try {
    const zone = lowerCaseName(parseName(zoneText!));
    return { zone, role: role as KeyRole, algorithm: Number(algorithm) };
  } catch {
    return undefined;
  }
}

const AUDIT_PREFIX = 'coldsign audit ';

/** CKA_LABEL of the key that signs the log of this name: `coldsign audit audit.example.net/site-a`. Never that of a zone key. */
export function auditKeyLabel(name: string): string {
  return `${AUDIT_PREFIX}${name}`;
}

/** Was the key made to sign a log? Then it never signs a zone, and no key but such a one signs a log. */
export function isAuditLabel(label: string): boolean {
  return label.startsWith(AUDIT_PREFIX);
}

/** DNSKEY flags: 256 for a ZSK, 257 for KSK and CSK (RFC 4034 2.1.1). */
export function flagsOfRole(role: KeyRole): number {
  return role === 'zsk' ? FLAG.zone : FLAG.zone | FLAG.sep;
}

/** Can a key of this shape sign for the algorithm? */
export function shapeFits(shape: KeyShape, algorithm: number): boolean {
  const form = algorithmByNumber(algorithm)?.form;
  if (form === undefined || form.kind === 'other') return false;
  if (form.kind === 'rsa') return shape.kind === 'rsa' && shape.bits >= form.minBits && shape.bits <= form.maxBits;
  return shape.kind === 'ec' && shape.curve === form.curve;
}

/** The one algorithm that a curve stands for; undefined for RSA, which may be 8 or 10. */
export function algorithmOfShape(shape: KeyShape): number | undefined {
  if (shape.kind !== 'ec') return undefined;
  return { 'P-256': 13, 'P-384': 14, Ed25519: 15, Ed448: 16 }[shape.curve];
}

export function describeShape(shape: KeyShape): string {
  switch (shape.kind) {
    case 'rsa':
      return `RSA ${shape.bits}`;
    case 'ec':
      return shape.curve;
    case 'other':
      return shape.text;
    default:
      return shape satisfies never;
  }
}

/** Octets of one signature (RFC 3110 3, RFC 6605 4, RFC 8080 4); RSA: octets of the modulus. */
export function signatureOctets(algorithm: number, shape: KeyShape): number {
  const form = algorithmByNumber(algorithm)?.form;
  if (form?.kind === 'ecdsa') return 2 * form.fieldOctets;
  if (form?.kind === 'eddsa') return form.signatureOctets;
  if (form?.kind === 'rsa' && shape.kind === 'rsa') return Math.ceil(shape.bits / 8);
  throw new RangeError(`algorithm ${algorithmLabel(algorithm)} has no signature form`);
}
