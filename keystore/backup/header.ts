import { z } from 'zod';
import { dnskeyRdata } from '../../signer/dnssec/dnskey.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import { flagsOfRole } from '../key.ts';

/** How the key of a backup comes about. */
export type Protection =
  | { readonly kind: 'passphrase'; readonly n: number; readonly r: number; readonly p: number; readonly salt: string }
  | { readonly kind: 'shares'; readonly set: string; readonly threshold: number; readonly holders: readonly string[] };

/** A key in a backup: public data only. */
export interface BackedKey {
  /** CKA_ID, hexadecimal. */
  readonly id: string;
  readonly label: string;
  readonly algorithm: number;
  /** Public key field as of a DNSKEY (RFC 3110, 6605, 8080), base64. */
  readonly publicKey: string;
  /** Absent: it is not known as a key of a zone; the key of an audit log, for one. */
  readonly zone?: string;
  readonly role?: KeyRole;
}

/** What a backup says of itself in clear: it can be listed without being opened. Authenticated with the rest when it is opened. */
export interface BackupHeader {
  readonly format: 1;
  readonly method: 'token-archive' | 'wrap';
  /** UTC: `2026-11-24T09:00:00Z`. */
  readonly created: string;
  readonly token: { readonly label: string; readonly serial: string; readonly manufacturer: string; readonly model: string };
  readonly keys: readonly BackedKey[];
  readonly protection: Protection;
}

/** DNSKEY RDATA; of a key that no zone is known for, with flags that are none of a zone key (RFC 4034 2.1.1). */
export function dnskeyOf({ role, algorithm, publicKey }: Pick<BackedKey, 'role' | 'algorithm' | 'publicKey'>): Uint8Array {
  return dnskeyRdata(role === undefined ? 0 : flagsOfRole(role), algorithm, Buffer.from(publicKey, 'base64'));
}

/** One line of JSON, members in the order of the schema: the same header, the same octets. */
export function printHeader(header: BackupHeader): string {
  return JSON.stringify(schema.parse(header));
}

/** @returns undefined for anything that {@link printHeader} does not write */
export function parseHeader(line: string): BackupHeader | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success && JSON.stringify(parsed.data) === line ? (parsed.data as BackupHeader) : undefined;
}

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const text = z.string().max(1024);

/** The bounds of scrypt keep a forged header from asking for all memory, or for a key that is guessed quickly. */
const passphrase = z.strictObject({
  kind: z.literal('passphrase'),
  n: z.union([z.literal(2 ** 15), z.literal(2 ** 16), z.literal(2 ** 17), z.literal(2 ** 18), z.literal(2 ** 19)]),
  r: z.literal(8),
  p: z.int().min(1).max(4),
  salt: hex.length(64),
});

const shares = z.strictObject({
  kind: z.literal('shares'),
  set: hex.min(2).max(128),
  threshold: z.int().min(1).max(255),
  holders: z.array(text).max(255),
});

const schema = z.strictObject({
  format: z.literal(1),
  method: z.enum(['token-archive', 'wrap']),
  created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  token: z.strictObject({ label: text, serial: text, manufacturer: text, model: text }),
  keys: z
    .array(
      z.strictObject({
        id: hex.max(510),
        label: text,
        algorithm: z.int().min(0).max(255),
        publicKey: z.base64().max(4096),
        zone: text.optional(),
        role: z.enum(['ksk', 'zsk', 'csk']).optional(),
      }),
    )
    .max(1_000_000),
  protection: z.discriminatedUnion('kind', [passphrase, shares]),
});
