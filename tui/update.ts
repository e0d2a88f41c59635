import type { Act, Request } from './data.ts';
import { type Wish, wishOf } from './keymap.ts';
import type { Effect, Message } from './messages.ts';
import type { Model } from './model.ts';
import { SCREENS, type ScreenStates } from './models/registry.ts';
import { isTooSmall, type Outcome, type ScreenMessage } from './models/screen.ts';
import { SCREEN_NAMES, type ScreenName } from './screen-names.ts';
import { typed } from './typing.ts';

export type Updated = readonly [Model, readonly Effect[]];

/** One thing that happens → the model after it, and what is to be done. Pure. */
export function update(model: Model, message: Message): Updated {
  switch (message.kind) {
    case 'key':
      return pressed(model, message.key);
    case 'resize':
      return resized({ ...model, size: message.size });
    case 'tick':
      return [{ ...model, now: message.now }, []];
    case 'answer':
      return answered(came(withoutJob(model, message.answer.of), message.answer.of), message);
    case 'progress':
      return [{ ...model, jobs: new Map(model.jobs).set(message.of, message.progress) }, []];
    case 'stopped':
      return toAll(didNotCome(withoutJob(model, message.of), message.of), message);
    case 'failed':
      return toAll({ ...didNotCome(withoutJob(model, message.of), message.of), notice: { isBad: true, text: message.text } }, message);
    case 'grown':
      return grown(model, message.summary);
    case 'ended':
      return ended(model, message);
    default:
      return message satisfies never;
  }
}

/** In front of everybody the ceremony is what is looked at, from the moment it opens. */
function grown(model: Model, summary: Model['summary']): Updated {
  const opens = model.isWatching && summary.ceremony !== undefined && summary.ceremony !== model.summary.ceremony;
  return opens && model.screen !== 'ceremony' ? go({ ...model, summary }, 'ceremony') : settled(entered({ ...model, summary }));
}

/** What the first screen needs. */
export function begin(model: Model): Updated {
  const [next, effects] = entered(model);
  // Screens of one zone take theirs from the overview.
  return model.screen === 'overview' ? [next, effects] : [next, [...effects, { kind: 'load', request: { of: 'zones' } }]];
}

/** The act that can be run from where one is; nothing while one only watches. */
export function actOf(model: Model): Act | undefined {
  return model.isWatching ? undefined : actOn(model, model.screen);
}

function actOn<N extends ScreenName>(model: Model, name: N): Act | undefined {
  return SCREENS[name].act?.(model.screens[name], model);
}

/** The command that shows what is on the screen. */
export function sameOf(model: Model): readonly string[] {
  return sameOn(model, model.screen);
}

function sameOn<N extends ScreenName>(model: Model, name: N): readonly string[] {
  return SCREENS[name].same(model.screens[name], model);
}

/** Where nothing shows, everything stays as it is. */
function resized(model: Model): Updated {
  return isTooSmall(model.size) ? [model, []] : settled(onScreen(model, model.screen, { kind: 'cursor', by: 0 }));
}

function pressed(model: Model, key: string): Updated {
  if (key === 'ctrl-c') return [model, [{ kind: 'quit' }]];
  // What nobody can see is not worked with.
  if (isTooSmall(model.size)) return [model, key === 'q' && model.input === undefined ? [{ kind: 'quit' }] : []];
  if (model.input !== undefined) return input(model, key);
  const wish = wishOf(key, model.screen, model.isWatching);
  return wish === undefined ? [model, []] : wished({ ...model, notice: undefined }, wish);
}

function wished(model: Model, wish: Wish): Updated {
  switch (wish.kind) {
    case 'quit':
      return [model, [{ kind: 'quit' }]];
    case 'help':
      return model.screen === 'help' ? back(model) : go(model, 'help');
    case 'go':
      return go(model, wish.to);
    case 'turn': {
      const at = SCREEN_NAMES.indexOf(model.screen) + wish.by;
      return go(model, SCREEN_NAMES[(at + SCREEN_NAMES.length) % SCREEN_NAMES.length]!);
    }
    case 'zone':
      return nextZone(model, wish.by);
    case 'reload': {
      const [next, effects] = entered(model);
      return [next, [{ kind: 'refresh' }, ...effects]];
    }
    case 'search':
      return [{ ...model, input: { kind: 'search', text: searchOn(model, model.screen) } }, []];
    case 'act': {
      const act = actOf(model);
      if (act !== undefined) return [{ ...model, input: { kind: 'confirm', text: '', act } }, []];
      return [{ ...model, notice: { isBad: false, text: 'there is nothing to run here now' } }, []];
    }
    case 'back':
      return wentBack(model);
    case 'stop': {
      const [next, effects] = onScreen(model, model.screen, wish);
      const notice = { isBad: false, text: model.jobs.size === 0 ? 'nothing is being worked out' : 'stopped; r begins it again' };
      return [{ ...next, notice }, [{ kind: 'stop' }, ...effects]];
    }
    default:
      return onScreen(model, model.screen, wish);
  }
}

function searchOn<N extends ScreenName>(model: Model, name: N): string {
  return SCREENS[name].search?.(model.screens[name]) ?? '';
}

function input(model: Model, key: string): Updated {
  const { input: open } = model;
  if (open === undefined) return [model, []];
  if (key === 'esc') return [{ ...model, input: undefined, notice: undefined }, []];
  if (key !== 'enter') return [{ ...model, input: { ...open, text: typed(open.text, key) } }, []];
  const closed = { ...model, input: undefined };
  if (open.kind === 'search') return onScreen(closed, model.screen, { kind: 'searched', text: open.text.trim() });
  if (open.text.trim() === open.act.confirm) return [{ ...closed, notice: undefined }, [{ kind: 'stop' }, { kind: 'run', act: open.act }]];
  const text = `not run: ${open.act.confirm} was asked for, and ${open.text.trim() === '' ? 'nothing' : `"${open.text.trim()}"`} was typed`;
  return [{ ...closed, notice: { isBad: true, text } }, []];
}

/** Out of what is open on the screen first, then to the screen before. */
function wentBack(model: Model): Updated {
  return isDeepOn(model, model.screen) ? onScreen(model, model.screen, { kind: 'back' }) : back(model);
}

function isDeepOn<N extends ScreenName>(model: Model, name: N): boolean {
  return SCREENS[name].isDeep?.(model.screens[name]) ?? false;
}

function back(model: Model): Updated {
  const screen = model.back.at(-1);
  return screen === undefined ? [model, []] : entered({ ...model, screen, back: model.back.slice(0, -1) });
}

/** No longer way back than anybody goes. */
const MOST_BACK = 20;

function go(
  model: Model,
  screen: ScreenName,
  zone = (model.screen === 'overview' ? chosen(model) : undefined) ?? model.zone ?? chosen(model),
): Updated {
  if (screen === model.screen && zone === model.zone) return [model, []];
  const way = screen === model.screen ? model.back : [...model.back, model.screen].slice(-MOST_BACK);
  return settled(entered({ ...model, screen, zone, back: way }));
}

/** From the overview on, the zone under its cursor is what the other screens are about. */
function chosen({ screens }: Model): string | undefined {
  const { shown, list } = screens.overview;
  return shown[list.cursor]?.zone;
}

function nextZone(model: Model, by: number): Updated {
  const all = model.screens.overview.shown;
  const at = all.findIndex(({ zone }) => zone === model.zone);
  const next = all[at < 0 ? 0 : at + by];
  return next === undefined ? [model, []] : settled(entered({ ...model, zone: next.zone }));
}

/** Answers, and that there is none, are for whoever has asked. */
function toAll(model: Model, message: ScreenMessage): Updated {
  let next = model;
  const effects: Effect[] = [];
  for (const name of SCREEN_NAMES) {
    const [after, more] = onScreen(next, name, message);
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

function answered(model: Model, message: Extract<Message, { kind: 'answer' }>): Updated {
  const [next, effects] = toAll(model, message);
  if (model.zone !== undefined || !message.answer.of.startsWith('zones')) return [next, effects];
  // A screen of one zone that was opened before there were any.
  const zone = next.screens.overview.shown[0]?.zone;
  if (zone === undefined || next.screen === 'overview') return [next, effects];
  const [opened, more] = entered({ ...next, zone });
  return [opened, [...effects, ...more]];
}

function ended(model: Model, { act, status, summary }: Extract<Message, { kind: 'ended' }>): Updated {
  const command = `coldsign ${act.argv.join(' ')}`;
  const notice = { isBad: status !== 0, text: status === 0 ? `done: ${command}` : `exit ${status}: ${command}` };
  const [next, effects] = entered({ ...model, summary, notice, ran: [...model.ran, { argv: act.argv, status }] });
  const zones: Effect = { kind: 'load', request: { of: 'zones' } };
  return settled([next, model.screen === 'overview' ? effects : [...effects, zones]]);
}

function entered(model: Model): Updated {
  return enterOn(model, model.screen);
}

function enterOn<N extends ScreenName>(model: Model, name: N): Updated {
  return taken(model, name, SCREENS[name].enter(model.screens[name], model));
}

function onScreen<N extends ScreenName>(model: Model, name: N, message: ScreenMessage): Updated {
  return taken(model, name, SCREENS[name].update(model.screens[name], message, model));
}

function taken<N extends ScreenName>(model: Model, name: N, { state, load = [], go: to, notice }: Outcome<ScreenStates[N]>): Updated {
  const isSame = state === model.screens[name];
  const next: Model = {
    ...model,
    ...(isSame ? {} : { screens: { ...model.screens, [name]: state } }),
    ...(notice === undefined ? {} : { notice: { isBad: false, text: notice } }),
  };
  const effects = load.map((request): Effect => ({ kind: 'load', request }));
  const asked = load.reduce((before, { of }) => came(before, of), next);
  if (to === undefined) return [asked, effects];
  const [gone, more] = go(asked, to.screen, to.zone ?? next.zone);
  return [gone, [...effects, ...more]];
}

/** Everything is within the size and the data that there are now. */
function settled([model, effects]: Updated): Updated {
  if (isTooSmall(model.size)) return [model, effects];
  let next = model;
  for (const name of SCREEN_NAMES) next = settleOn(next, name);
  return [next, effects];
}

function settleOn<N extends ScreenName>(model: Model, name: N): Model {
  const { settle } = SCREENS[name];
  return settle === undefined ? model : { ...model, screens: { ...model.screens, [name]: settle(model.screens[name], model) } };
}

const didNotCome = (model: Model, of: Request['of']): Model => ({ ...model, missed: new Set(model.missed).add(of) });

/** It is there, or asked for again. */
function came(model: Model, of: Request['of']): Model {
  if (!model.missed.has(of)) return model;
  const missed = new Set(model.missed);
  missed.delete(of);
  return { ...model, missed };
}

function withoutJob(model: Model, of: string): Model {
  if (!model.jobs.has(of)) return model;
  const jobs = new Map(model.jobs);
  jobs.delete(of);
  return { ...model, jobs };
}
