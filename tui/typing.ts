/** No search and no name of a zone is longer. */
const MOST = 255;

/** A line after one more key, or after a paste. Control characters are not typed. */
export function typed(text: string, key: string): string {
  if (key === 'backspace' || key === 'delete') return [...text].slice(0, -1).join('');
  if (key === 'ctrl-u') return '';
  if (NAMED.has(key) || /^(?:ctrl|meta)-/.test(key)) return text;
  return (text + key.replace(/[\p{Cc}\p{Cf}]/gu, '')).slice(0, MOST);
}

const NAMED: ReadonlySet<string> = new Set([
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'tab',
  'shift-tab',
  'enter',
  'esc',
  'f1',
]);
