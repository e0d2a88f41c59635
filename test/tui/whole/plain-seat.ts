import type { Terminal } from '../support/tmux.ts';
import { type Asked, collapsed, isLeft, type Seat, type Sight, secretAsked } from './seat.ts';

/** What a screen begins with, of which the newest counts. */
const HEAD = /^={70,}\n(?:PRACTICE|PRODUCTION) /gm;

/** The ceremony as a dialogue, line by line: `ceremony run --plain`. */
export const PLAIN_SEAT: Seat = {
  asked(screen, since): Asked | undefined {
    const secret = secretAsked(since);
    if (secret !== undefined) return { kind: 'secret', question: secret };
    const last = /[^\r\n]*$/.exec(since)![0];
    if (isLeft(screen, since)) return { kind: 'left' };
    if (/> $/.test(last)) return { kind: 'word', usual: last.replace(/ *> $/, '').trim() };
    if (/^Enter when .*read\S* $/.test(last)) return { kind: 'read' };
    return /[:?)] $/.test(last) ? { kind: 'line', question: last.trim() } : undefined;
  },

  sight(terminal): Sight | undefined {
    const text = terminal.history();
    const block = text.slice([...text.matchAll(HEAD)].at(-1)?.index ?? text.length);
    const [, number, total] = / step (\d+) of (\d+) /.exec(block) ?? [];
    return number === undefined ? undefined : { number: Number(number), total: Number(total), text: collapsed(block) };
  },

  shownTitle: (number, title) => `${number}. ${title}`,

  say: typeLine,
  attend: (terminal, people) => typeLine(terminal, `came ${people.join(' ')}`),
  answer: typeLine,
  read: (terminal) => typeLine(terminal, ''),
};

async function typeLine(terminal: Terminal, text: string): Promise<void> {
  terminal.run(text);
}
