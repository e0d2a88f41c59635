import type { ListMessage } from '../list.ts';
import type { RoomModel } from './model.ts';
import type { ListName } from './room-picture.ts';

/** What a key asks for. */
export type RoomWish =
  | ListMessage
  | { readonly kind: 'usual' | 'help' | 'back' | 'mark' | 'type' | 'leave' }
  | { readonly kind: 'pick'; readonly list: ListName }
  | { readonly kind: 'say'; readonly word: string };

/** Where a key works: on the step, in a list over it, in the help, on a page that is read, while a line is typed. */
export type Place = 'step' | 'list' | 'help' | 'read' | 'line';

export interface RoomKey {
  /** Names of keys; the first one stands at the bottom. */
  readonly keys: readonly string[];
  readonly wish: RoomWish;
  readonly on: readonly Place[];
  readonly help: string;
  /** A word or two for the line at the bottom; absent: it stands in the help alone. */
  readonly short?: string;
  /** The word of `ceremony run --plain` that it stands for. */
  readonly word?: string;
  /** It says a word, or leads to one: not in the same breath as the key before. */
  readonly isAct?: true;
  /** It works only where there is something to do with it. */
  readonly isThere?: (model: RoomModel) => boolean;
}

const STEP: readonly Place[] = ['step'];
const SCROLLED: readonly Place[] = ['step', 'list', 'help', 'read', 'line'];
const ON_PAGE: readonly Place[] = ['step', 'list', 'help', 'read'];

const onStep =
  (is: (picture: Extract<RoomModel['page'], { kind: 'word' }>['picture']) => boolean) =>
  ({ page }: RoomModel): boolean =>
    page.kind === 'word' && is(page.picture);
const isUnderWay = onStep(({ ceremony }) => ceremony.step !== undefined);

/** The one table of keys: input is looked up in it, the bottom line and the help are printed from it. */
export const ROOM_KEYS: readonly RoomKey[] = [
  { keys: ['enter'], wish: { kind: 'usual' }, on: ['step', 'list', 'read', 'line'], help: 'what the bottom line says', isAct: true },
  { keys: [' '], wish: { kind: 'mark' }, on: ['list'], help: 'in a list of people: mark, or take the mark away', short: 'mark' },
  { keys: ['esc'], wish: { kind: 'back' }, on: ['list', 'help', 'line'], help: 'back to the step, nothing was done', short: 'back' },
  { keys: ['?', 'f1'], wish: { kind: 'help' }, on: ['step', 'help'], help: 'this help; again: back', short: 'help' },
  {
    keys: ['a'],
    wish: { kind: 'pick', list: 'agree' },
    on: STEP,
    help: 'another person agrees',
    short: 'agree',
    word: 'agree',
    isAct: true,
    isThere: onStep(({ mayAgree }) => mayAgree.length > 0),
  },
  {
    keys: ['r'],
    wish: { kind: 'pick', list: 'refuse' },
    on: STEP,
    help: 'somebody does not agree',
    short: 'refuse',
    word: 'refuse',
    isAct: true,
    isThere: onStep(({ people, ceremony }) => ceremony.step !== undefined && people.some(({ isHere }) => isHere)),
  },
  {
    keys: ['c'],
    wish: { kind: 'pick', list: 'came' },
    on: STEP,
    help: 'people come into the room',
    short: 'came',
    word: 'came',
    isAct: true,
    isThere: onStep(({ people, ceremony }) => ceremony.step !== undefined && people.some(({ isHere }) => !isHere)),
  },
  {
    keys: ['l'],
    wish: { kind: 'pick', list: 'left' },
    on: STEP,
    help: 'people leave the room',
    short: 'left',
    word: 'left',
    isAct: true,
    isThere: onStep(({ people, ceremony }) => ceremony.step !== undefined && people.some(({ isHere }) => isHere)),
  },
  {
    keys: ['e'],
    wish: { kind: 'say', word: 'exception' },
    on: STEP,
    help: 'something is not as the script says, and the people go on',
    short: 'exception',
    word: 'exception',
    isAct: true,
  },
  {
    keys: ['s'],
    wish: { kind: 'say', word: 'skip' },
    on: STEP,
    help: 'go on without this step; an exception says why',
    short: 'skip',
    word: 'skip',
    isAct: true,
    isThere: isUnderWay,
  },
  {
    keys: ['x'],
    wish: { kind: 'pick', list: 'close' },
    on: STEP,
    help: 'an exception is closed',
    short: 'close',
    word: 'close',
    isAct: true,
    isThere: onStep(({ exceptions }) => exceptions.length > 0),
  },
  {
    keys: ['h'],
    wish: { kind: 'say', word: 'handover' },
    on: STEP,
    help: 'another person takes a role over',
    word: 'handover',
    isAct: true,
  },
  {
    keys: ['p'],
    wish: { kind: 'say', word: 'pause' },
    on: STEP,
    help: 'stop here; the same command goes on later',
    short: 'pause',
    word: 'pause',
    isAct: true,
  },
  {
    keys: ['A'],
    wish: { kind: 'say', word: 'abort' },
    on: STEP,
    help: 'end the ceremony without its end; its id is typed first',
    word: 'abort',
    isAct: true,
  },
  { keys: [':'], wish: { kind: 'type' }, on: STEP, help: 'type a word, as without screens' },
  { keys: ['down', 'j'], wish: { kind: 'cursor', by: 1 }, on: SCROLLED, help: 'next line' },
  { keys: ['up', 'k'], wish: { kind: 'cursor', by: -1 }, on: SCROLLED, help: 'line before' },
  { keys: ['pagedown'], wish: { kind: 'page', by: 1 }, on: SCROLLED, help: 'a page on' },
  { keys: ['pageup'], wish: { kind: 'page', by: -1 }, on: SCROLLED, help: 'a page back' },
  { keys: ['home', 'g'], wish: { kind: 'edge', to: 'first' }, on: ON_PAGE, help: 'to the beginning' },
  { keys: ['end', 'G'], wish: { kind: 'edge', to: 'last' }, on: ON_PAGE, help: 'to the end' },
  {
    keys: ['ctrl-c'],
    wish: { kind: 'leave' },
    on: SCROLLED,
    help: 'out of a question, a list, the help; on the step: leave the ceremony as it stands',
    isAct: true,
  },
];

export function placeOf({ page, open }: RoomModel): Place {
  if (page.kind === 'ask' || open?.kind === 'typing') return 'line';
  if (open !== undefined) return open.kind;
  return page.kind === 'read' ? 'read' : 'step';
}

/** Those that work now, in the order of the table. */
export function keysNow(model: RoomModel): readonly RoomKey[] {
  const place = placeOf(model);
  return ROOM_KEYS.filter(({ on, isThere }) => on.includes(place) && (isThere?.(model) ?? true));
}

/** While a line is typed letters are letters. */
export function roomKey(model: RoomModel, key: string): RoomKey | undefined {
  const isLetter = placeOf(model) === 'line' && [...key].length === 1;
  return isLetter ? undefined : keysNow(model).find(({ keys }) => keys.includes(key));
}
