import type { Effect, Message } from '../../../tui/messages.ts';
import { type Model, type Start, startModel } from '../../../tui/model.ts';
import type { Size } from '../../../tui/models/screen.ts';
import { begin, update } from '../../../tui/update.ts';
import { NOW, SUMMARY, sampleAnswer } from './sample.ts';

/** The model with everything answered that it asks for, and what else it wants done. */
export interface Driven {
  readonly model: Model;
  /** Loads left out. */
  readonly effects: readonly Effect[];
}

export const STANDARD: Size = { columns: 80, rows: 24 };

export function started(start: Partial<Start> = {}): Driven {
  const model = startModel({ size: STANDARD, now: NOW, isWatching: false, summary: SUMMARY, ...start });
  return answeredAll(begin(model));
}

/** Each message, and all answers after it. */
export function drive(from: Driven, ...messages: readonly Message[]): Driven {
  let driven = from;
  for (const message of messages) {
    const { model, effects } = answeredAll(update(driven.model, message));
    driven = { model, effects: [...driven.effects, ...effects] };
  }
  return driven;
}

export const keys = (...names: readonly string[]): readonly Message[] => names.map((key) => ({ kind: 'key', key }));

function answeredAll([model, effects]: readonly [Model, readonly Effect[]]): Driven {
  let now = model;
  const rest: Effect[] = [];
  const open = [...effects];
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    if (effect.kind !== 'load') {
      rest.push(effect);
      continue;
    }
    const [next, more] = update(now, { kind: 'answer', answer: sampleAnswer(effect.request) });
    now = next;
    open.push(...more);
  }
  return { model: now, effects: rest };
}
