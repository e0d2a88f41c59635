import { makeTheme } from '../../tui/theme.ts';
import type { Io } from '../io.ts';
import type { Room } from './dialogue.ts';
import { HeldScreen } from './held-screen.ts';
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

/** Full-screen pages where the terminal can show them; line by line where not, and where it was asked for. */
export function openRoom({ isPlain = false, ascii = false, clock }: RoomWish, io: Io): OpenRoom {
  const { stdin, stdout, env } = process;
  // Nobody sits before what is not written to the terminal.
  if (io.out !== stdout) return { ...plainRoom(io), io, [Symbol.dispose]: () => {} };
  if (isPlain || !showsPages(process)) return ledPlain(io);
  return new InkRoom({ streams: { stdin, stdout }, theme: makeTheme({ env, ascii }), clock }, io);
}

/** Never another screen, but what is typed while nobody asks does not show here either, and the terminal has its mode again however it ends. */
function ledPlain(io: Io): OpenRoom {
  const mode = new HeldScreen(process.stdout);
  return { ...plainRoom(io), io, [Symbol.dispose]: () => mode[Symbol.dispose]() };
}

/** A terminal at both ends that tells its size and moves its cursor, before people who see it: a screen reader reads line by line. */
export function showsPages({ stdin, stdout, env }: Machine): boolean {
  if (stdin.isTTY !== true || stdout.isTTY !== true || env['TERM'] === 'dumb') return false;
  return (stdout.columns ?? 0) > 0 && (stdout.rows ?? 0) > 0 && !makeTheme({ env }).isReading;
}

export interface Machine {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}
