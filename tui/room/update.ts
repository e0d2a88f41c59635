import { type ListMessage, scrollBy } from '../list.ts';
import { isTooSmall } from '../models/screen.ts';
import { typed } from '../typing.ts';
import { bodyLines, bodyRoom } from './body.ts';
import { choicesOf, isOfSeveral } from './choices.ts';
import { placeOf, type RoomKey, roomKey } from './keymap.ts';
import { isCalm, type Overlay, type RoomMessage, type RoomModel } from './model.ts';
import type { ListName, Usual } from './room-picture.ts';

/** One thing that happens → the page after it. Pure. */
export function updateRoom(model: RoomModel, message: RoomMessage): RoomModel {
  switch (message.kind) {
    case 'key':
      return pressed({ ...model, gate: { ...model.gate, at: message.at } }, message);
    case 'paste':
      return pasted(model, message.text);
    case 'drawn':
      return { ...model, gate: { ...model.gate, drawn: message.at, at: message.at } };
    case 'time':
      return { ...model, gate: { ...model.gate, at: message.at } };
    case 'tick':
      return { ...model, now: message.now };
    case 'resize':
      return settled({ ...model, size: message.size });
    default:
      return message satisfies never;
  }
}

type KeyMessage = Extract<RoomMessage, { kind: 'key' }>;
type ListOverlay = Extract<Overlay, { kind: 'list' }>;

function pressed(model: RoomModel, { key, at, isAlone }: KeyMessage): RoomModel {
  if (model.answer !== undefined) return model;
  if (model.gate.drawn === undefined) return roomKey(model, key)?.isAct === true ? heardAt(model, at) : model;
  // What nobody can see is not worked with.
  if (isTooSmall(model.size) && key !== 'ctrl-c') return model;
  const isLine = placeOf(model) === 'line';
  const found = roomKey(model, key);
  if (found === undefined) return isLine ? typedOn(model, key) : model;
  if (found.isAct) return acted(model, found, { at, isAlone });
  // Letters in a bunch were pasted.
  return isAlone || isLine ? wished(model, found.wish) : model;
}

/** A key that is held down, or comes with others, does nothing but to keep the gate shut. */
function acted(model: RoomModel, { wish }: RoomKey, { at, isAlone }: Pick<KeyMessage, 'at' | 'isAlone'>): RoomModel {
  const heard = heardAt(model, at);
  // Between a key that repeats and the next one nothing is typed.
  const isAnswered = wish.kind === 'usual' && lineOf(model) !== '';
  const isMeant = placeOf(model) === 'line' ? isAnswered || isCalm(model.gate) : isAlone && isCalm(model.gate);
  return isMeant ? wished(heard, wish) : heard;
}

const heardAt = (model: RoomModel, heard: number): RoomModel => ({ ...model, gate: { ...model.gate, heard } });

/** What has been typed; empty where nothing is typed. */
export const lineOf = ({ page, open }: RoomModel): string => (open?.kind === 'typing' ? open.text : page.kind === 'ask' ? page.text : '');

function wished(model: RoomModel, wish: RoomKey['wish']): RoomModel {
  switch (wish.kind) {
    case 'usual':
      return usual(model);
    case 'help':
      return opened(model, model.open === undefined ? { kind: 'help' } : undefined);
    case 'type':
      return opened(model, { kind: 'typing', text: '' });
    case 'pick':
      return picking(model, wish.list);
    case 'say':
      return said(model, wish.word);
    case 'mark':
      return model.open?.kind === 'list' ? marked(model, model.open) : model;
    case 'back':
    case 'leave':
      return model.open === undefined ? { ...model, answer: { kind: 'unanswered' } } : opened(model, undefined);
    case 'cursor':
    case 'page':
    case 'edge':
      return scrolled(model, wish);
    default:
      return wish satisfies never;
  }
}

const said = (model: RoomModel, text: string): RoomModel => ({ ...model, answer: { kind: 'said', text } });

/** What comes over the step, or goes away, is another thing to look at: a key that acts must wait for that, too. */
const opened = (model: RoomModel, open: Overlay | undefined): RoomModel =>
  settled({ ...model, open, top: 0, gate: { ...model.gate, drawn: model.gate.at } });

const picking = (model: RoomModel, list: ListName): RoomModel => opened(model, { kind: 'list', list, cursor: 0, marked: [] });

function usual(model: RoomModel): RoomModel {
  const { page, open } = model;
  if (open?.kind === 'list') return chosen(model, open);
  if (open?.kind === 'typing') return open.text.trim() === '' ? opened(model, undefined) : said(model, open.text.trim());
  switch (page.kind) {
    case 'ask':
      return said(model, page.text);
    case 'read':
      return said(model, '');
    case 'word':
      return usualWord(model, page.picture.usual);
    default:
      return page satisfies never;
  }
}

const usualWord = (model: RoomModel, next: Usual): RoomModel => (next.kind === 'say' ? said(model, next.word) : picking(model, next.list));

/** The word, and whom it is about; nothing, where nobody was marked. */
function chosen(model: RoomModel, open: ListOverlay): RoomModel {
  const names = namesOf(model, open);
  return names.length === 0 ? model : said(model, [open.list, ...names].join(' '));
}

/** Whom the word would be about now. */
export function namesOf({ page }: RoomModel, { list, cursor, marked: names }: ListOverlay): readonly string[] {
  if (page.kind !== 'word') return [];
  const choices = choicesOf(list, page.picture);
  if (isOfSeveral(list)) return choices.map(({ name }) => name).filter((name) => names.includes(name));
  const one = choices[cursor];
  return one === undefined ? [] : [one.name];
}

/** The cursor goes on: a list is marked from top to bottom. */
function marked(model: RoomModel, open: ListOverlay): RoomModel {
  const { page } = model;
  if (page.kind !== 'word' || !isOfSeveral(open.list)) return model;
  const name = choicesOf(open.list, page.picture)[open.cursor]?.name;
  if (name === undefined) return model;
  const names = open.marked.includes(name) ? open.marked.filter((one) => one !== name) : [...open.marked, name];
  return scrolled({ ...model, open: { ...open, marked: names } }, { kind: 'cursor', by: 1 });
}

function typedOn(model: RoomModel, key: string): RoomModel {
  const { page, open } = model;
  if (open?.kind === 'typing') return { ...model, open: { ...open, text: typed(open.text, key) } };
  return page.kind === 'ask' ? { ...model, page: { ...page, text: typed(page.text, key) } } : model;
}

/** Into a line that is typed, and nowhere else; it ends no line. */
function pasted(model: RoomModel, text: string): RoomModel {
  if (model.answer !== undefined || model.gate.drawn === undefined || placeOf(model) !== 'line') return model;
  return typedOn(model, text.replace(/\s+/g, ' '));
}

function scrolled(model: RoomModel, message: ListMessage): RoomModel {
  const { open, page } = model;
  const room = bodyRoom(model);
  if (open?.kind !== 'list' || page.kind !== 'word') {
    return { ...model, top: scrollBy(model.top, message, bodyLines(model).length, room) };
  }
  const count = choicesOf(open.list, page.picture).length;
  const cursor = scrollBy(open.cursor, message, count, 1);
  // The first lines of the list are its question.
  const at = bodyLines(model).length - count + cursor;
  const top = Math.max(Math.min(model.top, cursor), at - Math.max(1, room) + 1, 0);
  return { ...model, open: { ...open, cursor }, top };
}

/** What is out of range comes back into it. */
const settled = (model: RoomModel): RoomModel => scrolled(model, { kind: 'cursor', by: 0 });
