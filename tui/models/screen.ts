import type { Act, Answer, Request, Summary } from '../data.ts';
import type { Wish } from '../keymap.ts';
import type { ScreenName } from '../screen-names.ts';

/** What all screens go by. */
export interface Shared {
  readonly size: Size;
  readonly now: number;
  /** Only looked at: there are no acts. */
  readonly isWatching: boolean;
  /** The zone that screens of one zone are about; none before one was chosen. */
  readonly zone: string | undefined;
  readonly summary: Summary;
  /** What was asked for and did not come. */
  readonly missed: ReadonlySet<Request['of']>;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type ScreenMessage =
  | Wish
  | { readonly kind: 'searched'; readonly text: string }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** There is no answer, and none comes. */
  | { readonly kind: 'stopped' | 'failed'; readonly of: Request['of'] };

/** What a screen is beside its picture. Everything here is pure. */
export interface ScreenModel<S> {
  readonly title: string;
  readonly start: S;
  /** It comes to the screen, or what it shows may have changed. @returns what it needs to know */
  enter(state: S, shared: Shared): Outcome<S>;
  update(state: S, message: ScreenMessage, shared: Shared): Outcome<S>;
  /** Size or data have changed: what is out of range comes back into it. */
  settle?(state: S, shared: Shared): S;
  act?(state: S, shared: Shared): Act | undefined;
  /** The command that shows the same, without the name of the program. */
  same(state: S, shared: Shared): readonly string[];
  /** Something is open on it: `back` closes that first. */
  isDeep?(state: S): boolean;
  /** Where `/` begins; absent: there is nothing to search. */
  search?(state: S): string;
  /** What can be typed there; in few words. */
  readonly searchHelp?: string;
}

export interface Outcome<S> {
  readonly state: S;
  readonly load?: readonly Request[];
  readonly go?: { readonly screen: ScreenName; readonly zone?: string };
  /** Told on the line above the keys. */
  readonly notice?: string;
}

/** Rows between the heads and the three lines at the bottom. */
export function bodyRows({ rows }: Size): number {
  return Math.max(0, rows - (hasTabs({ rows }) ? 5 : 4));
}

export const hasTabs = ({ rows }: Pick<Size, 'rows'>): boolean => rows >= 16;
/** Words are dropped below it. */
export const isNarrow = ({ columns }: Pick<Size, 'columns'>): boolean => columns < 60;
/** A list has a pane beside it, for what is known of the line under the cursor. */
export const isWide = ({ columns, rows }: Size): boolean => columns >= 120 && hasTabs({ rows });
export const isTooSmall = ({ columns, rows }: Size): boolean => columns < 20 || rows < 6;
