import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink';
import { type JSX, memo, useEffect, useMemo, useRef, useState } from 'react';
import { type Desk, makeDesk, type Outside } from './desk.ts';
import { frame } from './frame.ts';
import { keyName } from './key-name.ts';
import { type Line, textOf } from './lines.ts';
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
  const app = render(
    <App
      outside={outside}
      started={started}
      theme={wanted.theme}
      onModel={(model) => {
        last = model;
      }}
    />,
    {
      stdin,
      stdout,
      alternateScreen: true,
      exitOnCtrlC: false,
      incrementalRendering: true,
      interactive: true,
      isScreenReaderEnabled: wanted.theme.isReading,
    },
  );
  await app.waitUntilExit();
  return last;
}

interface AppProps {
  readonly outside: Outside;
  readonly started: Updated;
  readonly theme: Theme;
  readonly onModel: (model: Model) => void;
}

function App({ outside, started, theme, onModel }: AppProps): JSX.Element {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const [model, setModel] = useState(started[0]);
  const desk = useMemo(
    () =>
      makeDesk(outside, started[0], {
        show: (next) => {
          onModel(next);
          setModel(next);
        },
        exit,
        suspend: suspendTerminal,
      }),
    [outside, started, onModel, exit, suspendTerminal],
  );
  useDesk(desk, outside, started[1], { columns, rows });
  useInput((text, key) => {
    const name = keyName(text, key);
    if (name !== undefined) desk.tell({ kind: 'key', key: name });
  });
  return <Screen lines={frame(model, theme)} theme={theme} />;
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

/** Lines as they are; each is a Text of its own, so that lines that stay are not drawn again. */
export function Screen({ lines, theme }: { readonly lines: readonly Line[]; readonly theme: Theme }): JSX.Element {
  return (
    <Box flexDirection="column">
      {lines.map((one, i) => (
        // A line is what stands at its place.
        // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name for a row of the screen
        <Row key={i} line={one} theme={theme} text={textOf(one)} />
      ))}
    </Box>
  );
}

const Row = memo(RowText, (a, b) => a.text === b.text && a.theme === b.theme && sameStyles(a.line, b.line));

function RowText({ line, theme }: { readonly line: Line; readonly theme: Theme; readonly text: string }): JSX.Element {
  return (
    <Text wrap="truncate">
      {line.map(({ text, style }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no names
        <Text key={i} {...(style === undefined ? {} : theme.styles[style])}>
          {text}
        </Text>
      ))}
    </Text>
  );
}

const sameStyles = (a: Line, b: Line): boolean =>
  a.length === b.length && a.every(({ text, style }, i) => style === b[i]!.style && text.length === b[i]!.text.length);
