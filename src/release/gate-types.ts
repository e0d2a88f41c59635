import type { Finding } from '../../signer/finding.ts';
import type { VerifyCounts } from '../../signer/verify/verify-zone.ts';
import type { Verdict } from './judges.ts';

/** What the gate says of one rule. */
export interface RuleVerdict {
  /** `verifier`, `unsigned`, `preservation`, `serial`, or one of OVERRIDABLE_RULES. */
  readonly rule: string;
  readonly verdict: 'pass' | 'fail' | 'overridden';
  /** One sentence with both values. */
  readonly text: string;
  readonly findings?: readonly Finding[];
  readonly judges?: readonly Verdict[];
}

/** What the gate says of a zone file, signed or not. */
export interface GateOutcome {
  readonly passed: boolean;
  /** In the order of the gate. All rules are asked, also after one has failed. */
  readonly verdicts: readonly RuleVerdict[];
  /** Hexadecimal sha256 over the data of the zone (see preservation.ts), the same for input and output. */
  readonly preservation: string;
  /** The zone as the gate has read it from the disk. */
  readonly signed: SignedFile;
  /** Against the last release; undefined for the first one. */
  readonly changes: Changes | undefined;
  readonly seconds: Readonly<Record<string, number>>;
}

export interface GateResult extends GateOutcome {
  readonly verification: VerifyReport;
}

/** What a zone file says of itself. */
export interface SignedFile {
  /** Of all octets that were read, hexadecimal. */
  readonly sha256: string;
  readonly size: number;
  readonly records: number;
  /** Of the SOA at the apex; undefined where there is not one. */
  readonly serial: number | undefined;
  /** Latest inception and earliest expiration of all RRSIGs, unix seconds: between them all signatures are valid. Undefined without signatures. */
  readonly validFrom: number | undefined;
  readonly validUntil: number | undefined;
  readonly keys: readonly PublishedKey[];
  /** CDS and CDNSKEY, and ZONEMD, of the apex in zone-file form; empty where there are none. */
  readonly cds: string;
  readonly zonemd: string;
}

export interface PublishedKey {
  readonly tag: number;
  readonly algorithm: number;
  readonly flags: number;
  /** RDATA, base64. */
  readonly dnskey: string;
}

/** verify-report.json. `format` 1. */
export interface VerifyReport {
  readonly format: 1;
  readonly zone: string;
  readonly serial: number | undefined;
  readonly now: string;
  readonly version: string;
  readonly good: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Undefined where the file could not be read as a zone. */
  readonly counts: VerifyCounts | undefined;
  readonly findings: readonly Finding[];
}

/** The data of a zone against that of the release before it; see limits.ts for what counts as what. */
export interface Changes {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly delegations: number;
  readonly ds: number;
  readonly apex: number;
  /** What there was of it in the release before: what a percentage is of. */
  readonly before: Readonly<Record<'records' | 'rrsets' | 'delegations' | 'ds' | 'apex', number>>;
  /** Records of data in this one. */
  readonly records: number;
}
