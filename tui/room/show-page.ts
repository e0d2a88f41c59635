import { render, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { createElement, type ReactElement, useEffect, useRef, useState } from 'react';
import { keyNames } from '../key-name.ts';
import { Screen, type Streams } from '../main.ts';
import type { Theme } from '../theme.ts';
import { roomFrame } from './frame.ts';
import { calmFrom, isCalm, type Page, type RoomAnswer, type RoomMessage, type RoomModel, startPage } from './model.ts';
import { updateRoom } from './update.ts';

/** What the program gives to a page; it has nothing else. */
export interface RoomOutside {
  /** Unix seconds. */
  now(): number;
  /** Milliseconds of a clock that only goes on. */
  ticks(): number;
  /** Once, after so many milliseconds. @returns what takes it back */
  after(milliseconds: number, tell: () => void): () => void;
  /** Told about once a second. @returns what ends it */
  every(tell: () => void): () => void;
  /** Told when the program is to end. @returns what takes that back */
  onEnd(end: () => void): () => void;
}

/** Time for what was typed before to come in, and to be thrown away. Twice: input is looked at in between, however slow the machine is. */
const DRAIN_MS = 50;

/**
 * Shows a page until it is answered; what is on the screen then stays there. Ink is gone when this returns: the terminal has its plain mode.
 * The caller has the other screen, and clears it.
 * @param before what the page before came to
 */
export async function showPage(
  page: Page,
  outside: RoomOutside,
  theme: Theme,
  { stdin, stdout }: Streams,
  before?: Answered,
): Promise<Answered> {
  const size = { columns: stdout.columns, rows: stdout.rows };
  const start = startPage({
    page,
    size,
    now: outside.now(),
    at: outside.ticks(),
    ...(before === undefined ? {} : { heard: before.heard }),
  });
  let last: RoomModel = start;
  const onModel = (model: RoomModel): void => {
    last = model;
  };
  // No JSX: the runtime reads these files as they are.
  const app = render(createElement(Room, { start, outside, theme, onModel }), {
    stdin,
    stdout,
    exitOnCtrlC: false,
    interactive: true,
    isScreenReaderEnabled: false,
  });
  await app.waitUntilExit();
  return { answer: last.answer ?? { kind: 'unanswered' }, heard: last.gate.heard };
}

export interface Answered {
  readonly answer: RoomAnswer;
  /** When a key that acts was heard last, by RoomOutside.ticks. */
  readonly heard: number;
}

interface RoomProps {
  readonly start: RoomModel;
  readonly outside: RoomOutside;
  readonly theme: Theme;
  readonly onModel: (model: RoomModel) => void;
}

function Room({ start, outside, theme, onModel }: RoomProps): ReactElement {
  const { exit } = useApp();
  const { columns, rows } = useWindowSize();
  const [model, setModel] = useState(start);
  const now = useRef(start);
  // Several keys may come before the page is drawn again: each meets what the one before it has left.
  const [tell] = useState(() => (message: RoomMessage): void => {
    now.current = updateRoom(now.current, message);
    onModel(now.current);
    setModel(now.current);
  });
  useInput((text, key) => {
    const names = keyNames(text, key);
    for (const name of names) tell({ kind: 'key', key: name, at: outside.ticks(), isAlone: names.length === 1 });
  });
  usePaste((text) => tell({ kind: 'paste', text }));
  useClocks(tell, outside, exit);
  useGate(model, tell, outside);
  useEffect(() => tell({ kind: 'resize', size: { columns, rows } }), [tell, columns, rows]);
  useEffect(() => {
    if (model.answer !== undefined) exit();
  }, [model.answer, exit]);
  return createElement(Screen, { lines: roomFrame(model, theme), theme });
}

/** Clock and end, as long as the page is there. */
function useClocks(tell: (message: RoomMessage) => void, outside: RoomOutside, exit: () => void): void {
  useEffect(() => {
    const stops = [outside.every(() => tell({ kind: 'tick', now: outside.now() })), outside.onEnd(exit)];
    const drained = (): void => tell({ kind: 'drawn', at: outside.ticks() });
    stops.push(outside.after(DRAIN_MS, () => stops.push(outside.after(DRAIN_MS, drained))));
    return () => {
      for (const stop of stops) stop();
    };
  }, [tell, outside, exit]);
}

/** The page tells when keys that act count: the moment is not missed where nothing else happens. */
function useGate({ gate }: RoomModel, tell: (message: RoomMessage) => void, outside: RoomOutside): void {
  useEffect(() => {
    if (gate.drawn === undefined || isCalm(gate)) return undefined;
    return outside.after(Math.max(1, calmFrom(gate) - outside.ticks()), () => tell({ kind: 'time', at: outside.ticks() }));
  }, [gate, tell, outside]);
}
