import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * The terminal that is standard input shows nothing of what is typed as long as nobody asks: whoever types a PIN before it is asked for types it in
 * front of cameras. Lines and signals stay as they are, so that Ctrl-C ends what runs. Where there is no stty, or no terminal, nothing changes.
 * @returns what gives it its former mode back, whatever mode it is in
 */
export function withoutEcho(): () => void {
  const before = stty('-g');
  if (before === undefined) return () => {};
  stty('-echo');
  return () => void stty(before);
}

/**
 * Undefined: it could not be done, as when the terminal has gone.
 * Design note: opened anew, for a child that has standard input itself makes it blocking for this process too, which then hangs where another
 * reader of the terminal was quicker.
 */
function stty(mode: string): string | undefined {
  let terminal: number | undefined;
  try {
    terminal = openSync('/dev/tty', 'r');
    return execFileSync('stty', [mode], { stdio: [terminal, 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  } finally {
    if (terminal !== undefined) closeSync(terminal);
  }
}
