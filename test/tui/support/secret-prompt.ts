import process from 'node:process';
import { makeMachine } from '../../../src/tui/outside.ts';
import { showScreens } from '../../../tui/main.ts';
import { makeTheme } from '../../../tui/theme.ts';
import { SUMMARY, sampleAnswer } from './sample.ts';

/**
 * The screens over a made-up workspace, whose every command asks for a secret and says how long what it got was. At the end: whether the model holds
 * the text in the file that is named.
 */
const program = {
  command: 'sh',
  args: ['-c', 'stty -echo; printf "secret: "; read -r secret; stty echo; echo; echo "got ${#secret} letters"', 'sh'],
  cwd: '/',
};
const data = {
  program,
  summary: () => SUMMARY,
  refresh: () => false,
  load: async (request: Parameters<typeof sampleAnswer>[0]) => sampleAnswer(request),
};
const streams = { stdin: process.stdin, stdout: process.stdout };
const last = await showScreens(makeMachine(data, streams), { isWatching: false, theme: makeTheme({ env: process.env }) }, streams);
const text = JSON.stringify(last, (_, value: unknown) => (value instanceof Map ? [...value] : value));
process.stdout.write(
  `the model ${text.includes(process.argv[2] ?? '?') ? 'HOLDS' : 'does not hold'} it, search "${last.screens.log.query}"\n`,
);
