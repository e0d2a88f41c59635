import { algorithmOfShape, describeShape, flagsOfRole, type KeyOnToken, parseKeyName } from '../../keystore/key.ts';
import { type Pkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { equalBytes, toHex } from '../../signer/dns/bytes.ts';
import { lowerCaseName, printName } from '../../signer/dns/name.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import { columns } from '../print/table.ts';
import { keyUri, parseZone } from './key-generate.ts';
import { type Output, openToken, type TokenOptions, toJson } from './token-access.ts';

export interface KeyListOptions extends TokenOptions {
  /** Only keys of this zone. */
  readonly zone?: string;
}

/** What is known of a key on a token; undefined where its label is another program's. */
interface KeyRow {
  readonly zone?: string;
  readonly role?: KeyRole;
  readonly algorithm?: number;
  readonly size: string;
  readonly keyTag?: number;
  readonly id: string;
  readonly label: string;
  readonly uri: string;
}

/** `key list`: token → its private keys → table, by zone, role and key tag. */
export async function keyList(options: KeyListOptions, out: Output, notes: Output): Promise<void> {
  const zone = options.zone === undefined ? undefined : lowerCaseName(parseZone(options.zone));
  await using keystore = await openToken(options, notes);
  const keys = (await keystore.listKeys()).filter((key) => zone === undefined || isOfZone(key, zone));
  const rows = keys.map((key) => describe(key, keystore.uri)).sort(byZone);
  out.write(options.json === true ? toJson(rows) : print(rows));
}

function isOfZone(key: KeyOnToken, zone: Uint8Array): boolean {
  const name = parseKeyName(key.label);
  return name !== undefined && equalBytes(name.zone, zone);
}

function describe(key: KeyOnToken, token: Pkcs11Uri): KeyRow {
  const name = parseKeyName(key.label);
  const algorithm = name?.algorithm ?? algorithmOfShape(key.shape);
  const isKnown = name !== undefined && key.publicKey !== undefined;
  return {
    ...(name === undefined ? {} : { zone: printName(name.zone), role: name.role }),
    ...(algorithm === undefined ? {} : { algorithm }),
    size: describeShape(key.shape),
    ...(isKnown ? { keyTag: keyTag(dnskeyRdata(flagsOfRole(name.role), name.algorithm, key.publicKey)) } : {}),
    id: toHex(key.id),
    label: key.label,
    uri: printPkcs11Uri(keyUri(token, key.id)),
  };
}

function byZone(a: KeyRow, b: KeyRow): number {
  const text = (row: KeyRow): string => `${row.zone ?? '~'} ${row.role ?? '~'} ${String(row.keyTag ?? 0).padStart(5, '0')} ${row.id}`;
  return text(a) < text(b) ? -1 : 1;
}

function print(rows: readonly KeyRow[]): string {
  const head = ['ZONE', 'ROLE', 'ALGORITHM', 'SIZE', 'TAG', 'ID', 'LABEL', 'URI'];
  const cells = rows.map(({ zone, role, algorithm, size, keyTag: tag, id, label, uri }) => [
    zone ?? '-',
    role ?? '-',
    algorithm === undefined ? '-' : algorithmLabel(algorithm),
    size,
    tag === undefined ? '-' : String(tag),
    id,
    label,
    uri,
  ]);
  return columns([head, ...cells]);
}
