import { makeTheme } from '../../tui/theme.ts';
import type { Io } from '../io.ts';
import type { Room } from './dialogue.ts';
import { InkRoom } from './ink-room.ts';
import { plainRoom } from './plain-room.ts';

/** The room as long as the ceremony is led in it. */
export interface OpenRoom extends Room, Disposable {
  /** For the commands of the ceremony: what they print can be shown once more. */
  readonly io: Io;
}

export interface RoomWish {
  /** Line by line. */
  readonly isPlain?: boolean;
  readonly ascii?: boolean;
  /** Unix seconds. */
  readonly clock: () => number;
}

/** Full-screen pages where the terminal can show them; line by line for those that cannot, for screen readers, and where it was asked for. */
export function openRoom({ isPlain = false, ascii = false, clock }: RoomWish, io: Io): OpenRoom {
  const { stdin, stdout, env } = process;
  const theme = makeTheme({ env, ascii });
  const isPages = stdin.isTTY && stdout.isTTY && stdout.columns > 0 && stdout.rows > 0 && env['TERM'] !== 'dumb' && !theme.isReading;
  if (isPages && !isPlain && io.out === stdout) return new InkRoom({ streams: { stdin, stdout }, theme, clock }, io);
  return { ...plainRoom(io), io, [Symbol.dispose]: () => {} };
}
