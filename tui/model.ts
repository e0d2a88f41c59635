import type { Act, Summary } from './data.ts';
import { SCREENS, type ScreenStates } from './models/registry.ts';
import type { Shared, Size } from './models/screen.ts';
import type { Progress } from './progress.ts';
import type { ScreenName } from './screen-names.ts';

/** The state of the whole terminal UI: plain data, and no secret in it, ever. */
export interface Model extends Shared {
  readonly screen: ScreenName;
  /** Screens that one came from, newest last. */
  readonly back: readonly ScreenName[];
  readonly screens: ScreenStates;
  /** A line that is being typed; it has the keys. */
  readonly input: Input | undefined;
  /** Work under way, by what was asked for. */
  readonly jobs: ReadonlyMap<string, Progress>;
  readonly notice: Notice | undefined;
  /** Commands that were run from here, oldest first. */
  readonly ran: readonly Ran[];
}

export type Input =
  | { readonly kind: 'search'; readonly text: string }
  /** An act goes on when what it asks for was typed. */
  | { readonly kind: 'confirm'; readonly text: string; readonly act: Act };

export interface Notice {
  readonly isBad: boolean;
  readonly text: string;
}

export interface Ran {
  readonly argv: readonly string[];
  readonly status: number;
}

export interface Start {
  readonly size: Size;
  /** Unix seconds. */
  readonly now: number;
  readonly isWatching: boolean;
  readonly summary: Summary;
  readonly screen?: ScreenName;
  readonly zone?: string;
}

export function startModel({ size, now, isWatching, summary, zone, ...wish }: Start): Model {
  const screen = wish.screen ?? (isWatching && summary.ceremony !== undefined ? 'ceremony' : 'overview');
  const states = Object.fromEntries(Object.entries(SCREENS).map(([name, { start }]) => [name, start]));
  return {
    size,
    now,
    isWatching,
    zone,
    summary,
    screen,
    back: [],
    screens: states as unknown as ScreenStates,
    input: undefined,
    jobs: new Map(),
    missed: new Set(),
    notice: undefined,
    ran: [],
  };
}
