import { type Command, CommanderError } from 'commander';
import { Refusal } from '../../../signer/errors.ts';
import { nearest } from '../../../signer/nearest.ts';

/** Nothing of it is shown, whoever made the program. */
const SILENT = { writeOut: () => {}, writeErr: () => {}, outputError: () => {} };

/**
 * Whether the program has such a command, with such options and arguments, without running it.
 * @param argv words after `coldsign`
 * @returns what is wrong with it, in a sentence about the command
 */
export function commandProblem(program: Command, argv: readonly string[]): string | undefined {
  let command = program;
  let depth = 0;
  while (command.commands.length > 0) {
    const word = argv[depth];
    const known = command.commands.map((child) => child.name());
    const next = word === undefined ? undefined : command.commands.find((child) => child.name() === word);
    if (next === undefined) return unknownCommand(argv.slice(0, depth), word, known);
    command = next;
    depth++;
  }
  const problem = argumentProblem(command, argv.slice(depth));
  return problem === undefined ? undefined : `coldsign ${argv.slice(0, depth).join(' ')} is ${problem}`;
}

/** `key destroy`: the words that name the command. */
export function commandName(program: Command, argv: readonly string[]): string {
  const words: string[] = [];
  let command: Command | undefined = program;
  for (const word of argv) {
    command = command.commands.find((child) => child.name() === word);
    if (command === undefined) break;
    words.push(word);
  }
  return words.join(' ');
}

function unknownCommand(before: readonly string[], word: string | undefined, known: readonly string[]): string {
  const what = ['coldsign', ...before].join(' ');
  if (word === undefined) return `${what} is without what it is to do: ${known.join(', ')}`;
  const near = nearest(word, known);
  return `${what} ${word} is not there; ${near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`}`;
}

function argumentProblem(command: Command, words: readonly string[]): string | undefined {
  const output = command.configureOutput();
  command.saveStateBeforeParse();
  command.configureOutput(SILENT);
  try {
    const { operands, unknown } = command.parseOptions([...words]);
    return unknownOption(command, unknown) ?? missingOption(command) ?? wrongCount(command, operands);
  } catch (error) {
    // What a value is parsed by says what is wrong with it.
    if (error instanceof CommanderError) return `wrong: ${error.message.replace(/^error: /, '')}`;
    if (error instanceof Refusal) return `wrong: ${error.message}`;
    throw error;
  } finally {
    command.configureOutput(output);
    command.restoreStateBeforeParse();
  }
}

function unknownOption(command: Command, [option]: readonly string[]): string | undefined {
  if (option === undefined) return undefined;
  const known = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const near = nearest(option, known);
  return `given ${option}, which it does not know; ${near === undefined ? `its options: ${known.join(', ')}` : `did you mean ${near}?`}`;
}

function missingOption(command: Command): string | undefined {
  const missing = command.options.find((option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined);
  return missing === undefined ? undefined : `without ${missing.flags}, which it must have`;
}

function wrongCount(command: Command, operands: readonly string[]): string | undefined {
  const wanted = command.registeredArguments;
  const least = wanted.filter(({ required }) => required).length;
  const most = wanted.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : wanted.length;
  if (operands.length >= least && operands.length <= most) return undefined;
  const names = wanted.map((argument) => argument.name()).join(', ');
  return `given ${operands.length} arguments (${operands.join(', ')}), and it takes ${names === '' ? 'none' : names}`;
}
