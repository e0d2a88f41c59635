import { plain } from '../../audit/describe.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What people have typed is text, never markup; what cannot be seen, or turns the direction of the text, is shown as what it is. */
export function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, (char) => ESCAPES[char]!);
}

/** As {@link escaped}, with its lines. */
export const escapedLines = (text: string): string => text.split('\n').map(escaped).join('\n');
