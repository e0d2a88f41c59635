import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';

const MOST_OCTETS = 256;

/**
 * What cannot be undone is confirmed by typing the key tag, at the terminal or with --confirm; never by `y`.
 * @param typed what --confirm brings; absent: it is asked for on /dev/tty, whatever standard input is
 * @throws Refusal key/not-confirmed, usage/confirm where there is no terminal
 */
export function confirmTag(keyTag: number, what: string, typed: string | undefined): void {
  const answer = (typed ?? ask(`${what}\nType the key tag to go on: `)).trim();
  if (answer === `${keyTag}`) return;
  throw new Refusal(
    'key/not-confirmed',
    `"${answer}" was typed, the key tag is ${keyTag}; nothing was done`,
    'check with coldsign key list which key is meant, and type its tag',
  );
}

function ask(question: string): string {
  let terminal: number;
  try {
    terminal = openSync('/dev/tty', 'r+');
  } catch (cause) {
    throw new Refusal('usage/confirm', 'the key tag has to be typed, and there is no terminal to ask on', 'give it with --confirm TAG', {
      cause,
    });
  }
  try {
    writeSync(terminal, question);
    const line = Buffer.alloc(MOST_OCTETS);
    return line.toString('utf8', 0, readSync(terminal, line));
  } finally {
    closeSync(terminal);
  }
}
