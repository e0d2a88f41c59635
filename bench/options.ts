import { parseArgs } from 'node:util';
import { Refusal } from '../signer/errors.ts';

export const GROUPS = ['enterprise', 'tld-nsec', 'tld-optout', 'resign', 'portfolio', 'large'] as const;
export type Group = (typeof GROUPS)[number];

export interface Options {
  readonly help: boolean;
  readonly groups: readonly Group[];
  readonly runs: number;
  /** Size of the zones as a share of the full size. */
  readonly scale: number;
  readonly peersOnly: boolean;
  readonly markdown: boolean;
  readonly json?: string;
}

export const HELP = `npm run bench -- [options]

Signs the same zones with coldsign and with other signers, in turn, and prints a table for each case.

  --only A,B      cases out of: ${GROUPS.join(' ')}
  --large         also the zone of 5 million records
  --runs N        runs of each signer (3)
  --scale X       size of the zones: 0.05 for a quick trial (1)
  --peers-only    without coldsign
  --markdown      print the tables as Markdown
  --json FILE     write every single figure to FILE
  --help
`;

/** @throws Refusal usage/bench-option */
export function parseOptions(args: readonly string[]): Options {
  const values = parse(args);
  const only = values.only?.split(',') ?? GROUPS.filter((group) => group !== 'large' || values.large);
  const unknown = only.filter((name) => !isGroup(name));
  if (unknown.length > 0)
    throw new Refusal('usage/bench-option', `--only ${unknown.join(',')}: no such case`, `cases are: ${GROUPS.join(' ')}`);
  return {
    help: values.help,
    groups: only.filter(isGroup),
    runs: positive('--runs', values.runs, Number.isInteger),
    scale: positive('--scale', values.scale, Number.isFinite),
    peersOnly: values['peers-only'],
    markdown: values.markdown,
    ...(values.json === undefined ? {} : { json: values.json }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        only: { type: 'string' },
        large: { type: 'boolean', default: false },
        runs: { type: 'string', default: '3' },
        scale: { type: 'string', default: '1' },
        'peers-only': { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        json: { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new Refusal('usage/bench-option', cause instanceof Error ? cause.message : String(cause), 'see npm run bench -- --help', {
      cause,
    });
  }
}

function isGroup(name: string): name is Group {
  return (GROUPS as readonly string[]).includes(name);
}

function positive(option: string, text: string, isAllowed: (value: number) => boolean): number {
  const value = Number(text);
  if (value > 0 && isAllowed(value)) return value;
  throw new Refusal('usage/bench-option', `${option} ${text} is not a number above zero that fits`, 'see npm run bench -- --help');
}
