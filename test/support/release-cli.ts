import { Command } from 'commander';
import { Fault, Refusal } from '../../signer/errors.ts';
import { releaseCommands } from '../../src/program/release.ts';
import { KeptIo } from './carried-release.ts';

/** Runs `coldsign release …` in this process. @returns what it printed, or `code: message` where it was refused */
export async function release(...args: readonly string[]): Promise<string> {
  const io = new KeptIo();
  const command = new Command('release').exitOverride();
  releaseCommands(command, io, () => {});
  try {
    await command.parseAsync(args, { from: 'user' });
    return io.text;
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
}
