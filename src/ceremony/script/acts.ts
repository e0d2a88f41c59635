import type { Command } from 'commander';
import { commandName } from './command-line.ts';

/** Commands that use keys, change them, or decide what is done with them: nothing of it before the script was approved. */
const AFTER_APPROVAL = new Set([
  'zone sign',
  'key generate',
  'key import',
  'key destroy',
  'key restore',
  'roll start',
  'roll join',
  'roll leave',
  'roll advance',
  'roll cancel',
  'release rollback',
  'release catalog',
  'policy apply',
  'pin split',
  'pin reshare',
  'pin void',
]);

/** Commands whose effect nothing takes back; with options: only where one of them is given. */
const IRREVERSIBLE: Readonly<Record<string, readonly string[] | 'always'>> = {
  'key destroy': 'always',
  'pin split': 'always',
  'pin reshare': 'always',
  'pin void': 'always',
  // People's word in place of evidence: what follows from it has happened when it turns out to be wrong.
  'ds seen': ['--attest'],
  'ds gone': ['--attest'],
  'checkds published': ['--attest'],
  'checkds withdrawn': ['--attest'],
  'release published': ['--attest'],
  'evidence import': ['--servers-changed'],
  'roll start': ['--emergency', '--lost', '--break', '--insecure', '--revoke'],
  'roll leave': 'always',
  'zone sign': ['--override'],
};

/** Commands that have no place in a ceremony: it leads them, or they are for the other side. */
const OUTSIDE = new Set(['init', 'tui', 'release apply']);

/** Where the ceremony is, who acts and when, it says itself; secrets are asked for at the terminal, and no file is named for them. */
const OF_THE_CEREMONY = new Set(['--dir', '--as', '--now', '--json', '--approved-by', '--force-final-try', '--generate-pin', '--pin-file']);

export const needsApproval = (program: Command, argv: readonly string[]): boolean => AFTER_APPROVAL.has(commandName(program, argv));

export function isIrreversible(program: Command, argv: readonly string[]): boolean {
  const options = IRREVERSIBLE[commandName(program, argv)];
  return options === 'always' || options?.some((option) => givenOptions(argv).includes(option)) === true;
}

/** @returns why the command cannot be a step, in a sentence about it; undefined: it can */
export function outsideProblem(program: Command, argv: readonly string[]): string | undefined {
  const name = commandName(program, argv);
  if (OUTSIDE.has(name) || argv[0] === 'ceremony') return `coldsign ${name} is no part of a ceremony`;
  const option = givenOptions(argv).find((word) => OF_THE_CEREMONY.has(word) || word.endsWith('-fd'));
  if (option !== undefined)
    return `coldsign ${name} is given ${option}, which is not for a script: the ceremony itself says where, who, when and with which secret`;
  if (argv.some((word) => /pin-(?:value|source)=/i.test(word)))
    return `coldsign ${name} is given the place of a PIN, which is not for a script`;
  return undefined;
}

/** `--key=5` counts as `--key`. */
const givenOptions = (argv: readonly string[]): readonly string[] => argv.flatMap((word) => /^(--[a-z0-9-]+)/.exec(word)?.[1] ?? []);
