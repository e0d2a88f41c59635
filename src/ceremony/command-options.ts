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
export function optionsOf(program: Command, argv: readonly string[]): ReadonlySet<string> {
  let command: Command | undefined = program;
  for (const word of argv) {
    const child: Command | undefined = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
  }
  return new Set(command.options.flatMap(({ long }) => (long ? [long] : [])));
}
