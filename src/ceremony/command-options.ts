import type { Command } from 'commander';

/** What a ceremony gives to its commands where they take it. */
export interface GivenOptions {
  readonly dir?: string;
  readonly as?: string;
  /** Unix seconds, where the time was given by hand. */
  readonly now?: number;
}

/** Where, who and when, as far as the command takes them. */
export function commonOptions(takes: ReadonlySet<string>, { dir, as, now }: GivenOptions): readonly string[] {
  const given: [string, string | undefined][] = [
    ['--dir', dir],
    ['--as', as],
    ['--now', now === undefined ? undefined : new Date(now * 1000).toISOString()],
  ];
  return given.flatMap(([option, value]) => (value !== undefined && takes.has(option) ? [option, value] : []));
}

/** Options that a command takes. @param argv words after `coldsign` */
export const optionsOf = (program: Command, argv: readonly string[]): ReadonlySet<string> =>
  new Set(commandOf(program, argv).command.options.flatMap(({ long }) => (long ? [long] : [])));

/**
 * What each word of a command stands for, by the help: `file` for what stands in the place of `<file>`; of `--out=FILE` that of its value.
 * Undefined for options, and for the words that name the command.
 */
export function placesOf(program: Command, argv: readonly string[]): readonly (string | undefined)[] {
  const { command, depth } = commandOf(program, argv);
  const places: (string | undefined)[] = argv.slice(0, depth).map(() => undefined);
  let operands = 0;
  for (let i = depth; i < argv.length; i++) {
    const [name = '', value] = argv[i]!.split('=', 2);
    const option = command.options.find(({ long, short }) => long === name || short === name);
    const place = option === undefined ? undefined : /[<[]([a-z]+)/.exec(option.flags)?.[1];
    if (option === undefined) places.push(command.registeredArguments[operands++]?.name());
    else if (place === undefined || value !== undefined) places.push(place);
    else {
      places.push(undefined, place);
      i++;
    }
  }
  return places.slice(0, argv.length);
}

function commandOf(program: Command, argv: readonly string[]): { readonly command: Command; readonly depth: number } {
  let command = program;
  let depth = 0;
  for (const word of argv) {
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
    depth++;
  }
  return { command, depth };
}
