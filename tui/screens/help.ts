import { KEYMAP, type KeyBinding } from '../keymap.ts';
import { type Line, line, span } from '../lines.ts';
import type { HelpState } from '../models/help.ts';
import { bodyRows, isNarrow, type Shared } from '../models/screen.ts';

/** The table of keys, as it is. */
export function helpScreen({ top }: HelpState, shared: Shared): readonly Line[] {
  return helpLines(shared).slice(top, top + bodyRows(shared.size));
}

/** All lines of the page. */
export function helpLines({ isWatching, size }: Shared): readonly Line[] {
  const shown = KEYMAP.filter(({ isAct }) => !(isAct && isWatching));
  return [
    line(isWatching ? 'Keys; this is a view to watch: nothing can be run from it' : 'Keys', 'title'),
    ...shown.map((binding): Line => [span(keysText(binding, isNarrow(size)), 'key'), span(helpText(binding))]),
  ];
}

const keysText = ({ keys }: KeyBinding, isShort: boolean): string =>
  (isShort ? keys.slice(0, 1) : keys)
    .map(keyText)
    .join(' ')
    .padEnd(isShort ? 10 : 16);
const helpText = ({ help, on }: KeyBinding): string => `${help}${on === undefined ? '' : ` (${on.join(', ')})`}`;

/** A key as it is called on a keyboard. */
export const keyText = (key: string): string => NAMES[key] ?? key;

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  enter: 'Enter',
  esc: 'Esc',
  'ctrl-c': 'Ctrl-C',
  'ctrl-l': 'Ctrl-L',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  pagedown: 'PgDn',
  pageup: 'PgUp',
  home: 'Home',
  end: 'End',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  backspace: 'Backspace',
  f1: 'F1',
};
