import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { verifierOf } from '../../../keystore/public-key.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { TYPE } from '../../../signer/dns/rrtype.ts';
import { algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag } from '../../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../../signer/errors.ts';
import { readApexRecords } from '../../workspace/apex-records.ts';
import { parseBindPrivate } from './bind.ts';
import { ClaimProblem, type ClaimSource, type KeyClaim } from './claim.ts';
import { isKnotList, parseKnotList } from './knot.ts';
import { isKskmConfig, parseKskmKeys } from './kskm.ts';
import { isOpendnssecList, parseOpendnssecList } from './opendnssec.ts';

export const CLAIM_FORMATS = ['auto', 'bind', 'knot', 'opendnssec', 'kskm', 'dnskey'] as const;
export type ClaimFormat = (typeof CLAIM_FORMATS)[number];

/** No list of keys is larger; a zone file that was given by mistake is not read into memory. */
const MAX_OCTETS = 16 << 20;

/**
 * What the file, or the folder with BIND's K*.key files, says of the keys of a zone.
 * @param format `auto`: by the contents
 * @throws Refusal file/not-found, key/no-claims, key/bad-claims
 */
export function readClaims(path: string, zone: string, format: ClaimFormat): readonly KeyClaim[] {
  const claims = statOf(path).isDirectory() ? readFolder(path, zone, format) : readFile(path, zone, format);
  if (claims.length > 0) return claims;
  throw new Refusal(
    'key/no-claims',
    `${path} names no key of ${zone}`,
    'give the K*.key files of BIND or their folder, the output of keymgr ZONE list or ods-enforcer key list --verbose, a ksrsigner.yaml, or DNSKEY records',
  );
}

function readFolder(path: string, zone: string, format: ClaimFormat): KeyClaim[] {
  if (format !== 'auto' && format !== 'bind')
    throw new Refusal('key/bad-claims', `${path} is a folder, and --format ${format} is a file`, 'give the file, or --format bind');
  const names = readdirSync(path).filter((name) => /^K.*\.key$/.test(name));
  return names.sort().flatMap((name) => readBind(join(path, name), zone));
}

function readFile(path: string, zone: string, format: ClaimFormat): readonly KeyClaim[] {
  const isBindName = /^K.*\+\d{3}\+\d{5}\.(key|private)$/.test(basename(path));
  if (format === 'bind' || (format === 'auto' && isBindName)) return readBind(path.replace(/\.private$/, '.key'), zone);
  const source: ClaimSource = { text: textOf(path), file: path, zone };
  const is = (name: ClaimFormat, looksSo: (text: string) => boolean): boolean =>
    format === name || (format === 'auto' && looksSo(source.text));
  return explained(path, () => {
    if (is('opendnssec', isOpendnssecList)) return parseOpendnssecList(source);
    if (is('knot', isKnotList)) return parseKnotList(source);
    if (is('kskm', isKskmConfig)) return parseKskmKeys(source);
    return readDnskeyClaims(path, zone);
  });
}

/** The .key file has the DNSKEY, the .private file beside it where the private key is. Keys of other zones are left aside. */
function readBind(path: string, zone: string): KeyClaim[] {
  const privatePath = path.replace(/\.key$/, '.private');
  const owner = /^\s*(?:;.*\n\s*)*(\S+)/.exec(textOf(path))?.[1]?.toLowerCase();
  if (owner !== undefined && owner !== '@' && `${owner.replace(/\.$/, '')}.` !== zone && owner !== zone) return [];
  const claims = readDnskeyClaims(path, zone);
  const place = explained(privatePath, () => parseBindPrivate(textOf(privatePath)));
  if (place === undefined) throw badClaims(privatePath, 'it is no private-key file of BIND: its first line has no Private-key-format');
  return claims.map((claim) => ({ ...claim, from: 'bind', ...place }));
}

/** DNSKEY records in zone-file form. */
function readDnskeyClaims(path: string, zone: string): KeyClaim[] {
  const { records, problem } = readApexRecords(path, parseName(zone), TYPE.DNSKEY);
  if (problem !== undefined) throw badClaims(path, problem);
  return records.map((record) => {
    const flags = dnskeyFlags(record);
    if ((flags & FLAG.revoke) !== 0)
      throw badClaims(path, `key ${keyTag(record)} is revoked: a revoked key is no longer one to sign a zone with`);
    const dnskey = record.slice();
    checkDnskey(path, dnskey);
    return {
      from: 'other',
      where: path,
      ...((flags & FLAG.sep) === 0 ? { role: 'zsk' as const } : {}),
      algorithm: dnskeyAlgorithm(dnskey),
      keyTag: keyTag(dnskey),
      dnskey,
    };
  });
}

function checkDnskey(path: string, dnskey: Uint8Array): void {
  try {
    verifierOf(dnskey);
  } catch {
    const label = algorithmLabel(dnskeyAlgorithm(dnskey));
    throw badClaims(path, `key ${keyTag(dnskey)} of algorithm ${label} is no public key that could verify anything`);
  }
}

function explained<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ClaimProblem) throw badClaims(path, error.message);
    throw error;
  }
}

function badClaims(path: string, problem: string): Refusal {
  return new Refusal(
    'key/bad-claims',
    `${path} cannot be used: ${problem}`,
    'correct it, or give the DNSKEY records of the keys in a file',
  );
}

function textOf(path: string): string {
  if (statOf(path).size > MAX_OCTETS) throw badClaims(path, `it has more than ${MAX_OCTETS} octets`);
  return readFileSync(path, 'utf8');
}

function statOf(path: string) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) return stat;
  throw new Refusal('file/not-found', `${path} does not exist`, 'correct the path');
}
