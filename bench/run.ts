import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Fault } from '../signer/errors.ts';
import type { Argv } from './contender.ts';

const TIMEOUT_MS = 600_000;

/** Runs a command that is not measured.
 *  @returns its standard output
 *  @throws Fault setup/bench-command */
export async function run(argv: Argv, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program, ...args] = argv;
  try {
    const options = { env: { ...process.env, ...env }, timeout: TIMEOUT_MS, maxBuffer: 1 << 26 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Fault(
      'setup/bench-command',
      `${program} ${args.at(0) ?? ''} failed: ${said || String(cause)}`,
      'run it by hand to see more',
      { cause },
    );
  }
}
