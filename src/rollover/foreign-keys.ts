import { verifierOf } from '../../keystore/public-key.ts';
import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import type { ForeignKey } from '../../keystore/rollover/start/what.ts';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { DNSKEY_PROTOCOL, dnskeyAlgorithm, dnskeyFlags, FLAG, keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { readApexRecords } from '../workspace/apex-records.ts';
import { keyNameOf } from './key-name.ts';

/**
 * What entries of the log take of all keys of other operators in a zone, in octets as they stand there: about 5 keys of RSA-4096, 8 of RSA-2048 or 12 of
 * ECDSA. An entry has 16,384 (what it changes of the own keys, and what is said of it, is in it too).
 */
export const MOST_FOREIGN_OCTETS = 6144;
/** Of a key without its RDATA: name, operator, goals, states. */
const OCTETS_BESIDES = 350;
/** It is with each of its keys. */
const OPERATOR = /^[!-~](?:[ -~]{0,38}[!-~])?$/;

/** @throws Refusal roll/operator-name */
export function checkedOperator(name: string): string {
  if (OPERATOR.test(name)) return name;
  throw new Refusal(
    'roll/operator-name',
    `the other operator is called "${name.slice(0, 60)}", in ${name.length} characters; a name has 1 to 40, printable ASCII, no blank at its ends`,
    'give it a short name of its own: --operator NAME',
  );
}

/**
 * Another operator's keys, from a file with its DNSKEY records in zone-file form: flags 257 are its KSKs, 256 its ZSKs. Our own keys, which its
 * DNSKEY RRset has too (RFC 8901 2.1.2), are left aside.
 * @throws Refusal roll/foreign-file, roll/foreign-too-many
 */
export function readForeignKeys(file: string, zone: string, { keys }: Pick<ZoneRoll, 'keys'>): readonly ForeignKey[] {
  const { records, problem } = readApexRecords(file, parseName(zone), TYPE.DNSKEY);
  if (problem !== undefined) throw unfit(file, problem);
  const own = new Set(keys.filter(({ operator }) => operator === 'self').map(({ name }) => name));
  const found = records.map((rdata) => foreignKey(file, rdata.slice())).filter(({ name }) => !own.has(name));
  refuseMany(file, keys, found);
  if (found.length > 0) return found;
  throw unfit(file, `its ${records.length} DNSKEY records are all of keys of this signer`);
}

/** Before anything is written: later entries have all of them at once. */
function refuseMany(file: string, keys: ZoneRoll['keys'], found: readonly ForeignKey[]): void {
  const names = new Set(found.map(({ name }) => name));
  const there = keys.filter(({ name, dnskey }) => dnskey !== undefined && !names.has(name));
  const octets = [...there, ...found].reduce((sum, { dnskey = '' }) => sum + dnskey.length + OCTETS_BESIDES, 0);
  if (octets <= MOST_FOREIGN_OCTETS) return;
  throw new Refusal(
    'roll/foreign-too-many',
    `${file} has ${found.length} keys of another operator and the zone has ${there.length} more: ${octets} octets in the log, and ${MOST_FOREIGN_OCTETS} are the most`,
    'bring those keys alone that the zone needs now (KSK and ZSK in use, and the next ones); old ones leave by coldsign roll leave --key',
  );
}

function foreignKey(file: string, rdata: Uint8Array): ForeignKey {
  const flags = dnskeyFlags(rdata);
  const tag = keyTag(rdata);
  const because =
    (flags & FLAG.revoke) !== 0
      ? 'it is revoked, and validates nothing (RFC 5011 2.1)'
      : (flags & ~FLAG.sep) !== FLAG.zone || rdata[2] !== DNSKEY_PROTOCOL
        ? `its flags are ${flags} and its protocol is ${rdata[2]}; they must be 256 or 257, and 3`
        : publicKeyProblem(rdata);
  if (because !== undefined) throw unfit(file, `key ${tag}: ${because}`);
  return {
    name: keyNameOf(rdata, tag),
    role: (flags & FLAG.sep) === 0 ? 'zsk' : 'ksk',
    algorithm: dnskeyAlgorithm(rdata),
    keyTag: tag,
    dnskey: Buffer.from(rdata).toString('base64'),
  };
}

function publicKeyProblem(rdata: Uint8Array): string | undefined {
  try {
    verifierOf(rdata);
    return undefined;
  } catch (error) {
    return `its public key is none: ${(error as Error).message}`;
  }
}

function unfit(file: string, problem: string): Refusal {
  return new Refusal(
    'roll/foreign-file',
    `${file} cannot be used: ${problem}`,
    'put the DNSKEY records of the other operator there in zone-file form: its KSKs (257) and its ZSKs (256)',
  );
}
