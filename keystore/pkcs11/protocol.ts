import type { KeyRole } from '../../signer/zone-key.ts';
import type { Abilities, Inventory, PairOutcome, PairTrial, Survey, TrialPlace } from '../doctor/facts.ts';
import type { Attestation, KeyOnToken } from '../key.ts';
import type { Refused } from '../pin/holder-protocol.ts';
import type { PinOffer } from '../pin/offer.ts';
import type { TokenFailure } from './ckr.ts';
import type { TokenObject } from './inventory.ts';
import type { LoginAnswer, LoginOrder, PinChange } from './login.ts';
import type { ObjectName } from './native.ts';
import type { KekOrder, UnwrapOrder, WrapOrder, WrapOutcome } from './wrapping.ts';

/** What the parent process and the child that owns the PKCS#11 module say to each other. PINs travel only as offers, which the parent cannot read. */

export interface TokenMatch {
  readonly token?: string;
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly model?: string;
}

/** Where a token was found. The slot is a hint: label and serial decide. */
export interface TokenPlace {
  readonly slot: Uint8Array;
  readonly label: string;
  readonly serial: string;
}

export interface MechanismSummary {
  readonly type: number;
  readonly name: string;
  readonly minKeySize: number;
  readonly maxKeySize: number;
}

export interface TokenSummary {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly slotDescription: string;
  readonly firmware: string;
  readonly initialized: boolean;
  readonly loginRequired: boolean;
  readonly userPinInitialized: boolean;
  /** CKF_… of CK_TOKEN_INFO. */
  readonly flags: number;
  readonly userPin: 'fine' | 'count-low' | 'final-try' | 'locked';
  readonly mechanisms: readonly MechanismSummary[];
}

export interface KeyReference {
  readonly id: Uint8Array;
  readonly label: string;
}

export interface GenerateOrder extends KeyReference {
  readonly role: KeyRole | 'audit';
  readonly algorithm: number;
  readonly bits: number;
  /** It may leave the token, wrapped with a trusted key. */
  readonly wrappable?: boolean;
}

/** A key made ready for signing in one child. */
export interface PreparedKey {
  /** Number by which sign requests name the key in this child. */
  readonly key: number;
  readonly publicKey?: Uint8Array;
  readonly mechanism: string;
  /** Signature over the trial message, not yet verified. */
  readonly signature: Uint8Array;
  /** How long that signature took. */
  readonly milliseconds: number;
}

export interface GeneratedKey {
  readonly publicKey: Uint8Array;
  readonly strength: 'hardened' | 'reduced' | 'minimal';
  readonly attestation: Attestation;
  /** The token gave out the private value. */
  readonly readable: boolean;
  /** Key pairs that failed attempts had left behind under the same new CKA_ID; removed. */
  readonly orphansRemoved: number;
}

/** The one pair that is meant: CKA_ID and label, and this public key. */
export interface DestroyOrder extends KeyReference {
  /** Public key field of the DNSKEY RDATA. */
  readonly publicKey: Uint8Array;
  /** The private key of this name has proved by a signature that it belongs to the public key. */
  readonly proved: boolean;
}

/** Numbers of objects. */
export interface PairFound {
  readonly privateKeys: number;
  readonly publicKeys: number;
  /** Private keys of this CKA_ID and label with another public key. */
  readonly foreign: number;
  /** Private keys of this CKA_ID and label whose public key the token does not show. */
  readonly unproved: number;
  /** Other key objects on the token. */
  readonly others: number;
}

/** Request kind → what it carries → what it returns. */
export interface Exchanges {
  'list-tokens': { readonly ask: { readonly module: string }; readonly answer: readonly TokenSummary[] };
  /** Fails with class `policy` and the candidates in `candidates` unless exactly one token matches. */
  open: { readonly ask: { readonly module: string; readonly match: TokenMatch }; readonly answer: OpenAnswer };
  /** Opens the token that another child of the same keystore has found; answers false where it is not there. */
  attach: { readonly ask: { readonly module: string; readonly place: TokenPlace }; readonly answer: boolean };
  /** The public key that PINs for this child are sealed with. */
  'pin-key': { readonly ask: Readonly<Record<never, never>>; readonly answer: Uint8Array };
  login: { readonly ask: LoginOrder; readonly answer: LoginAnswer };
  /** New session, login where the old one was lost, and all prepared keys forgotten. */
  reopen: { readonly ask: LoginOrder; readonly answer: LoginAnswer };
  /** The PIN goes on record as refused; no login. */
  'record-refused': { readonly ask: LoginOrder; readonly answer: null };
  /** A new PIN of the user, who is logged in. */
  'set-pin': { readonly ask: PinChange; readonly answer: LoginAnswer };
  'init-token': {
    readonly ask: { readonly module: string; readonly label: string; readonly soPin: PinOffer; readonly userPin: PinOffer };
    readonly answer: InitAnswer;
  };
  /** All keys, or those with this CKA_ID and label. */
  'list-keys': { readonly ask: ObjectName; readonly answer: readonly KeyOnToken[] };
  prepare: { readonly ask: KeyReference & PrepareOrder; readonly answer: PreparedKey };
  sign: { readonly ask: { readonly key: number; readonly bytes: Uint8Array; readonly ends: Uint32Array }; readonly answer: Uint8Array };
  generate: { readonly ask: GenerateOrder; readonly answer: GeneratedKey };
  /** Removes a pair that this very child has generated; nothing else. */
  'discard-new': { readonly ask: { readonly id: Uint8Array }; readonly answer: null };
  /** The same after the child that generated it was lost: objects with this CKA_ID and label. Answers how many there were. */
  'remove-new': { readonly ask: KeyReference; readonly answer: number };
  /** Everything stored on the token, keys or not. */
  'list-objects': { readonly ask: Record<never, never>; readonly answer: readonly TokenObject[] };
  /** Looks for the objects of a pair on a token that is logged in to and answers as it should. */
  'find-pair': { readonly ask: DestroyOrder; readonly answer: PairFound };
  /** Destroys a pair; returns what a new session still finds of it. */
  'destroy-pair': { readonly ask: DestroyOrder; readonly answer: PairFound };
  /** One outcome for each key. */
  'wrap-keys': { readonly ask: WrapOrder; readonly answer: readonly WrapOutcome[] };
  /** A private key from its wrapped form, and its public object. */
  'unwrap-key': { readonly ask: UnwrapOrder; readonly answer: null };
  /** Makes or destroys a trusted key-encryption key, logged in as the security officer. */
  'serve-kek': { readonly ask: KekOrder; readonly answer: LoginAnswer };
  /** Values of the private data objects of coldsign with this label. */
  'read-objects': { readonly ask: { readonly label: string }; readonly answer: readonly Uint8Array[] };
  /** A new data object, then those away that had the label before. */
  'replace-object': { readonly ask: { readonly label: string; readonly value: Uint8Array }; readonly answer: Storing };
  /** What module, slot and token tell; no session, no login. */
  survey: { readonly ask: { readonly module: string; readonly match: TokenMatch }; readonly answer: Survey };
  /** A key pair for the look of it: made, used, destroyed. */
  'try-pair': { readonly ask: PairTrial; readonly answer: PairOutcome };
  'try-abilities': { readonly ask: { readonly place: TrialPlace }; readonly answer: Abilities };
  'take-inventory': { readonly ask: Readonly<Record<never, never>>; readonly answer: Inventory };
  /** Destroys objects with the label of trials, of this CKA_ID or all; answers how many are left. */
  'destroy-trials': { readonly ask: { readonly id?: Uint8Array }; readonly answer: number };
}

export type InitAnswer = { readonly kind: 'initialized'; readonly token: TokenSummary } | Refused;

export interface PrepareOrder {
  readonly algorithm: number;
  readonly signatureOctets: number;
  readonly trial: Uint8Array;
}

/** `unsupported`: the token does not take data objects, or not this one. */
export type Storing = 'stored' | 'unsupported';

export type OpenAnswer =
  | { readonly kind: 'opened'; readonly token: TokenSummary; readonly slot: Uint8Array }
  | { readonly kind: 'no-match' | 'many-matches'; readonly candidates: readonly TokenSummary[] };

export type RequestKind = keyof Exchanges;
export type Request = { [K in RequestKind]: { readonly kind: K } & Exchanges[K]['ask'] }[RequestKind];
export type Answer<K extends RequestKind> = Exchanges[K]['answer'];

/** `alive`: no reply yet, but the module answers, call by call. */
export type Reply =
  | { readonly kind: 'alive' }
  | { readonly kind: 'done'; readonly answer: Answer<RequestKind> }
  | { readonly kind: 'failed'; readonly failure: TokenFailure };
