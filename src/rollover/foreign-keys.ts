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
 * Another operator's keys, from a file with its DNSKEY records in zone-file form: flags 257 are its KSKs, 256 its ZSKs. Our own keys, which its
 * DNSKEY RRset has too (RFC 8901 2.1.2), are left aside.
 * @throws Refusal roll/foreign-file
 */
export function readForeignKeys(file: string, zone: string, { keys }: Pick<ZoneRoll, 'keys'>): readonly ForeignKey[] {
  const { records, problem } = readApexRecords(file, parseName(zone), TYPE.DNSKEY);
  if (problem !== undefined) throw unfit(file, problem);
  const own = new Set(keys.filter(({ operator }) => operator === 'self').map(({ name }) => name));
  const found = records.map((rdata) => foreignKey(file, rdata.slice())).filter(({ name }) => !own.has(name));
  if (found.length > 0) return found;
  throw unfit(file, `its ${records.length} DNSKEY records are all of keys of this signer`);
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
