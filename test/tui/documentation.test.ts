import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KEYMAP } from '../../tui/keymap.ts';
import { SCREEN_NAMES } from '../../tui/screen-names.ts';
import { keyText } from '../../tui/screens/help.ts';

/** What docs/terminal-ui.md and docs/custodians.md show, held against what the screens and pages are. */
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const PAGE = read('../../docs/terminal-ui.md');
const PICTURE = /(?:<!-- (\S+) -->\n)?^```([a-z]*)\n(.*?)\n```$/gms;
const pictures = [...PAGE.matchAll(PICTURE)].flatMap(([, name = 'a picture without a name', language, text]) =>
  language === '' ? [{ name, text }] : [],
);

test.each(pictures)('the picture of $name is that of the tests', ({ name, text }) => {
  expect(`${text}\n`.trimEnd()).toBe(read(`fixtures/${name}.txt`).trimEnd());
});

const CUSTODIANS = [...read('../../docs/custodians.md').matchAll(/<!-- (\S+) -->\n```\n(.*?)\n```/gs)].map(([, name = '', text]) => ({
  name,
  text,
}));

test.each(CUSTODIANS)('custodians see the page $name as it is', ({ name, text }) => {
  expect(`${text}\n`.trimEnd()).toBe(read(`room/fixtures/${name}.txt`).trimEnd());
});

test('the guide for custodians shows agreeing, who came, what is signed and what has come of it', () => {
  expect(CUSTODIANS.map(({ name }) => name)).toEqual(['agreeing-80x24', 'came-80x24', 'ask-statement-80x24', 'done-80x24']);
});

test('every screen has its picture; help is the table', () => {
  const shown = pictures.map(({ name }) => name);
  for (const name of SCREEN_NAMES.filter((one) => one !== 'help')) expect(shown).toContain(`${name}-80x24`);
});

// "One key table feeds input and help."
test('the table of keys is the one that input is looked up in', () => {
  const rows = PAGE.match(/^\| key \| does \| screens \|\n\|---\|---\|---\|\n((?:\|.*\n)+)/m)?.[1];
  const wanted = KEYMAP.map(
    ({ keys, help, on }) => `| ${keys.map((key) => `\`${keyText(key)}\``).join(' ')} | ${help} | ${on?.join(', ') ?? 'all'} |\n`,
  );
  expect(rows).toBe(wanted.join(''));
});
