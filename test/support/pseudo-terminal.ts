import { spawn } from 'node:child_process';
import { quote } from './cli.ts';

const SCRIPT = '/usr/bin/script';

/**
 * Runs a shell line on a pseudo-terminal (script, util-linux), which is its /dev/tty.
 * @param answer gets what has come since the last answer; what it returns is typed
 * @returns all that was on the screen
 */
export function onTerminal(
  line: string,
  answer: (since: string) => string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const session = spawn(SCRIPT, ['-qfec', `sh -c ${quote(line)}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    timeout: 90_000,
  });
  let screen = '';
  let seen = 0;
  session.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const typed = answer(screen.slice(seen));
    if (typed === undefined) return;
    seen = screen.length;
    session.stdin.write(typed);
  });
  return new Promise((resolve) => session.on('close', () => resolve(screen)));
}
