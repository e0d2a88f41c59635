import type { CdsContents } from '../../keystore/rollover/contents.ts';
import type { CeremonyEntryData } from './ceremony-entries.ts';
import type { RollEntryData } from './roll-entries.ts';

/**
 * What the audit log records. One line of entries.jsonl is one entry: JSON with sorted keys, ASCII, integers, strings and
 * booleans as values, at most MAX_ENTRY_OCTETS; anything bigger is an artifact that the entry names by sha256.
 * The leaf of the Merkle tree is the exact octets of the line without its line feed.
 */
export interface Entry<T extends EntryType = EntryType> {
  readonly v: 1;
  /** Index of the leaf. */
  readonly seq: number;
  /** UTC of the machine's clock, seconds: `2026-11-24T09:00:00Z`. */
  readonly time: string;
  /** Milliseconds since boot, and the boot they count from: a clock that was changed shows. */
  readonly mono: number;
  readonly boot: string;
  /** Id of the session, the same from session.open to session.close. */
  readonly session: string;
  readonly mode: Mode;
  readonly type: T;
  readonly cat: Category;
  readonly actor: Actor;
  readonly data: EntryData[T];
}

/** Practice entries can never be mistaken for production: every entry says what it is. */
export type Mode = 'production' | 'practice';

export interface Actor {
  readonly role: string;
  readonly name: string;
}

/** The kinds of evidence that a practice statement must keep. */
export type Category = 'key' | 'signing' | 'access' | 'incident' | 'audit' | 'software' | 'ceremony' | 'assessment';

export interface ArtifactRef {
  /** Hexadecimal; the name of the file in artifacts/. */
  readonly sha256: string;
  readonly size: number;
  /** What people call it: a file name, `plan`, `policy`. */
  readonly name: string;
}

/** A key as the log knows it. */
export interface LoggedKey {
  readonly zone: string;
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly algorithm: number;
  readonly keyTag: number;
  /** DNSKEY RDATA, base64. */
  readonly dnskey: string;
  /** CKA_ID, hexadecimal. */
  readonly id: string;
  readonly label: string;
  /** Role of the token in the configuration, and its serial number. */
  readonly token: string;
  readonly serial: string;
}

/** What names a key among those that the log knows. */
export interface KeyRef {
  readonly zone: string;
  readonly keyTag: number;
  /** CKA_ID, hexadecimal. */
  readonly id: string;
}

/** A token as the log names it. */
export interface TokenRef {
  readonly label: string;
  readonly serial: string;
}

/** A release as the log knows it. */
export interface LoggedRelease {
  /**
   * Absent: a signed zone. unsigned: a zone that went insecure; a catalog, which has no input either. Both have no keys, and no validity: where its end
   * would stand, and that of its refreshing, stands `unsigned`.
   */
  readonly kind?: 'unsigned' | 'catalog';
  readonly zone: string;
  readonly serial: number;
  /** sha256 of MANIFEST, hexadecimal; MANIFEST itself is an artifact under this name. */
  readonly manifest: string;
  /** sha256 of the zone, hexadecimal. */
  readonly signed: string;
  /** Sources of the unsigned zone, the main file first; of a way back to an earlier release, those of the release that it leaves. */
  readonly input: readonly ArtifactRef[];
  /** Where they are too many for an entry: all of them as JSON; `input` then has the main file alone. */
  readonly inputList?: ArtifactRef;
  /** From when on all signatures are valid, and when the first one ends; of what has none, when it was made. */
  readonly validFrom: string;
  readonly validUntil: string;
  /** Where signatures must have been refreshed: end of the first one, less what the policy keeps in hand. */
  readonly refreshAt: string;
  readonly keyTags: readonly number[];
  /** sha256 over the values of the policy that it was made with, hexadecimal. */
  readonly policy: string;
  readonly records: number;
  /** seq of the `roll.step.intent` that it carries out. */
  readonly roll?: number;
  /** What its CDS and CDNSKEY ask for. Absent in releases before there were rollovers, and of catalogs. */
  readonly cds?: CdsContents;
  /** What caches can make of it. Absent in releases before there were rollovers, and of catalogs. */
  readonly version?: LoggedVersion;
}

/** A version of a zone, as far as caches keep it; unix seconds and seconds. */
export interface LoggedVersion {
  /** When it was made; no two versions of a zone have the same. */
  readonly made: number;
  /** TTL of the DNSKEY RRset, the largest of all signed data, that of negative answers. */
  readonly keyTtl: number;
  readonly signatureTtl: number;
  readonly negativeTtl: number;
  readonly isSigned: boolean;
}

/** Type → data. A `*.intent` is durable before the irreversible act; `*.result` names it by `intent`, its seq. */
export interface EntryData extends RollEntryData, CeremonyEntryData {
  readonly 'log.genesis': {
    readonly origin: string;
    readonly vkey: string;
    /** Where the audit key is: label, CKA_ID, serial number of the token. */
    readonly key: { readonly label: string; readonly id: string; readonly serial: string };
    readonly version: string;
  };
  readonly 'log.anomaly': { readonly kind: string; readonly text: string; readonly artifact?: ArtifactRef };
  readonly 'session.open': {
    readonly command: string;
    readonly version: string;
    /** sha256 over the program's files, hexadecimal. */
    readonly program: string;
    /** Whether the token keeps the head of the log. */
    readonly head: 'token' | 'none';
    /** Newest witness cosignature known when the session began, its log size. */
    readonly witnessed?: number;
    /** Step of a ceremony that it is the command of, or that it writes about. */
    readonly ceremony?: string;
    readonly step?: string;
  };
  readonly 'session.close': {
    readonly outcome: 'done' | 'refused' | 'failed';
    /** Code of the refusal or fault. */
    readonly code?: string;
    /** sha256 of the state that stands for all entries before this one, hexadecimal. */
    readonly snapshot: string;
  };
  /** The clock moved against the time since boot by more than the tolerance, seconds, since the last entry (unix seconds). */
  readonly 'clock.jump': { readonly seconds: number; readonly since: number };
  readonly 'policy.loaded': {
    readonly config: ArtifactRef;
    /** What changed; the first changes only, where `whole` has all of them as JSON. */
    readonly diff: readonly PolicyChange[];
    readonly whole?: ArtifactRef;
    /** Person → vkey, all that it names: what people agree to from now on is checked with them. */
    readonly keys?: Readonly<Record<string, string>>;
    /** People who agreed, where a quorum asks for them. */
    readonly approvals?: readonly string[];
  };
  /** Several for a source that includes very many files, each with its share of them. */
  readonly 'input.accepted': { readonly zone: string; readonly files: readonly ArtifactRef[]; readonly serial: number };
  readonly 'input.rejected': { readonly zone: string; readonly code: string; readonly text: string };
  readonly 'key.generate.intent': {
    readonly zone: string;
    readonly role: 'ksk' | 'zsk' | 'csk';
    readonly algorithm: number;
    readonly label: string;
    readonly token: string;
    /** Serial number of the token that the role had then. */
    readonly serial?: string;
    /** CKA_IDs that the token had under this label before. */
    readonly before: readonly string[];
    /** It was to be one that may leave the token, wrapped. */
    readonly wrappable?: boolean;
    /** Key tags that are taken elsewhere, as the operator said. */
    readonly avoidTags?: readonly number[];
  };
  readonly 'key.generate.result': { readonly intent: number; readonly key: LoggedKey };
  /** A key that was made elsewhere and is used as it is. */
  readonly 'key.imported': {
    readonly key: LoggedKey;
    /** Program that made it, as far as it shows: `opendnssec`, `knot`, `bind`, `kskm`, `other`. */
    readonly from: string;
    readonly reason?: string;
  };
  /** Every token of the role signed a random challenge, and the DNSKEY RRset if one was planned; all verified under the one public key. */
  readonly 'key.proved': {
    readonly key: KeyRef;
    readonly tokens: readonly TokenRef[];
    /** sha256 over the URIs that the role had then, hexadecimal: clones of a token have one label and one serial number. */
    readonly places?: string;
    /** sha256 over the signed data of the DNSKEY RRset that was signed with it, hexadecimal. */
    readonly rrset?: string;
  };
  /** Tokens of one role have other keys under the name of this one. */
  readonly 'key.refused': { readonly key: KeyRef; readonly code: string; readonly text: string };
  readonly 'key.destroy.intent': { readonly key: LoggedKey; readonly tokens: readonly TokenRef[]; readonly reason: string };
  /** On every token of the intent, `found no more` was read back. */
  readonly 'key.destroy.result': { readonly intent: number; readonly key: LoggedKey; readonly tokens: readonly TokenRef[] };
  readonly 'key.backup': {
    readonly method: BackupMethod;
    readonly keys: readonly KeyRef[] | ArtifactRef;
    readonly token: TokenRef;
    /** sha256 of the archive, hexadecimal; the archive is not in the workspace. Absent for a vendor's procedure. */
    readonly sha256?: string;
    /** Where it was written, or what was done, and evidence of it. */
    readonly place: string;
    readonly evidence?: ArtifactRef;
  };
  /** Restored into a scratch token, the same public keys proved by a challenge, the scratch token destroyed. */
  readonly 'key.drill': {
    readonly method: BackupMethod;
    readonly keys: readonly KeyRef[] | ArtifactRef;
    readonly sha256?: string;
    readonly outcome: 'proved' | 'failed';
    readonly text: string;
    readonly evidence?: ArtifactRef;
  };
  /** Keys are about to be unwrapped into a token. What becomes of it is told by `intent.resolved`. */
  readonly 'key.restore.intent': {
    readonly method: BackupMethod;
    readonly keys: readonly KeyRef[] | ArtifactRef;
    readonly token: TokenRef;
    readonly sha256: string;
    readonly reason: string;
  };
  /** For ever after, these keys are restored ones. */
  readonly 'key.restored': {
    readonly method: BackupMethod;
    readonly keys: readonly KeyRef[] | ArtifactRef;
    readonly token: TokenRef;
    readonly sha256?: string;
    readonly reason: string;
  };
  /** A PIN in shares: made, made anew from the same or of a new PIN, or void. Never a share. */
  readonly 'pin.shares': {
    readonly act: 'made' | 'reshared' | 'voided';
    /** Id of the set, hexadecimal. */
    readonly set: string;
    readonly token: TokenRef;
    readonly threshold: number;
    readonly holders: readonly string[];
    /** Set that it replaces. */
    readonly replaces?: string;
    readonly reason?: string;
  };
  /** Who brought the shares that a login took. */
  readonly 'pin.combined': { readonly set: string; readonly token: TokenRef; readonly holders: readonly string[] };
  readonly 'sign.intent': {
    readonly zone: string;
    readonly serial: number;
    readonly signatures: number;
    /** sha256 over what is to be signed by which key from when to when, hexadecimal. */
    readonly plan: string;
    readonly keyTags: readonly number[];
    readonly previous?: number;
  };
  readonly 'sign.result': {
    readonly intent: number;
    readonly zone: string;
    readonly serial: number;
    readonly made: number;
    readonly kept: number;
    /** sha256 of the signed zone file. */
    readonly signed: string;
    readonly perKey: readonly { readonly keyTag: number; readonly signatures: number }[];
  };
  readonly 'gate.passed': { readonly zone: string; readonly serial: number; readonly verdicts: readonly LoggedVerdict[] };
  readonly 'gate.refused': { readonly zone: string; readonly serial: number; readonly verdicts: readonly LoggedVerdict[] };
  readonly 'release.intent': { readonly release: LoggedRelease; readonly folder: string };
  readonly 'release.result': { readonly intent: number; readonly zone: string; readonly serial: number };
  readonly 'exception.opened': {
    readonly rule: string;
    readonly zone: string;
    readonly serial: number;
    readonly reason: string;
    readonly text: string;
  };
  /** What became of an intent whose session did not live to tell. */
  readonly 'intent.resolved': {
    readonly intent: number;
    readonly outcome: 'completed' | 'abandoned';
    readonly found: string;
    readonly key?: LoggedKey;
  };
  /** Many zones in one run: what `--resume` goes on with. */
  readonly 'batch.begun': { readonly zones: readonly string[] | ArtifactRef };
  readonly 'batch.zone': { readonly zone: string; readonly outcome: 'done' | 'refused' | 'failed'; readonly code?: string };
  readonly 'batch.ended': { readonly done: number; readonly refused: number; readonly failed: number };
  readonly 'checkpoint.witnessed': { readonly size: number; readonly witness: string; readonly time: string; readonly line: string };
  readonly 'export.created': { readonly size: number; readonly sha256: string; readonly files: number };
}

/** token-archive: the encrypted folder of a SoftHSM token. wrap: keys under a key-encryption key. vendor: a procedure of people. */
export type BackupMethod = 'token-archive' | 'wrap' | 'vendor';

export interface LoggedVerdict {
  readonly rule: string;
  readonly verdict: 'pass' | 'fail' | 'overridden';
  readonly text: string;
}

export interface PolicyChange {
  /** Path in the configuration: `policies.default.zsk-lifetime`. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

export type EntryType = keyof EntryData;

export const CATEGORY: Readonly<Record<EntryType, Category>> = {
  'log.genesis': 'audit',
  'log.anomaly': 'incident',
  'session.open': 'access',
  'session.close': 'access',
  'clock.jump': 'incident',
  'policy.loaded': 'software',
  'input.accepted': 'signing',
  'input.rejected': 'signing',
  'key.generate.intent': 'key',
  'key.generate.result': 'key',
  'key.imported': 'key',
  'key.proved': 'key',
  'key.refused': 'incident',
  'key.destroy.intent': 'key',
  'key.destroy.result': 'key',
  'key.backup': 'key',
  'key.drill': 'key',
  'key.restore.intent': 'key',
  'key.restored': 'key',
  'pin.shares': 'access',
  'pin.combined': 'access',
  'sign.intent': 'signing',
  'sign.result': 'signing',
  'gate.passed': 'assessment',
  'gate.refused': 'assessment',
  'release.intent': 'signing',
  'release.result': 'signing',
  'roll.started': 'key',
  'roll.noted': 'key',
  'roll.step.intent': 'key',
  'roll.cancelled': 'key',
  'zone.observed': 'assessment',
  'ds.observed': 'assessment',
  'ds.submitted': 'key',
  'ds.retracted': 'key',
  'ceremony.opened': 'ceremony',
  'ceremony.attendance': 'ceremony',
  'ceremony.step.begun': 'ceremony',
  'ceremony.step.ended': 'ceremony',
  'approval.given': 'ceremony',
  'approval.refused': 'incident',
  'ceremony.exception': 'incident',
  'ceremony.exception.closed': 'incident',
  'ceremony.handover': 'ceremony',
  'ceremony.paused': 'ceremony',
  'ceremony.resumed': 'ceremony',
  'ceremony.ended': 'ceremony',
  'env.checked': 'assessment',
  'clock.checked': 'assessment',
  'continuity.checked': 'audit',
  'exception.opened': 'incident',
  'intent.resolved': 'incident',
  'batch.begun': 'signing',
  'batch.zone': 'signing',
  'batch.ended': 'signing',
  'checkpoint.witnessed': 'audit',
  'export.created': 'audit',
};

export const MAX_ENTRY_OCTETS = 16_384;
