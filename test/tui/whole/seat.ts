import { PROMPT, type Terminal } from '../support/tmux.ts';

/** What the terminal waits for. */
export type Asked =
  /** The next word of the ceremony: the one that the screen says is usual. */
  | { readonly kind: 'word'; readonly usual: string }
  /** A line that shows as it is typed. */
  | { readonly kind: 'line'; readonly question: string }
  /** On the plain terminal; nothing of it shows. */
  | { readonly kind: 'secret'; readonly question: string }
  /** Something that has been told waits until it is read. */
  | { readonly kind: 'read' }
  /** The ceremony does not have the terminal any more. */
  | { readonly kind: 'left' };

/** Which step the screen is at, in its own words. */
export interface Sight {
  readonly number: number;
  readonly total: number;
  /** What can be seen of it, with single blanks. */
  readonly text: string;
}

/** How a ceremony is led: by words, or by pages and keys. */
export interface Seat {
  /** Undefined: nothing yet. @param since what was written to the terminal since the last answer */
  asked(screen: string, since: string): Asked | undefined;
  /** Undefined after the last step. */
  sight(terminal: Terminal): Sight | undefined;
  /** A title of a step as `sight` shows it. */
  shownTitle(number: number, title: string): string;
  /** @param word `usual`: what the screen says */
  say(terminal: Terminal, word: string): Promise<void>;
  /** Enters who is in the room. */
  attend(terminal: Terminal, people: readonly string[]): Promise<void>;
  answer(terminal: Terminal, text: string): Promise<void>;
  read(terminal: Terminal): Promise<void>;
}

/** The question for a secret, if it is the last that was written. */
export function secretAsked(since: string): string | undefined {
  const last = /([^\r\n]*): $/.exec(since)?.[1];
  const question = last === undefined ? undefined : lastPart(last);
  return question !== undefined && SECRETS.test(question) ? question : undefined;
}

const SECRETS = /^(passphrase of |Name of the custodian$|line \d+$)/;

const ESCAPE = String.fromCodePoint(27);
/** After the last escape sequence. */
const lastPart = (text: string): string =>
  text
    .split(ESCAPE)
    .at(-1)!
    .replace(/^\[[\d;?]*[A-Za-z]/, '')
    .trim();

/** The shell has written its prompt, or the screens wait below what the ceremony has left. */
export const isLeft = (screen: string, since: string): boolean =>
  since.endsWith(PROMPT) || screen.includes('Enter goes back to the screens');

/** Blanks and line breaks are one blank. */
export const collapsed = (text: string): string => text.replace(/\s+/g, ' ').trim();
