import type { Size } from '../models/screen.ts';
import type { ListName, RoomPicture } from './room-picture.ts';

/** One page of a ceremony that is led, until it is answered: plain data, and no secret in it, ever. */
export interface RoomModel {
  readonly page: Page;
  readonly size: Size;
  /** Unix seconds. */
  readonly now: number;
  readonly gate: Gate;
  /** First line of the text that shows. */
  readonly top: number;
  readonly open: Overlay | undefined;
  /** Nothing counts after it. */
  readonly answer: RoomAnswer | undefined;
}

export type Page =
  /** The step; `told` is what should be known of the last act. */
  | { readonly kind: 'word'; readonly picture: RoomPicture; readonly told: readonly string[] }
  /** A question on the way, below the step or below what was told for it. */
  | {
      readonly kind: 'ask';
      readonly picture: RoomPicture | undefined;
      readonly told: readonly string[];
      readonly question: string;
      readonly text: string;
    }
  /** What has come of an act; it stays until somebody has read it. */
  | { readonly kind: 'read'; readonly picture: RoomPicture | undefined; readonly outcome: RoomOutcome; readonly lines: readonly string[] };

export type RoomOutcome = 'done' | 'failed' | 'told';

/** What lies over the step. */
export type Overlay =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly list: ListName; readonly cursor: number; readonly marked: readonly string[] }
  /** A word as it would be typed without screens. */
  | { readonly kind: 'typing'; readonly text: string };

export type RoomAnswer = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'unanswered' };

/**
 * What keeps a key that is held down, or typed ahead, from running through several pages: nothing counts before the page was drawn, and what acts
 * counts only when the page could be seen for a moment, and for a while nothing that acts was pressed, on this page or the one before. Keys that
 * repeat come faster than that. Milliseconds of a clock that only goes on.
 */
export interface Gate {
  /** When the page was there, or what lies over it came or went; undefined: it is not there yet. */
  readonly drawn: number | undefined;
  /** When a key that acts was heard last. */
  readonly heard: number;
  /** The same clock, as it was last told. */
  readonly at: number;
}

/** Longer than keyboards wait before a key that is held down repeats: 250 to 660 ms. */
export const CALM_MS = 700;
/** Nobody presses a key for what came up more shortly before. */
export const SEEN_MS = 300;

export const isCalm = (gate: Gate): boolean => gate.at >= calmFrom(gate);

/** From when on keys that act count, if none is heard until then. */
export const calmFrom = ({ drawn, heard }: Gate): number =>
  drawn === undefined ? Number.POSITIVE_INFINITY : Math.max(drawn + SEEN_MS, heard + CALM_MS);

export interface RoomStart {
  readonly page: Page;
  readonly size: Size;
  readonly now: number;
  /** Milliseconds; see Gate. */
  readonly at: number;
  /** By the page before; absent: there was none. */
  readonly heard?: number;
}

export const startPage = ({ page, size, now, at, heard = Number.NEGATIVE_INFINITY }: RoomStart): RoomModel => ({
  page,
  size,
  now,
  gate: { drawn: undefined, heard, at },
  top: 0,
  open: undefined,
  answer: undefined,
});

export type RoomMessage =
  /** By its name, with the milliseconds; `isAlone`: nothing came with it. */
  | { readonly kind: 'key'; readonly key: string; readonly at: number; readonly isAlone: boolean }
  | { readonly kind: 'paste'; readonly text: string }
  /** The page is on the screen, and what was typed before has been thrown away. */
  | { readonly kind: 'drawn'; readonly at: number }
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'tick'; readonly now: number }
  | { readonly kind: 'resize'; readonly size: Size };
