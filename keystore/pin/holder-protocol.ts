import type { Code } from '../../signer/errors.ts';

/** What the program and the process that holds a PIN say to each other. No PIN and no share travels here but sealed. */

/** A set of shares as the log knows it. */
export interface KnownSet {
  /** Hexadecimal. */
  readonly set: string;
  readonly holders: readonly string[];
  /** When it was voided; its shares are refused. */
  readonly voided?: string;
}

/** Where the holder gets a PIN from; `fd` is the number that the caller of the program knows the descriptor by. */
export type HolderSource =
  | { readonly kind: 'prompt' }
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'shares'; readonly fd?: number };

export interface Obtain {
  readonly source: HolderSource;
  /** Names the PIN in the prompt. */
  readonly what: string;
  /** The token, as shares name it; see pinContext. */
  readonly subject: string;
  readonly sets: readonly KnownSet[];
}

/** Who brought the shares, and of which set. */
export interface Combined {
  readonly set: string;
  readonly holders: readonly string[];
}

export interface ShareOrder {
  readonly threshold: number;
  /** One share each, in this order. */
  readonly holders: readonly string[];
  readonly subject: string;
  /** Absolute path of an existing folder: files in place of the screen. */
  readonly folder?: string;
}

/** What a share says of itself. */
export interface ShareFacts {
  readonly set: string;
  readonly threshold: number;
  readonly count: number;
  readonly index: number;
  /** It is for this token; undefined where none was named. */
  readonly fits?: boolean;
  /** As typed by who brought it. */
  readonly holder: string;
}

export interface HolderExchanges {
  obtain: { readonly ask: Obtain; readonly answer: { readonly combined?: Combined } };
  /** A new PIN of the user's choice, typed twice where it is typed. */
  choose: { readonly ask: { readonly source: HolderSource; readonly what: string; readonly least: number }; readonly answer: null };
  /** A new PIN that no person knows. */
  invent: { readonly ask: Readonly<Record<never, never>>; readonly answer: null };
  /** The held PIN for one process alone. */
  seal: { readonly ask: { readonly publicKey: Uint8Array; readonly context: string }; readonly answer: Uint8Array };
  /** Shares of the held PIN, each seen and read back by its custodian. Answers the id of the set. */
  share: { readonly ask: ShareOrder; readonly answer: string };
  /** One share read, whatever the holder holds. */
  examine: { readonly ask: { readonly fd?: number; readonly subject?: string }; readonly answer: ShareFacts };
}

export type HolderRequestKind = keyof HolderExchanges;
export type HolderRequest = { [K in HolderRequestKind]: { readonly kind: K } & HolderExchanges[K]['ask'] }[HolderRequestKind];

export type HolderReply =
  | { readonly kind: 'done'; readonly answer: HolderExchanges[HolderRequestKind]['answer'] }
  | Refused
  | { readonly kind: 'failed'; readonly name: string };

/** A Refusal on its way between processes. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}
