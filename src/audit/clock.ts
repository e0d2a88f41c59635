import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';

/** Time that nobody can set: what the log holds the machine's clock against. */
export interface Clock {
  /** Milliseconds since boot, sleep included. */
  readonly mono: number;
  /** Tells one boot from another. */
  readonly boot: string;
}

/**
 * Linux: /proc/uptime and the boot id of the kernel. Elsewhere the boot id is derived from the minute in which the machine was
 * booted, so that a clock which is set looks like another boot there: it is not noticed, and nothing is refused for it.
 */
export function readMachineClock(): Clock {
  if (existsSync('/proc/sys/kernel/random/boot_id')) {
    const mono = Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);
    return { mono, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  }
  const mono = Math.round(uptime() * 1000);
  const minute = Math.round((Date.now() - mono) / 60_000);
  return { mono, boot: createHash('sha256').update(`${hostname()}\n${minute}`).digest('hex').slice(0, 32) };
}

export interface ClockReading extends Clock {
  /** What the machine's clock says, unix seconds. */
  readonly now: number;
}

export interface ClockVerdict {
  /** The clock was moved: by how many seconds (negative: back) against the time since boot, since the entry of which time (unix seconds). */
  readonly jump?: { readonly seconds: number; readonly since: number };
}

const TOLERANCE_SECONDS = 60;

/**
 * Whether the clock can be believed: not earlier than the program, nor than the last entry of the log. Within one boot it must have
 * moved as the time since boot did; a jump is told, and the caller logs it.
 *
 * @param last clock of the last entry, its time as ISO 8601; undefined in an empty log
 * @param built when the program was made, unix seconds
 * @throws Refusal audit/clock-before-build, audit/clock-backwards
 */
export function guardClock(
  { now, mono, boot }: ClockReading,
  last: (Clock & { readonly time: string }) | undefined,
  built: number,
  toleranceSeconds: number = TOLERANCE_SECONDS,
): ClockVerdict {
  if (now < built)
    throw new Refusal(
      'audit/clock-before-build',
      `the clock says ${isoText(now)}, but this program was made at ${isoText(built)}`,
      'set the clock of the machine (UTC), and check its battery',
    );
  if (last === undefined) return {};
  const since = Date.parse(last.time) / 1000;
  if (now < since)
    throw new Refusal(
      'audit/clock-backwards',
      `the clock says ${isoText(now)}, but the last entry of the log is of ${last.time}`,
      'set the clock of the machine (UTC); if the log is ahead of the true time, wait until it is reached',
    );
  if (boot !== last.boot) return {};
  const seconds = Math.round(now - since - (mono - last.mono) / 1000);
  return Math.abs(seconds) > toleranceSeconds ? { jump: { seconds, since } } : {};
}
