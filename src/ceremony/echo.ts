import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * The terminal shows nothing of what is typed as long as nobody asks: whoever types a PIN before it is asked for types it in front of cameras.
 * Ctrl-C still ends what runs. Ctrl-Z would give a shell to the room in the midst of a command, and Ctrl-\ would leave the memory of the program in
 * a file: they do nothing. Where there is no stty, or no terminal, nothing changes.
 * @returns what gives it its former mode back, whatever mode it is in
 */
export function withoutEcho(): () => void {
  const before = stty('-g');
  if (before === undefined) return () => {};
  stty('-echo', 'susp', 'undef', 'quit', 'undef');
  return () => void stty(before);
}

/**
 * Undefined: it could not be done, as when the terminal has gone.
 * Design note: opened anew, for a child that has standard input itself makes it blocking for this process too, which then hangs where another
 * reader of the terminal was quicker.
 */
function stty(...mode: readonly string[]): string | undefined {
  let terminal: number | undefined;
  try {
    terminal = openSync('/dev/tty', 'r');
    return execFileSync('stty', mode, { stdio: [terminal, 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  } finally {
    if (terminal !== undefined) closeSync(terminal);
  }
}
