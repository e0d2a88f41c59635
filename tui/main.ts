import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink';
import { createElement, memo, type ReactElement, useEffect, useRef, useState } from 'react';
import { type Desk, makeDesk, type Outside } from './desk.ts';
import { frame } from './frame.ts';
import { keyNames } from './key-name.ts';
import type { Line } from './lines.ts';
import type { Effect } from './messages.ts';
import { type Model, startModel } from './model.ts';
import type { Size } from './models/screen.ts';
import type { ScreenName } from './screen-names.ts';
import type { Theme } from './theme.ts';
import { begin, type Updated } from './update.ts';

export interface Wanted {
  readonly isWatching: boolean;
  readonly screen?: ScreenName;
  readonly zone?: string;
  readonly theme: Theme;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** Shows the screens until somebody leaves. @returns the last model, for the summary on the normal screen */
export async function showScreens(outside: Outside, wanted: Wanted, { stdin, stdout }: Streams): Promise<Model> {
  const size = { columns: stdout.columns, rows: stdout.rows };
  const started = begin(startModel({ size, now: outside.now(), summary: outside.data.summary(), ...wanted }));
  let last: Model = started[0];
  const onModel = (model: Model): void => {
    last = model;
  };
  // No JSX: the runtime reads these files as they are.
  const app = render(createElement(App, { outside, started, theme: wanted.theme, onModel }), {
    stdin,
    stdout,
    alternateScreen: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    interactive: true,
    isScreenReaderEnabled: wanted.theme.isReading,
  });
  await app.waitUntilExit();
  return last;
}

interface AppProps {
  readonly outside: Outside;
  readonly started: Updated;
  readonly theme: Theme;
  readonly onModel: (model: Model) => void;
}

function App({ outside, started, theme, onModel }: AppProps): ReactElement {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const [model, setModel] = useState(started[0]);
  const [desk] = useState(() =>
    makeDesk(outside, started[0], {
      show: (next) => {
        onModel(next);
        setModel(next);
      },
      exit,
      suspend: suspendTerminal,
    }),
  );
  useDesk(desk, outside, started[1], { columns, rows });
  useInput((text, key) => {
    for (const name of keyNames(text, key)) desk.tell({ kind: 'key', key: name });
  });
  return createElement(Screen, { lines: frame(model, theme), theme });
}

/** Clock, size and end, as long as the screens are there. */
function useDesk(desk: Desk, outside: Outside, effects: readonly Effect[], { columns, rows }: Size): void {
  const isBegun = useRef(false);
  useEffect(() => {
    if (!isBegun.current) desk.carryOut(effects);
    isBegun.current = true;
    const stops = [outside.every(() => desk.look()), outside.onEnd(() => desk.end())];
    return () => {
      for (const stop of stops) stop();
      desk.stop();
    };
  }, [desk, outside, effects]);
  useEffect(() => desk.tell({ kind: 'resize', size: { columns, rows } }), [desk, columns, rows]);
}

interface ScreenProps {
  readonly lines: readonly Line[];
  readonly theme: Theme;
}

/** Lines as they are; a row that stays is not drawn again. */
export function Screen({ lines, theme }: ScreenProps): ReactElement {
  return createElement(Box, { flexDirection: 'column' }, ...lines.map((line) => createElement(Row, { line, theme })));
}

interface RowProps {
  readonly line: Line;
  readonly theme: Theme;
}

const Row = memo(RowText, (a, b) => a.theme === b.theme && isSameLine(a.line, b.line));

function RowText({ line, theme }: RowProps): ReactElement {
  const spans = line.map(({ text, style }) => createElement(Text, style === undefined ? {} : theme.styles[style], text));
  return createElement(Text, { wrap: 'truncate' }, ...spans);
}

const isSameLine = (a: Line, b: Line): boolean =>
  a.length === b.length && a.every(({ text, style }, i) => style === b[i]!.style && text === b[i]!.text);
