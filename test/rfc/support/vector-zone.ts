import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName, printName } from '../../../signer/dns/name.ts';
import { TYPE, typeMnemonic } from '../../../signer/dns/rrtype.ts';
import { appendRrsigFields, appendSignedRecord, type RrsigFields } from '../../../signer/dnssec/signed-data.ts';
import { buildZone, findRrset, nameOf, rdataOf, type Zone } from '../../../signer/zone/zone.ts';
import { readZoneFile, type ZoneFileReading } from '../../../signer/zonefile/parse.ts';
import type { ZoneOpener } from '../../../signer/zonefile/source.ts';

/** Text as a zone file that includes nothing. */
export function textOpener(text: string | Uint8Array, name = 'vector'): ZoneOpener {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return () => {
    let from = 0;
    return {
      name,
      identity: name,
      sizeHint: bytes.length,
      read(into, at) {
        const count = Math.min(into.length - at, bytes.length - from);
        into.set(bytes.subarray(from, from + count), at);
        from += count;
        return count;
      },
      [Symbol.dispose]() {},
    };
  };
}

export function readText(text: string | Uint8Array, origin: string): ZoneFileReading {
  return readZoneFile(textOpener(text), 'vector', parseName(origin));
}

/** @throws if the text has an error: a vector that cannot be read is no vector */
export function zoneFromText(text: string, origin: string, keep: (type: number) => boolean = () => true): Zone {
  const { store, findings, errors } = readText(text, origin);
  if (errors > 0) throw new Error(findings.map((f) => `${f.line}:${f.column} ${f.text}`).join('\n'));
  return buildZone(store, parseName(origin), { drop: (k) => !keep(store.type[k]!) });
}

export function vectorText(file: string): string {
  return readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
}

export interface VectorSignature {
  /** `owner TYPE key-tag`. */
  readonly title: string;
  readonly owner: string;
  readonly fields: RrsigFields;
  /** RRSIG RDATA without signature, then the RRset (RFC 4034 3.1.8.1), as the signer makes them. */
  readonly octets: Uint8Array;
  readonly signature: Uint8Array;
}

/** Every RRSIG of the zone with the octets that the signer would have signed for it. */
export function signaturesOf(zone: Zone): readonly VectorSignature[] {
  const found: VectorSignature[] = [];
  for (let name = 0; name < zone.nameCount; name++) {
    const rrset = findRrset(zone, name, TYPE.RRSIG);
    if (rrset < 0) continue;
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) found.push(signatureOf(zone, name, k));
  }
  return found;
}

function signatureOf(zone: Zone, name: number, record: number): VectorSignature {
  const { fields, signature } = splitRrsig(rdataOf(zone, record));
  const covered = findRrset(zone, name, fields.typeCovered);
  if (covered < 0) throw new Error(`RRSIG without RRset at ${printName(nameOf(zone, name))}`);
  const out = new WireWriter();
  appendRrsigFields(fields, out);
  for (let k = zone.rrsetFirstRecord[covered]!; k < zone.rrsetFirstRecord[covered + 1]!; k++)
    appendSignedRecord(nameOf(zone, name), fields.typeCovered, fields.originalTtl, zone.wire, zone.rdataAt[k]!, zone.rdataLength[k]!, out);
  const owner = printName(nameOf(zone, name));
  return { title: `${owner} ${typeMnemonic(fields.typeCovered)} ${fields.keyTag}`, owner, fields, octets: out.slice(), signature };
}

/** RFC 4034 3.1: type(2) algorithm(1) labels(1) TTL(4) expiration(4) inception(4) key tag(2) signer's name, signature. */
export function splitRrsig(rdata: Uint8Array): { readonly fields: RrsigFields; readonly signature: Uint8Array } {
  const b = Buffer.from(rdata);
  let end = 18;
  while (b[end] !== 0) end += b[end]! + 1;
  end++;
  return {
    fields: {
      typeCovered: b.readUInt16BE(0),
      algorithm: b[2]!,
      labels: b[3]!,
      originalTtl: b.readUInt32BE(4),
      expiration: b.readUInt32BE(8),
      inception: b.readUInt32BE(12),
      keyTag: b.readUInt16BE(16),
      signerName: rdata.slice(18, end),
    },
    signature: rdata.slice(end),
  };
}

const HASHES: Readonly<Record<number, string | null>> = {
  5: 'sha1',
  7: 'sha1',
  8: 'sha256',
  10: 'sha512',
  13: 'sha256',
  14: 'sha384',
  15: null,
  16: null,
};

/** With node:crypto and nothing of the product's. @param dnskey RDATA */
export function isGoodSignature(dnskey: Uint8Array, octets: Uint8Array, signature: Uint8Array): boolean {
  const hash = HASHES[dnskey[3]!];
  if (hash === undefined) throw new Error(`algorithm ${dnskey[3]}`);
  return verify(hash, octets, { key: publicKey(dnskey), dsaEncoding: 'ieee-p1363' }, signature);
}

/** RFC 3110 2, RFC 6605 4, RFC 8080 3. */
function publicKey(dnskey: Uint8Array): KeyObject {
  const octets = dnskey.subarray(4);
  const text = (from: number, to?: number): string => Buffer.from(octets.subarray(from, to)).toString('base64url');
  switch (dnskey[3]) {
    case 13:
      return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: text(0, 32), y: text(32) } });
    case 14:
      return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-384', x: text(0, 48), y: text(48) } });
    case 15:
      return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: text(0) } });
    case 16:
      return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed448', x: text(0) } });
    default:
      return createPublicKey({ format: 'jwk', key: { kty: 'RSA', e: text(1, 1 + octets[0]!), n: text(1 + octets[0]!) } });
  }
}

/** RDATA of the records of one RRset, in canonical order. */
export function rdatasOf(zone: Zone, name: number, type: number): readonly Uint8Array[] {
  const rrset = findRrset(zone, name, type);
  if (rrset < 0) return [];
  const first = zone.rrsetFirstRecord[rrset]!;
  return Array.from({ length: zone.rrsetFirstRecord[rrset + 1]! - first }, (_, i) => rdataOf(zone, first + i));
}
