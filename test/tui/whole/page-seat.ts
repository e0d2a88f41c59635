import { ROOM_KEYS } from '../../../tui/room/keymap.ts';
import type { Terminal } from '../support/tmux.ts';
import { type Asked, collapsed, isLeft, type Seat, type Sight, secretAsked } from './seat.ts';

/** As much of an answer as must show before Enter is pressed. */
const TAIL = 30;

/** What Enter does, at the bottom, above the other keys; the text of a step may say the same. */
export const ENTER = /(?:^|\n)Enter: (.*)(?:\n.*)?\s*$/;
const INPUT = /^> (.*)_$/m;

/** The ceremony in full screen: Enter does what the bottom line says, keys do the rest. */
export const PAGE_SEAT: Seat = {
  asked(screen, since): Asked | undefined {
    const secret = secretAsked(since);
    if (secret !== undefined) return { kind: 'secret', question: secret };
    if (isLeft(screen, since)) return { kind: 'left' };
    const enter = ENTER.exec(screen)?.[1];
    if (enter === undefined) return undefined;
    if (/^this was read/.test(enter)) return { kind: 'read' };
    if (INPUT.test(screen)) return { kind: 'line', question: questionOf(screen) };
    const [, text = '', word = ''] = /^(.*?)(?: {2,}word: (.*?))? *$/.exec(enter)!;
    return { kind: 'word', usual: word.trim() === '' ? text : word.trim() };
  },

  sight(terminal): Sight | undefined {
    const text = terminal.captures.at(-1)!;
    const [, number, total] = /STEP (\d+) of (\d+)/.exec(text) ?? [];
    return number === undefined ? undefined : { number: Number(number), total: Number(total), text: collapsed(text) };
  },

  shownTitle: (number, title) => `${number}. ${title.toUpperCase()}`,

  async say(terminal, word) {
    const usual = PAGE_SEAT.asked(terminal.captures.at(-1)!, '');
    if (usual?.kind === 'word' && usual.usual === word) return await entered(terminal);
    const key = ROOM_KEYS.find((one) => one.word === word);
    if (key === undefined) throw new Error(`no key says ${word}`);
    terminal.press(key.keys[0]!);
    await terminal.untilSome((screen) => (ENTER.test(screen) && !INPUT.test(screen) ? undefined : screen), `a page after ${word}`);
  },

  async attend(terminal, people) {
    await entered(terminal);
    await terminal.until(/^> \[ \] /m);
    for (const _ of people) {
      const before = terminal.screen().match(/\[x\]/g)?.length ?? 0;
      terminal.press('Space');
      await terminal.untilSome((screen) => ((screen.match(/\[x\]/g)?.length ?? 0) > before ? screen : undefined), 'a mark');
    }
    await terminal.until(/^Enter: came /m);
    await entered(terminal);
  },

  async answer(terminal, text) {
    if (text !== '') {
      terminal.type(text);
      await terminal.untilSome((screen) => (INPUT.exec(screen)?.[1]?.endsWith(text.slice(-TAIL)) === true ? screen : undefined), text);
    }
    await entered(terminal);
  },

  read: (terminal) => entered(terminal),
};

/** Once the page is answered its bottom line goes. */
async function entered(terminal: Terminal): Promise<void> {
  terminal.press('Enter');
  await terminal.untilSome((screen) => (ENTER.test(screen) ? undefined : screen), 'an answered page');
}

/** Between the last rule and what is typed. */
function questionOf(screen: string): string {
  const lines = screen.split('\n');
  const at = lines.findIndex((line) => INPUT.test(line));
  const from = lines.findLastIndex((line, i) => i < at && /^[─-]{20,}$/.test(line));
  return collapsed(lines.slice(from + 1, at).join(' '));
}
