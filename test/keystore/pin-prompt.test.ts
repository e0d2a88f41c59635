import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

const SCRIPT = '/usr/bin/script';
const PROGRAM = new URL('./children/prompting.ts', import.meta.url).pathname;

/** Runs the prompt on a pseudo-terminal (script, util-linux) and types when it has asked. */
function typeAtPrompt(keys: string): Promise<string> {
  const session = spawn(SCRIPT, ['-qfec', `${process.execPath} ${PROGRAM}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let typed = false;
  session.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (typed || !screen.includes('PIN: ')) return;
    typed = true;
    session.stdin.write(keys);
  });
  return new Promise((resolve) => session.on('close', () => resolve(screen)));
}

test('the prompt takes a line, understands erasing, and shows nothing of it', async () => {
  const screen = await typeAtPrompt('wrong\u0015sesamm\u007fe\r');
  expect(screen).toContain('length 6 sum 638');
  expect(screen).not.toMatch(/wrong|sesam/);
});

test('Ctrl-C at the prompt is a refusal', async () => {
  expect(await typeAtPrompt('12\u0003')).toContain('pin/cancelled');
});
