import type { Attestation } from '../key.ts';
import type { TokenSummary } from '../pkcs11/protocol.ts';

/** What `token doctor` finds out, as data: the child process measures, rules.ts judges, words.ts prints. */

/** A number that a token may keep to itself. */
export type Count = number | 'not told' | 'no limit';

export interface MechanismFacts {
  readonly type: number;
  readonly name: string;
  readonly minKeySize: number;
  readonly maxKeySize: number;
  /** What the mechanism is for: `sign`, `generate-key-pair`, `wrap`… */
  readonly uses: readonly string[];
}

/** All that a module and a token tell before a login. */
export interface TokenFacts {
  readonly library: { readonly manufacturer: string; readonly description: string; readonly version: string; readonly cryptoki: string };
  readonly slot: {
    readonly description: string;
    readonly manufacturer: string;
    /** The slot says that it is a device, not software (CKF_HW_SLOT). */
    readonly isHardware: boolean;
    readonly isRemovable: boolean;
  };
  readonly token: TokenSummary;
  readonly hardwareVersion: string;
  readonly flags: readonly TokenFlag[];
  readonly pinLength: { readonly min: Count; readonly max: Count };
  readonly sessions: { readonly max: Count; readonly open: Count; readonly maxReadWrite: Count; readonly openReadWrite: Count };
  /** Octets. */
  readonly memory: { readonly freePublic: Count; readonly freePrivate: Count };
  /** Clock of the token, unix seconds; undefined where it has none. */
  readonly clock?: number;
  readonly mechanisms: readonly MechanismFacts[];
}

/** CKF_… of CK_TOKEN_INFO → words, in the order of their bits (PKCS#11 3.0 3.2). */
export const TOKEN_FLAGS = {
  'random generator': 0x1,
  'write-protected': 0x2,
  'login required': 0x4,
  'user PIN set': 0x8,
  'restore key not needed': 0x20,
  'clock on the token': 0x40,
  'protected authentication path': 0x100,
  'dual crypto operations': 0x200,
  initialised: 0x400,
  'secondary authentication': 0x800,
  'wrong user PIN entered since the last good one': 0x1_0000,
  'one try left for the user PIN': 0x2_0000,
  'user PIN locked': 0x4_0000,
  'user PIN to be changed': 0x8_0000,
  'wrong SO PIN entered since the last good one': 0x10_0000,
  'one try left for the SO PIN': 0x20_0000,
  'SO PIN locked': 0x40_0000,
  'SO PIN to be changed': 0x80_0000,
  'in error state': 0x100_0000,
} as const;

export type TokenFlag = keyof typeof TOKEN_FLAGS;

export type Survey =
  | { readonly kind: 'found'; readonly facts: TokenFacts }
  | { readonly kind: 'no-match' | 'many-matches'; readonly candidates: readonly TokenSummary[] };

/** Where the key of a trial lives: a session key ends with the session at the latest. */
export type TrialPlace = 'session' | 'token';

export interface PairTrial {
  /** DNSSEC algorithms that sign with one kind of key: 8 and 10 share theirs. */
  readonly algorithms: readonly number[];
  /** RSA only. */
  readonly bits: number;
  readonly place: TrialPlace;
  /** Random. */
  readonly id: Uint8Array;
  /** Messages end to end; as many of them are signed as fit into a short time, one at least. */
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** One call that a token did not fulfil. */
export interface Refused {
  /** `C_…`. */
  readonly call: string;
  /** `CKR_…`, or what failed. */
  readonly name: string;
}

export interface SignTrial {
  readonly algorithm: number;
  readonly outcome:
    | {
        readonly kind: 'signed';
        readonly mechanism: string;
        readonly signatures: Uint8Array;
        readonly count: number;
        readonly milliseconds: number;
      }
    | ({ readonly kind: 'refused' } & Refused);
}

export type PairOutcome =
  | {
      readonly kind: 'made';
      /** Public key field of a DNSKEY. */
      readonly publicKey: Uint8Array;
      readonly strength: 'hardened' | 'reduced' | 'minimal';
      readonly attestation: Attestation;
      /** The token gave out the private value. */
      readonly isReadable: boolean;
      readonly milliseconds: number;
      /** An attribute of the key, made as not modifiable, could be changed; undefined where the token did not take that wish. */
      readonly couldModify?: boolean;
      readonly signing: readonly SignTrial[];
      /** Objects of the trial that are there after they were destroyed. */
      readonly remains: number;
    }
  | ({ readonly kind: 'refused' } & Refused);

/** Tried, or the call that failed. */
export type Ability = { readonly kind: 'works' } | ({ readonly kind: 'refused' } & Refused);

export interface WrapAbility {
  readonly mechanism: string;
  readonly ability: Ability;
  /** A key that was made as not extractable was wrapped all the same. */
  readonly takesUnextractable: boolean;
}

/** What a token can do beside signing. */
export interface Abilities {
  /** Sessions that could be opened beside the two of this program; never more than {@link MAX_SESSION_PROBE} are tried. */
  readonly sessions: { readonly opened: number; readonly stopped?: Refused };
  readonly random: { readonly kind: 'plausible' | 'repeated' | 'zero' } | ({ readonly kind: 'refused' } & Refused);
  readonly dataObject: Ability;
  /** AES key wrap mechanisms that the token lists, each tried with keys of the session. Empty, too, where such keys cannot be made. */
  readonly wrapping: readonly WrapAbility[];
  /** What a private key is like for which the maker said nothing about its protection. */
  readonly defaults?: Attestation;
  readonly remains: number;
}

export const MAX_SESSION_PROBE = 16;

/** All objects that a login shows: how many, and a SHA-256 over class, id and label of each. */
export interface Inventory {
  readonly objects: number;
  readonly sha256: string;
  /** Objects that an interrupted trial of this program has left behind. */
  readonly trials: number;
}

/** The file of the module, and what the dynamic linker made of it. */
export interface ModuleFacts {
  readonly path: string;
  readonly sha256: string;
  /** `spy`: writes all arguments, PINs among them, to a log. */
  readonly kind: 'module' | 'spy' | 'forwarding';
  /** Libraries that it links (DT_NEEDED). */
  readonly needs: readonly string[];
  readonly binding: CryptoBinding;
}

/** Who answers the OpenSSL calls of the module. */
export type CryptoBinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly because: string }
  /** Functions by the file that they are bound to. */
  | { readonly kind: 'bound'; readonly to: readonly { readonly file: string; readonly isNode: boolean; readonly functions: number }[] };

/** What became of one DNSSEC algorithm. */
export type AlgorithmVerdict =
  | ({ readonly kind: 'works'; readonly algorithm: number } & WorkingAlgorithm)
  | { readonly kind: 'absent'; readonly algorithm: number; readonly missing: string }
  | ({ readonly kind: 'refused'; readonly algorithm: number } & Refused)
  | { readonly kind: 'wrong'; readonly algorithm: number; readonly bad: number; readonly of: number };

export interface WorkingAlgorithm {
  readonly key: string;
  readonly place: TrialPlace;
  readonly mechanism: string;
  readonly signatureOctets: number;
  /** Signatures that were made and verified. */
  readonly signatures: number;
  readonly generateMs: number;
  readonly signMs: number;
  readonly strength: 'hardened' | 'reduced' | 'minimal';
  readonly attestation: Attestation;
  readonly isReadable: boolean;
  readonly couldModify?: boolean;
}

export interface Trials {
  readonly algorithms: readonly AlgorithmVerdict[];
  readonly abilities: Abilities;
  readonly before: Inventory;
  readonly after: Inventory;
  readonly remains: number;
}

/** Everything that is known at the end. */
export interface Examination {
  readonly module: ModuleFacts;
  readonly facts: TokenFacts;
  /** Undefined without a login. */
  readonly trials?: Trials;
  /** Why there was no login. */
  readonly untried?: string;
  /** Unix seconds. */
  readonly now: number;
}
