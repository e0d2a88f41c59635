import type { Command } from 'commander';
import type { Act, Answer } from '../../tui/data.ts';
import { isoText } from '../config/time-text.ts';

/** What was asked for when the screens were begun, and holds for every command that is run from them. */
export interface Asked {
  /** Who acts, for the log. */
  readonly as?: string;
  /** The clock is not that of the machine. */
  readonly isTimeGiven: boolean;
  /** Nothing is drawn but ASCII. */
  readonly ascii?: boolean;
}

/** The whole program, for what its commands take; without it nothing is added to them. */
type Commands = Command | undefined;

/** A command as it is to be run: by that person and at that time, where it takes them. @param now unix seconds */
export function asAsked(argv: readonly string[], commands: Commands, { as, isTimeGiven, ascii }: Asked, now: number): readonly string[] {
  const taken = optionsOf(argv, commands);
  const plain = isTimeGiven && taken.has('--now') ? without(argv, '--now') : argv;
  return [
    ...plain,
    ...(as === undefined || !taken.has('--as') || argv.includes('--as') ? [] : ['--as', as]),
    ...(ascii !== true || !taken.has('--ascii') || argv.includes('--ascii') ? [] : ['--ascii']),
    ...(isTimeGiven && taken.has('--now') ? ['--now', isoText(now)] : []),
  ];
}

/** The same for all that an answer offers to run: what is shown before is what is run. */
export function withAsked(answer: Answer, commands: Commands, asked: Asked, now: number): Answer {
  if (asked.as === undefined && !asked.isTimeGiven && asked.ascii !== true) return answer;
  const act = <T extends { readonly act?: Act }>(one: T): T =>
    one.act === undefined ? one : { ...one, act: { ...one.act, argv: asAsked(one.act.argv, commands, asked, now) } };
  switch (answer.of) {
    case 'zones-quick':
    case 'zones':
      return { ...answer, zones: answer.zones.map(act) };
    case 'zone':
      return { ...answer, view: { ...answer.view, row: act(answer.view.row) } };
    case 'plan':
      return { ...answer, plan: { ...answer.plan, steps: answer.plan.steps.map(act) } };
    case 'ceremony':
      return act(answer);
    default:
      return answer;
  }
}

/** Long names of the options of a command. */
function optionsOf(argv: readonly string[], commands: Commands): ReadonlySet<string | undefined> {
  let command = commands;
  for (const word of argv) {
    const next = command?.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined) break;
    command = next;
  }
  return new Set(command?.options.map(({ long }) => long ?? undefined));
}

function without(argv: readonly string[], option: string): readonly string[] {
  const at = argv.indexOf(option);
  return at < 0 ? argv : argv.toSpliced(at, 2);
}
