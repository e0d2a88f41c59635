import { isoText } from '../../config/time-text.ts';
import type { Verdict } from './checks.ts';

export interface ClockReadings {
  /** Unix seconds, like all of them. */
  readonly machine: number;
  /** From a clock that is not of this machine. */
  readonly witness: number;
  /** Seconds. */
  readonly tolerance: number;
}

/** ENV-CLOCK: the clock of the machine is that of the witness. */
export function witnessedClock({ machine, witness, tolerance }: ClockReadings): Verdict {
  const apart = Math.abs(machine - witness);
  const told = `the machine says ${isoText(machine)}, the witness ${isoText(witness)}: ${apart} s apart`;
  if (apart <= tolerance) return { wrong: [], pass: told };
  return {
    wrong: [
      {
        text: `${told}; allowed are ${tolerance} s`,
        next: 'find out which of the two is wrong; to set the clock of the machine is an exception',
      },
    ],
    pass: '',
  };
}

export interface ClockBounds {
  readonly now: number;
  /** When the program was made. */
  readonly built: number;
  /** Time of the last entry of the log. */
  readonly lastEntry: number | undefined;
}

/** ENV-CLOCK-EARLY: it is not earlier than what has certainly happened. */
export function earlyClock({ now, built, lastEntry }: ClockBounds): Verdict {
  const next = 'set the clock of the machine (UTC), and check its battery';
  const before = [
    { at: built, what: 'this program was made' },
    { at: lastEntry ?? 0, what: 'the last entry of the log was written' },
  ].filter(({ at }) => now < at);
  return {
    wrong: before.map(({ at, what }) => ({ text: `the clock says ${isoText(now)}, and ${what} at ${isoText(at)}`, next })),
    pass: `the clock says ${isoText(now)}, after the program and the last entry of the log`,
  };
}
