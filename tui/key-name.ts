import type { Key } from 'ink';

/** The name of a key as the table of keys has it; what was typed or pasted is its own name. undefined: a key that means nothing. */
export function keyName(text: string, key: Key): string | undefined {
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
  if (key.delete) return 'delete';
  if (text === '') return undefined;
  if (key.ctrl) return `ctrl-${text}`;
  if (key.meta) return `meta-${text}`;
  return text === 'OP' || text === '[11~' ? 'f1' : text;
}
