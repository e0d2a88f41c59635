import type { ListMessage } from './list.ts';
import type { ScreenName } from './screen-names.ts';

/** What a key asks for. */
export type Wish =
  | ListMessage
  | { readonly kind: 'go'; readonly to: ScreenName }
  | { readonly kind: 'turn'; readonly by: number }
  | { readonly kind: 'open' | 'back' | 'help' | 'quit' | 'act' | 'stop' | 'reload' | 'search' | 'next' | 'now' | 'verify' | 'diff' }
  | { readonly kind: 'zone'; readonly by: number }
  | { readonly kind: 'scroll'; readonly by: number }
  | { readonly kind: 'bars'; readonly by: number }
  | { readonly kind: 'zoom'; readonly by: number };

export interface KeyBinding {
  /** Names of keys as the terminal gives them; the first one stands in the help line. */
  readonly keys: readonly string[];
  readonly wish: Wish;
  readonly help: string;
  /** Screens on which it is; absent: all. */
  readonly on?: readonly ScreenName[];
  /** A word for the line at the bottom; absent: it stands in the help alone. */
  readonly short?: string;
  /** It does something; not there while one only watches. */
  readonly isAct?: true;
}

/** The one table of keys: input is looked up in it, the bottom line and the help screen are printed from it. */
export const KEYMAP: readonly KeyBinding[] = [
  { keys: ['?', 'f1'], wish: { kind: 'help' }, help: 'this help; again: back', short: 'help' },
  { keys: ['q'], wish: { kind: 'quit' }, help: 'leave the program', short: 'quit' },
  {
    keys: ['enter'],
    wish: { kind: 'open' },
    help: 'open what the cursor is on',
    short: 'open',
    on: ['overview', 'keys', 'plan', 'log', 'zone'],
  },
  { keys: ['esc', 'backspace'], wish: { kind: 'back' }, help: 'back to where you came from', short: 'back' },
  { keys: ['!'], wish: { kind: 'act' }, help: 'run the command that stands above this line', short: 'run', isAct: true },
  {
    keys: ['/'],
    wish: { kind: 'search' },
    help: 'search, or filter; an empty text shows all',
    short: 'search',
    on: ['overview', 'keys', 'log'],
  },
  { keys: ['d'], wish: { kind: 'diff' }, help: 'what differs from the release before', short: 'diff', on: ['release'] },
  { keys: ['v'], wish: { kind: 'verify' }, help: 'hold the whole log against its signed checkpoint', short: 'verify', on: ['log'] },
  { keys: ['+', '='], wish: { kind: 'zoom', by: 1 }, help: 'zoom in', short: 'in', on: ['timeline'] },
  { keys: ['-', '_'], wish: { kind: 'zoom', by: -1 }, help: 'zoom out', short: 'out', on: ['timeline'] },
  { keys: ['}', 'J'], wish: { kind: 'bars', by: 1 }, help: 'bars of the keys further down', on: ['timeline'] },
  { keys: ['{', 'K'], wish: { kind: 'bars', by: -1 }, help: 'bars of the keys further up', on: ['timeline'] },
  { keys: ['n'], wish: { kind: 'now' }, help: 'show the present again', short: 'now', on: ['timeline'] },
  {
    keys: ['left', 'h'],
    wish: { kind: 'scroll', by: -1 },
    help: 'to the left: earlier, or the older release',
    on: ['timeline', 'release'],
  },
  { keys: ['right', 'l'], wish: { kind: 'scroll', by: 1 }, help: 'to the right: later, or the newer release', on: ['timeline', 'release'] },
  { keys: ['down', 'j'], wish: { kind: 'cursor', by: 1 }, help: 'next line' },
  { keys: ['up', 'k'], wish: { kind: 'cursor', by: -1 }, help: 'line before' },
  { keys: ['pagedown', ' '], wish: { kind: 'page', by: 1 }, help: 'a page on' },
  { keys: ['pageup', 'b'], wish: { kind: 'page', by: -1 }, help: 'a page back' },
  { keys: ['home', 'g'], wish: { kind: 'edge', to: 'first' }, help: 'to the beginning' },
  { keys: ['end', 'G'], wish: { kind: 'edge', to: 'last' }, help: 'to the end' },
  { keys: [']'], wish: { kind: 'zone', by: 1 }, help: 'the next zone', on: ['zone', 'timeline', 'plan', 'release'] },
  { keys: ['['], wish: { kind: 'zone', by: -1 }, help: 'the zone before', on: ['zone', 'timeline', 'plan', 'release'] },
  { keys: ['tab'], wish: { kind: 'turn', by: 1 }, help: 'the next screen' },
  { keys: ['shift-tab'], wish: { kind: 'turn', by: -1 }, help: 'the screen before' },
  { keys: ['1'], wish: { kind: 'go', to: 'overview' }, help: 'overview: what is due, who acts, last safe moment' },
  { keys: ['2'], wish: { kind: 'go', to: 'zone' }, help: 'zone: keys, records, signatures, releases' },
  { keys: ['3'], wish: { kind: 'go', to: 'keys' }, help: 'keys and tokens' },
  { keys: ['4'], wish: { kind: 'go', to: 'timeline' }, help: 'timeline: states of the keys, past and to come' },
  { keys: ['5'], wish: { kind: 'go', to: 'plan' }, help: 'plan: each step, when and why' },
  { keys: ['6'], wish: { kind: 'go', to: 'log' }, help: 'log: list, search, entries, verification' },
  { keys: ['7'], wish: { kind: 'go', to: 'release' }, help: 'release: gate and differences' },
  { keys: ['8'], wish: { kind: 'go', to: 'ceremony' }, help: 'ceremony: the step, who agrees, what comes next' },
  { keys: ['x'], wish: { kind: 'stop' }, help: 'stop what is being worked out; nothing is lost' },
  { keys: ['r', 'ctrl-l'], wish: { kind: 'reload' }, help: 'look at everything anew' },
  { keys: ['ctrl-c'], wish: { kind: 'quit' }, help: 'leave the program, at any time' },
];

const fits = ({ on, isAct }: KeyBinding, screen: ScreenName, isWatching: boolean): boolean =>
  (on === undefined || on.includes(screen)) && !(isAct && isWatching);

export function wishOf(key: string, screen: ScreenName, isWatching: boolean): Wish | undefined {
  return KEYMAP.find((binding) => binding.keys.includes(key) && fits(binding, screen, isWatching))?.wish;
}

/** Those that work on a screen, in the order of the table. */
export function bindingsOn(screen: ScreenName, isWatching: boolean): readonly KeyBinding[] {
  return KEYMAP.filter((binding) => fits(binding, screen, isWatching));
}
