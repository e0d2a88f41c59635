import { type Line, line } from '../lines.ts';
import type { RoomOutcome } from './model.ts';

/** What came of an act, to be read from the other end of the room. */
export function bigLines(outcome: RoomOutcome, columns: number): readonly Line[] {
  if (outcome === 'told') return [];
  const word = outcome === 'done' ? 'DONE' : 'FAILED';
  const style = outcome === 'done' ? 'good' : 'bad';
  const rows = Array.from({ length: HEIGHT }, (_, y) => [...word].map((letter) => LETTERS[letter]![y]!).join('  '));
  const isSmall = rows[0]!.length + 2 > columns || columns < 60;
  return [...(isSmall ? [word] : rows.map((row) => `  ${row}`)).map((row) => line(row, style)), line('')];
}

const HEIGHT = 5;

const LETTERS: Readonly<Record<string, readonly string[]>> = {
  A: [' ### ', '#   #', '#####', '#   #', '#   #'],
  D: ['#### ', '#   #', '#   #', '#   #', '#### '],
  E: ['#####', '#    ', '#### ', '#    ', '#####'],
  F: ['#####', '#    ', '#### ', '#    ', '#    '],
  I: ['###', ' # ', ' # ', ' # ', '###'],
  L: ['#    ', '#    ', '#    ', '#    ', '#####'],
  N: ['#   #', '##  #', '# # #', '#  ##', '#   #'],
  O: [' ### ', '#   #', '#   #', '#   #', ' ### '],
};
