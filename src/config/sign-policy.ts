import { fromHex } from '../../signer/dns/bytes.ts';
import { MAX_TTL } from '../../signer/dns/ttl.ts';
import { Refusal } from '../../signer/errors.ts';
import { DEFAULT_POLICY, type DenialPolicy, type SerialPolicy, type SigningPolicy, type ZonemdHash } from '../../signer/policy.ts';
import { parseDuration } from './time-text.ts';

/** The policy options of `zone sign`, as text from the command line. */
export interface PolicyOptions {
  readonly nsec3?: boolean;
  readonly optOut?: boolean;
  readonly salt?: string;
  readonly iterations?: string;
  readonly iKnowRfc9276?: boolean;
  readonly validity?: string;
  readonly validityDnskey?: string;
  readonly refresh?: string;
  readonly jitter?: string;
  readonly inceptionOffset?: string;
  readonly dnskeyTtl?: string;
  readonly cds?: boolean;
  readonly cdsDigest?: string;
  readonly cdsByZsk?: boolean;
  readonly zonemd?: boolean | string;
  readonly serial?: string;
}

/** Validators of today treat zones with more as unsigned or worse (RFC 9276 3.2). */
const MAX_ITERATIONS = 50;

/** What the defaults of a policy depend on, in seconds. */
export interface ZoneTimes {
  /** SOA EXPIRE, or REFRESH + RETRY if that is more: how long a secondary serves a zone that it can no longer refresh. */
  readonly soaExpire: number;
  readonly largestTtl: number;
}

export type PolicyForZone = (times: ZoneTimes) => SigningPolicy;

/** A zone is usually signed again within this span before the refresh time. */
const BETWEEN_SIGNINGS = DEFAULT_POLICY.signaturesValidity - DEFAULT_POLICY.signaturesRefresh;
/** An SOA EXPIRE above this does not lengthen the default validity any more. */
const MAX_DEFAULT_REFRESH = 60 * 86_400;

/**
 * Options to policy. Where the command line gives no validity, signatures last long enough that no secondary serves an
 * expired one: refresh = max(5 d, SOA EXPIRE + largest TTL), validity = refresh + 9 d.
 * @throws Refusal usage/…
 */
export function signingPolicy(options: PolicyOptions): PolicyForZone {
  const given = {
    validity: options.validity === undefined ? undefined : parseDuration(options.validity),
    validityDnskey: options.validityDnskey === undefined ? undefined : parseDuration(options.validityDnskey),
    refresh: options.refresh === undefined ? undefined : parseDuration(options.refresh),
    jitter: options.jitter === undefined ? undefined : parseDuration(options.jitter),
  };
  const rest = {
    denial: denialPolicy(options),
    inceptionOffset: span(options.inceptionOffset, DEFAULT_POLICY.inceptionOffset),
    dnskeyTtl: ttl(options.dnskeyTtl, DEFAULT_POLICY.dnskeyTtl),
    cds: options.cds === true,
    cdsDigestTypes: [...new Set((options.cdsDigest ?? DEFAULT_POLICY.cdsDigestTypes.join(',')).split(',').map(digestType))],
    cdsSignedByZsk: options.cdsByZsk === true,
    zonemd: zonemdHashes(options.zonemd),
    serial: serialPolicy(options.serial),
  };
  return ({ soaExpire, largestTtl }) => {
    const needed = Math.min(MAX_DEFAULT_REFRESH, Math.max(DEFAULT_POLICY.signaturesRefresh, soaExpire + largestTtl));
    const validity = given.validity ?? (given.refresh ?? needed) + BETWEEN_SIGNINGS;
    return {
      ...rest,
      signaturesValidity: validity,
      signaturesValidityDnskey: given.validityDnskey ?? validity,
      signaturesRefresh: given.refresh ?? (given.validity === undefined ? needed : Math.min(needed, Math.floor(validity / 3))),
      signaturesJitter: given.jitter ?? Math.min(DEFAULT_POLICY.signaturesJitter, Math.floor(validity / 10)),
    };
  };
}

const span = (text: string | undefined, fallback: number): number => (text === undefined ? fallback : parseDuration(text));

/** RFC 2181 8. */
function ttl(text: string | undefined, fallback: number): number {
  const seconds = span(text, fallback);
  if (seconds <= MAX_TTL) return seconds;
  throw new Refusal('usage/number', `a TTL of ${seconds} s is above ${MAX_TTL} (RFC 2181 8)`, 'give --dnskey-ttl a smaller value');
}

function denialPolicy(options: PolicyOptions): DenialPolicy {
  const iterations = wholeNumber(options.iterations ?? '0', '--iterations', MAX_ITERATIONS);
  const salt = options.salt === undefined || options.salt === '-' ? new Uint8Array() : fromHex(options.salt);
  if (salt === undefined || salt.length > 255) {
    throw new Refusal(
      'usage/salt',
      `--salt ${options.salt} is not hexadecimal of at most 255 octets`,
      'leave it out: RFC 9276 3.1 asks for no salt',
    );
  }
  const extras = [
    options.optOut && '--opt-out',
    options.salt !== undefined && '--salt',
    options.iterations !== undefined && '--iterations',
  ].filter(Boolean);
  if (options.nsec3 !== true) {
    if (extras.length > 0)
      throw new Refusal('usage/nsec3', `${extras.join(' and ')} without --nsec3`, 'add --nsec3, or leave them out for NSEC');
    return { kind: 'nsec' };
  }
  if ((iterations > 0 || salt.length > 0) && options.iKnowRfc9276 !== true) {
    throw new Refusal(
      'usage/rfc9276',
      `NSEC3 with ${iterations} iterations and ${salt.length} octets of salt; RFC 9276 3.1 asks for 0 and none`,
      'leave --iterations and --salt out; or add --i-know-rfc9276',
    );
  }
  return { kind: 'nsec3', optOut: options.optOut === true, iterations, salt };
}

function digestType(text: string): number {
  const type = ({ '2': 2, sha256: 2, 'sha-256': 2, '4': 4, sha384: 4, 'sha-384': 4 } as Record<string, number>)[text.trim().toLowerCase()];
  if (type !== undefined) return type;
  throw new Refusal(
    'usage/digest',
    `DS digest type "${text}" is not 2 (SHA-256) or 4 (SHA-384)`,
    'use --cds-digest 2, 4, or 2,4; SHA-1 must not be used (RFC 9905)',
  );
}

function zonemdHashes(value: boolean | string | undefined): readonly ZonemdHash[] {
  if (value === undefined || value === false) return [];
  if (value === true) return ['sha384'];
  const hashes = value.split(',').map((text): ZonemdHash => {
    const name = text.trim().toLowerCase().replace('-', '');
    if (name === 'sha384' || name === 'sha512') return name;
    throw new Refusal(
      'usage/zonemd',
      `ZONEMD hash "${text}" is not sha384 or sha512`,
      'use --zonemd, --zonemd=sha512, or --zonemd=sha384,sha512',
    );
  });
  return [...new Set(hashes)];
}

function serialPolicy(text: string | undefined): SerialPolicy {
  if (text === undefined) return DEFAULT_POLICY.serial;
  if (text === 'keep' || text === 'increment' || text === 'unixtime' || text === 'date') return text;
  throw new Refusal('usage/serial', `serial policy "${text}" is unknown`, 'use keep, increment, unixtime or date');
}

/** @throws Refusal usage/number */
export function wholeNumber(text: string, option: string, max: number, min = 0): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Refusal(
    'usage/number',
    `${option} ${text} is not a whole number from ${min} to ${max}`,
    `give ${option} a number in that range`,
  );
}
