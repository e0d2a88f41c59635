import { Option } from 'commander';
import type { PinOptions } from '../../keystore/pin/source.ts';
import { wholeNumber } from '../config/sign-policy.ts';
import { parseMoment, readClock } from '../config/time-text.ts';

export type SetStatus = (code: number) => void;

/** For options that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
export const numberOption =
  (name: string, max: number, min = 0) =>
  (text: string): number =>
    wholeNumber(text, name, max, min);

export const pinFd = (): Option =>
  new Option('--pin-fd <n>', 'file descriptor to read the PIN from').argParser(numberOption('--pin-fd', 1023));
export const shareFd = (): Option =>
  new Option('--share-fd <n>', 'file descriptor with shares of a PIN, a line each: NAME: words').argParser(
    numberOption('--share-fd', 1023),
  );
export const forceFinalTry = (): Option => new Option('--force-final-try', 'log in although one more wrong PIN locks the token');
/** How a key of a zone is named, in help texts. */
export const KEY_WORDS = 'tag, tag/algorithm, or name as roll status --json has it';
export const json = (): Option => new Option('--json', 'print one JSON document');
export const origin = (): Option => new Option('-o, --origin <name>', 'name of the zone').makeOptionMandatory();
export const nowOption = (): Option => new Option('--now <time>', 'do as if it were this time (ISO 8601, YYYYMMDDHHMMSS, +90d)');
export const threads = (): Option =>
  new Option('--threads <n>', 'processes that sign and threads that verify').argParser(numberOption('--threads', 64, 1));
export const dir = (): Option => new Option('--dir <dir>', 'folder of the workspace (default: the nearest one with a coldsign.yaml)');
export const actor = (): Option => new Option('--as <person>', 'who does this, for the log (default: the user of the operating system)');

/** Where PINs come from, as commands on one token take it. */
export function pinOptions({ pinFd: fd, shareFd: shares, forceFinalTry: force }: PinOptions): PinOptions {
  return {
    ...(fd === undefined ? {} : { pinFd: fd }),
    ...(shares === undefined ? {} : { shareFd: shares }),
    ...(force === undefined ? {} : { forceFinalTry: force }),
  };
}

/** The clock is read here, once per command. */
export function moment(text: string | undefined): number {
  const now = readClock();
  return text === undefined ? now : parseMoment(text, now);
}

/** What every command of a workspace takes. */
export interface SessionArguments extends PinOptions {
  readonly dir?: string;
  readonly as?: string;
  readonly now?: string;
  readonly threads?: number;
}

/** Of them, what a session is opened with; the clock is read here. */
export function sessionOptions({ dir: folder, as, now, threads: count, ...pins }: SessionArguments) {
  return {
    now: moment(now),
    nowGiven: now !== undefined,
    ...(folder === undefined ? {} : { dir: folder }),
    ...(as === undefined ? {} : { as }),
    ...pinOptions(pins),
    ...(count === undefined ? {} : { threads: count }),
  };
}
