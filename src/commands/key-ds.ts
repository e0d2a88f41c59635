import type { KeyOnToken } from '../../keystore/key.ts';
import { parseKeyName } from '../../keystore/key.ts';
import { bindKey, type KeySelector, selectKey } from '../../keystore/key-choice.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { tokenName } from '../../keystore/pkcs11/token-refusal.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { equalBytes, toBase64, toHex } from '../../signer/dns/bytes.ts';
import { lowerCaseName, printName, type WireName } from '../../signer/dns/name.ts';
import { DIGEST, dsRdata } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import { parseAlgorithm, parseRole, parseZone } from './key-generate.ts';
import { type Output, openToken, type TokenOptions, toJson } from './token-access.ts';

export interface KeyDsOptions extends TokenOptions {
  /** All KSKs and CSKs of this zone; or, with id= or object= in the URI, the owner for a key whose label does not say it. */
  readonly zone?: string;
  readonly role?: string;
  readonly algorithm?: string;
  /** DS digest types; default 2 (SHA-256) and 4 (SHA-384). */
  readonly digestTypes?: readonly number[];
  /** Print DNSKEY records instead; those of ZSKs too. */
  readonly dnskey?: boolean;
}

/** A key with the name it stands at. */
interface OwnedKey {
  readonly owner: WireName;
  readonly dnskey: Uint8Array;
}

/** `key ds`: token → keys of the zone, or the key of the URI → DS or DNSKEY records as zone-file lines. */
export async function keyDs(options: KeyDsOptions, out: Output, notes: Output): Promise<void> {
  const digestTypes = checkedDigests(options.digestTypes ?? [DIGEST.sha256, DIGEST.sha384]);
  const uri = parsePkcs11Uri(options.token);
  await using keystore = await openToken(options, notes);
  const keys = await chooseKeys(keystore, uri, options);
  const records = keys.flatMap((key) => (options.dnskey === true ? [dnskeyRecord(key)] : digestTypes.map((type) => dsRecord(key, type))));
  out.write(options.json === true ? toJson(records) : records.map(({ owner, type, data }) => `${owner} IN ${type} ${data}\n`).join(''));
}

function checkedDigests(types: readonly number[]): readonly number[] {
  const bad = types.find((type) => type !== DIGEST.sha256 && type !== DIGEST.sha384);
  if (bad === undefined && types.length > 0) return types;
  throw new Refusal('key/refused-digest', `DS digest type ${bad ?? 'none'} is not made`, 'use 2 (SHA-256) or 4 (SHA-384)');
}

async function chooseKeys(keystore: Keystore, uri: Pkcs11Uri, options: KeyDsOptions): Promise<OwnedKey[]> {
  const keys = await keystore.listKeys();
  const zone = options.zone === undefined ? undefined : lowerCaseName(parseZone(options.zone));
  if (uri.id !== undefined || uri.object !== undefined)
    return [own(selectKey(keys, { uri }, tokenName(keystore.token)), uri, zone, options)];
  if (zone === undefined)
    throw new Refusal('usage/no-zone', 'neither a zone nor a key is named', 'give --zone, or a URI with id= or object=');
  const wanted = keys.filter((key) => isWanted(key, zone, options.dnskey === true));
  if (wanted.length > 0) return wanted.map((key) => own(key, uri, zone, options));
  const what = options.dnskey === true ? 'key' : 'KSK or CSK';
  throw new Refusal(
    'key/not-found',
    `no ${what} of ${printName(zone)} on the ${tokenName(keystore.token)}`,
    'see what is there with: coldsign key list --token URI',
  );
}

function isWanted(key: KeyOnToken, zone: WireName, alsoZsk: boolean): boolean {
  const name = parseKeyName(key.label);
  return name !== undefined && equalBytes(name.zone, zone) && (alsoZsk || name.role !== 'zsk');
}

function own(key: KeyOnToken, uri: Pkcs11Uri, zone: WireName | undefined, options: KeyDsOptions): OwnedKey {
  const role: KeyRole | undefined = options.role === undefined ? undefined : parseRole(options.role);
  const algorithm = options.algorithm === undefined ? undefined : parseAlgorithm(options.algorithm);
  const selector: KeySelector = { uri, ...(role === undefined ? {} : { role }), ...(algorithm === undefined ? {} : { algorithm }) };
  const { dnskey } = bindKey(key, selector);
  const owner = zone ?? parseKeyName(key.label)?.zone;
  if (owner === undefined) throw new Refusal('usage/no-zone', `the label "${key.label}" does not say the zone`, 'give --zone');
  if ((dnskey[1]! & 1) === 0 && options.dnskey !== true) {
    throw new Refusal(
      'key/not-sep',
      `"${key.label}" is a ZSK; a DS points at a KSK or CSK`,
      'name the KSK, or print the DNSKEY with --dnskey',
    );
  }
  return { owner, dnskey };
}

interface PrintedRecord {
  readonly owner: string;
  readonly type: 'DS' | 'DNSKEY';
  readonly data: string;
}

/** RFC 4034 5.3. */
function dsRecord({ owner, dnskey }: OwnedKey, digestType: number): PrintedRecord {
  const rdata = dsRdata(owner, dnskey, digestType);
  const digest = toHex(rdata.subarray(4)).toUpperCase();
  return { owner: printName(owner), type: 'DS', data: `${(rdata[0]! << 8) | rdata[1]!} ${rdata[2]} ${rdata[3]} ${digest}` };
}

/** RFC 4034 2.2. */
function dnskeyRecord({ owner, dnskey }: OwnedKey): PrintedRecord {
  const flags = (dnskey[0]! << 8) | dnskey[1]!;
  return { owner: printName(owner), type: 'DNSKEY', data: `${flags} ${dnskey[2]} ${dnskey[3]} ${toBase64(dnskey.subarray(4))}` };
}
