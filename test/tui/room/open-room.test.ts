import { expect, test } from 'vitest';
import { type Machine, openRoom, showsPages } from '../../../src/ceremony/open-room.ts';

const TERMINAL = { isTTY: true, columns: 80, rows: 24 };
const shows = (change: Partial<Machine> = {}): boolean =>
  showsPages({ stdin: { isTTY: true }, stdout: TERMINAL, env: { TERM: 'xterm', LANG: 'C.UTF-8' }, ...change });

test('pages are for terminals that can show them, and for people who see them', () => {
  expect(shows()).toBe(true);
  expect(shows({ env: { TERM: 'linux' } })).toBe(true);
  expect(shows({ env: { TERM: 'dumb' } })).toBe(false);
  expect(shows({ env: { TERM: 'xterm', INK_SCREEN_READER: 'true' } })).toBe(false);
  expect(shows({ stdin: {} })).toBe(false);
  expect(shows({ stdout: {} })).toBe(false);
  // A serial line does not tell its size.
  expect(shows({ stdout: { isTTY: true, columns: 0, rows: 0 } })).toBe(false);
});

test('what is not written to the terminal is led line by line', () => {
  let shown = '';
  const io = { out: { write: (text: string | Uint8Array) => (shown += String(text)) }, err: process.stderr };
  using room = openRoom({ clock: () => 0 }, io);
  room.tell('a line\n');
  expect(shown).toBe('a line\n');
  expect(room.io).toBe(io);
});
