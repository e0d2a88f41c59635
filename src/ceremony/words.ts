/** A word that leads the ceremony, as it is typed, and the keys of the pages stand for. */
export interface Word {
  readonly word: string;
  /** What is typed after it: short names of people, as the screen has them, or the number of an exception. */
  readonly takes?: 'NAME' | 'NAME…' | 'NUMBER';
  readonly does: string;
}

/** In the order in which they are come by. */
export const WORDS: readonly Word[] = [
  { word: 'begin', does: 'the step begins; from then on its people agree' },
  { word: 'agree', takes: 'NAME', does: 'NAME agrees to the step' },
  { word: 'refuse', takes: 'NAME', does: 'NAME does not agree' },
  { word: 'go', does: 'carry the step out' },
  { word: 'again', does: 'a step that failed begins once more' },
  { word: 'came', takes: 'NAME…', does: 'who has come into the room' },
  { word: 'left', takes: 'NAME…', does: 'who has left the room' },
  { word: 'exception', does: 'something is not as the script says, and the people go on' },
  { word: 'close', takes: 'NUMBER', does: 'an exception is closed' },
  { word: 'skip', does: 'go on without this step; an exception says why' },
  { word: 'handover', does: 'another person takes a role over' },
  { word: 'pause', does: 'stop here; the same command goes on later' },
  { word: 'abort', does: 'end the ceremony without its end' },
  { word: 'end', does: 'after the last step' },
];

/** All of them, a line each. */
export function helpText(): string {
  const lines = WORDS.map(({ word, takes, does }) => `${`${word} ${takes ?? ''}`.padEnd(COLUMN)}${does}`);
  return `\nNAME is a short name, as the screen has it: agree bob\n\n${lines.join('\n')}\n`;
}

const COLUMN = 19;
