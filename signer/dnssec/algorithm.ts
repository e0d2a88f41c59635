/**
 * DNSSEC algorithm numbers as of the IANA registry "DNS Security Algorithm Numbers", copy of 2026-03-01
 * (recommendations moved there by RFC 9904; SHA-1 and GOST retired by RFC 9905 and RFC 9906).
 */
export const ALGORITHM_REGISTRY_DATE = '2026-03-01';

export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export type AlgorithmKind =
  | { readonly kind: 'rsa'; readonly hash: Hash; readonly minBits: number; readonly maxBits: number }
  | { readonly kind: 'ecdsa'; readonly hash: 'sha256' | 'sha384'; readonly curve: 'P-256' | 'P-384'; readonly fieldOctets: 32 | 48 }
  | { readonly kind: 'eddsa'; readonly curve: 'Ed25519' | 'Ed448'; readonly publicOctets: 32 | 57; readonly signatureOctets: 64 | 114 }
  | { readonly kind: 'other' };

export interface Algorithm {
  readonly number: number;
  readonly mnemonic: string;
  readonly form: AlgorithmKind;
  /** Undefined: coldsign signs with it. Else the reason why not. */
  readonly refused?: string;
  /** Validators of today treat data signed with it as unsigned or bogus. */
  readonly deprecated: boolean;
  readonly reference: string;
}

const rsa = (hash: Hash, minBits: number): AlgorithmKind => ({ kind: 'rsa', hash, minBits, maxBits: 4096 });

const TABLE: readonly Algorithm[] = [
  {
    number: 1,
    mnemonic: 'RSAMD5',
    form: { kind: 'other' },
    refused: 'MD5 is broken; RFC 6725 forbids it',
    deprecated: true,
    reference: 'RFC 3110, 6725',
  },
  {
    number: 3,
    mnemonic: 'DSA',
    form: { kind: 'other' },
    refused: 'DSA with SHA-1 must not be used for signing (RFC 8624 3.1)',
    deprecated: true,
    reference: 'RFC 2536',
  },
  {
    number: 5,
    mnemonic: 'RSASHA1',
    form: rsa('sha1', 1024),
    refused: 'SHA-1 must not be used for signing (RFC 9905)',
    deprecated: true,
    reference: 'RFC 3110',
  },
  {
    number: 6,
    mnemonic: 'DSA-NSEC3-SHA1',
    form: { kind: 'other' },
    refused: 'DSA with SHA-1 must not be used for signing (RFC 8624 3.1)',
    deprecated: true,
    reference: 'RFC 5155',
  },
  {
    number: 7,
    mnemonic: 'RSASHA1-NSEC3-SHA1',
    form: rsa('sha1', 1024),
    refused: 'SHA-1 must not be used for signing (RFC 9905)',
    deprecated: true,
    reference: 'RFC 5155',
  },
  { number: 8, mnemonic: 'RSASHA256', form: rsa('sha256', 1024), deprecated: false, reference: 'RFC 5702' },
  { number: 10, mnemonic: 'RSASHA512', form: rsa('sha512', 1024), deprecated: false, reference: 'RFC 5702' },
  {
    number: 12,
    mnemonic: 'ECC-GOST',
    form: { kind: 'other' },
    refused: 'GOST R 34.10-2001 is retired (RFC 9906)',
    deprecated: true,
    reference: 'RFC 5933',
  },
  {
    number: 13,
    mnemonic: 'ECDSAP256SHA256',
    form: { kind: 'ecdsa', hash: 'sha256', curve: 'P-256', fieldOctets: 32 },
    deprecated: false,
    reference: 'RFC 6605',
  },
  {
    number: 14,
    mnemonic: 'ECDSAP384SHA384',
    form: { kind: 'ecdsa', hash: 'sha384', curve: 'P-384', fieldOctets: 48 },
    deprecated: false,
    reference: 'RFC 6605',
  },
  {
    number: 15,
    mnemonic: 'ED25519',
    form: { kind: 'eddsa', curve: 'Ed25519', publicOctets: 32, signatureOctets: 64 },
    deprecated: false,
    reference: 'RFC 8080',
  },
  {
    number: 16,
    mnemonic: 'ED448',
    form: { kind: 'eddsa', curve: 'Ed448', publicOctets: 57, signatureOctets: 114 },
    deprecated: false,
    reference: 'RFC 8080',
  },
];

const OTHER_MNEMONICS: ReadonlyArray<readonly [number, string]> = [
  [2, 'DH'],
  [17, 'SM2SM3'],
  [23, 'ECC-GOST12'],
  [252, 'INDIRECT'],
  [253, 'PRIVATEDNS'],
  [254, 'PRIVATEOID'],
];

const BY_NUMBER = new Map(TABLE.map((a) => [a.number, a]));
const BY_MNEMONIC = new Map<string, number>([
  ...OTHER_MNEMONICS.map(([n, m]) => [m, n] as const),
  ...TABLE.map((a) => [a.mnemonic, a.number] as const),
  ['NSEC3DSA', 6],
  ['NSEC3RSASHA1', 7],
  ['ECCGOST', 12],
]);

export function algorithmByNumber(number: number): Algorithm | undefined {
  return BY_NUMBER.get(number);
}

/** Accepts a mnemonic of the registry in any case, or a decimal number. @returns undefined if neither */
export function algorithmNumberFromText(text: string): number | undefined {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text) < 256 ? Number(text) : undefined;
  return BY_MNEMONIC.get(text.toUpperCase());
}

/** `13 (ECDSAP256SHA256)`, or the bare number where the registry has no name. */
export function algorithmLabel(number: number): string {
  const name = BY_NUMBER.get(number)?.mnemonic ?? OTHER_MNEMONICS.find(([n]) => n === number)?.[1];
  return name === undefined ? `${number}` : `${number} (${name})`;
}

export function listAlgorithms(): readonly Algorithm[] {
  return TABLE;
}
