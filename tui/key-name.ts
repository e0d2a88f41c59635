import type { Key } from 'ink';

/**
 * The names of what was pressed, as the table of keys has them; letters are their own names. Fast typing, a slow machine and pasting give several letters
 * at once, with Enter among them: each counts. Empty: a key that means nothing here.
 */
export function keyNames(text: string, key: Key): readonly string[] {
  const named = nameOf(key);
  if (named !== undefined) return [named];
  if (text === '') return [];
  if (key.ctrl) return [`ctrl-${text}`];
  if (key.meta) return [`meta-${text}`];
  if (text === 'OP' || text === '[11~') return ['f1'];
  return [...text].map((letter) => CONTROLS[letter] ?? letter);
}

function nameOf(key: Key): string | undefined {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageup';
  if (key.pageDown) return 'pagedown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'enter';
  if (key.escape) return 'esc';
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  if (key.backspace) return 'backspace';
  return key.delete ? 'delete' : undefined;
}

/** Within a piece of text. */
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'ctrl-c',
  '\u0015': 'ctrl-u',
};
