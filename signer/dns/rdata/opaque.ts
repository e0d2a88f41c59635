import { algorithmNumberFromText } from '../../dnssec/algorithm.ts';
import { FormatError } from '../format-error.ts';
import { TYPE } from '../rrtype.ts';
import { base64Rest, hexRest } from './binary.ts';
import { format, type TypeRow, verified } from './codec.ts';
import { type Mnemonics, mnemonic, u8, u16, u32 } from './numbers.ts';

/** RFC 4398 2.1. */
const CERTIFICATE_TYPES: Mnemonics = new Map([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
]);

/** The scheme whose digests have a known length; what others hold is between those who use them (RFC 8976 A.3 has one). */
const ZONEMD_SIMPLE = 1;

/**
 * RFC 8976 2.2: octets of the digest by hash algorithm. The least of 12 octets for an unknown one is not asked for:
 * all name servers but BIND load less, and a verifier ignores it (RFC 8976 4).
 */
const ZONEMD_OCTETS = new Map<number, number>([
  [1, 48],
  [2, 64],
]);

function zonemdLength(wire: Uint8Array, start: number, end: number): void {
  const scheme = wire[start + 4]!;
  const hash = wire[start + 5]!;
  const octets = end - start - 6;
  const expected = scheme === ZONEMD_SIMPLE ? ZONEMD_OCTETS.get(hash) : undefined;
  if (expected !== undefined && octets !== expected)
    throw new FormatError(`a digest of ${expected} octets for hash algorithm ${hash}`, `${octets} octets`);
}

const association = format(u8, u8, u8, hexRest(1));

/** Keys, certificates, fingerprints and other data whose inside DNS does not look at (RFC 4255, 4398, 4701, 6698, 7929, 8162, 8976, 9886). */
export const OPAQUE_TYPES: readonly TypeRow[] = [
  [TYPE.EID, format(hexRest(1))],
  [TYPE.NIMLOC, format(hexRest(1))],
  [
    TYPE.CERT,
    format(
      mnemonic(2, 'a certificate type: number or mnemonic', (text) => CERTIFICATE_TYPES.get(text)),
      u16,
      mnemonic(1, 'a DNSSEC algorithm: number or mnemonic', algorithmNumberFromText),
      base64Rest(1),
    ),
  ],
  [TYPE.SINK, format(u8, u8, u8, base64Rest(0))],
  [TYPE.SSHFP, format(u8, u8, hexRest(1))],
  [TYPE.DHCID, format(base64Rest(1))],
  [TYPE.TLSA, association],
  [TYPE.SMIMEA, association],
  [TYPE.OPENPGPKEY, format(base64Rest(1))],
  [TYPE.ZONEMD, verified(zonemdLength, u32, u8, u8, hexRest(1))],
  [TYPE.HHIT, format(base64Rest(1))],
  [TYPE.BRID, format(base64Rest(1))],
];
