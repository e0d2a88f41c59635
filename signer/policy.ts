import type { Nsec3Parameters } from './dnssec/nsec3.ts';

export type DenialPolicy = { readonly kind: 'nsec' } | ({ readonly kind: 'nsec3' } & Nsec3Parameters);
export type SerialPolicy = 'keep' | 'increment' | 'unixtime' | 'date';
export type ZonemdHash = 'sha384' | 'sha512';

/** Parameters of one signing. Knob names as in the field; all spans in seconds. */
export interface SigningPolicy {
  readonly denial: DenialPolicy;
  /** An RRSIG never expires later than this after now. */
  readonly signaturesValidity: number;
  /** The same for DNSKEY, CDS and CDNSKEY. */
  readonly signaturesValidityDnskey: number;
  /** A signature of the previous zone that has less than this left is made anew. */
  readonly signaturesRefresh: number;
  /** Expirations are spread over this span before the end of the validity. 0: none. */
  readonly signaturesJitter: number;
  /** How far in the past signatures begin, against clocks that are slow. */
  readonly inceptionOffset: number;
  readonly dnskeyTtl: number;
  /** Publish CDS and CDNSKEY of every key-signing key. */
  readonly cds: boolean;
  readonly cdsDigestTypes: readonly number[];
  /** Let the ZSK sign CDS and CDNSKEY too. RFC 7344 4.1 asks for a key that the DS RRset names, the KSK. */
  readonly cdsSignedByZsk: boolean;
  /** ZONEMD digests to put at the apex (RFC 8976). Empty: none. */
  readonly zonemd: readonly ZonemdHash[];
  readonly serial: SerialPolicy;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Defaults: RFC 9276 and the field's common values (signatures 14 days, refreshed 5 days before they end, spread over 12 hours). */
export const DEFAULT_POLICY: SigningPolicy = {
  denial: { kind: 'nsec' },
  signaturesValidity: 14 * DAY,
  signaturesValidityDnskey: 14 * DAY,
  signaturesRefresh: 5 * DAY,
  signaturesJitter: 12 * HOUR,
  inceptionOffset: HOUR,
  dnskeyTtl: HOUR,
  cds: false,
  cdsDigestTypes: [2],
  cdsSignedByZsk: false,
  zonemd: [],
  serial: 'increment',
};
