import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Fault, Refusal } from '../signer/errors.ts';
import { type Case, planCases } from './cases.ts';
import { lineUp } from './line-up.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { printCase } from './report.ts';
import { type CaseResult, runCase } from './run-case.ts';
import { createToken, type Token } from './token.ts';
import { describeMachine, hideOtherModules, requireTools } from './tools.ts';

const OUT = join(import.meta.dirname, 'out');
const PROGRAM = join(import.meta.dirname, '..', 'dist', 'src', 'cli.js');

/** `bench`: zones → each signer in turn → medians and ratios. */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return print(HELP);
  requireTools();
  hideOtherModules(join(OUT, 'empty'));
  const machine = describeMachine();
  const started = new Date().toISOString();
  print(heading(machine, started, options));
  const results: CaseResult[] = [];
  for (const bench of planCases(options.groups, options.scale)) {
    const result = await runWithToken(bench, options, options.peersOnly ? undefined : requireProgram());
    print(`${printCase(result, options.markdown)}\n`);
    results.push(result);
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify({ format: 1, started, machine, options, cases: results }, null, 1)}\n`);
  }
  if (results.some(({ rows, floor }) => [...rows, ...(floor ? [floor] : [])].some(({ failure }) => failure !== undefined)))
    process.exitCode = 1;
}

/** A token for each case: what a case leaves on it does not slow down the next. */
async function runWithToken(bench: Case, options: Options, program: string | undefined): Promise<CaseResult> {
  const dir = join(OUT, bench.name);
  rmSync(dir, { recursive: true, force: true });
  const token: Token = await createToken(join(OUT, 'token'), 'bench', program);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  return await runCase(bench, { dir, contenders: lineUp(bench, token, program), token, runs: options.runs, log });
}

function requireProgram(): string {
  if (existsSync(PROGRAM)) return PROGRAM;
  throw new Refusal('setup/bench-not-built', `there is no ${PROGRAM}`, 'npm run build; or measure the others alone with --peers-only');
}

function heading(machine: readonly string[], started: string, options: Options): string {
  const runs = options.runs === 1 ? 'One run' : `Medians of ${options.runs} runs, all signers in turn`;
  const scale = options.scale === 1 ? '' : ` Zones at ${options.scale} of their size: not figures to quote.`;
  const legend =
    'made: RRSIGs that were not in the zone as signed before; wall, CPU and MB on the right are ratios to the first row; ± is half of (slowest − fastest) over the median; others: cores busy with anything else meanwhile.';
  const lines = [`${started}. ${runs}.${scale}`, ...machine, legend];
  return `${lines.map((line) => (options.markdown ? `- ${line}` : line)).join('\n')}\n\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal || error instanceof Fault)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n  ${error.hint}\n`);
  process.exitCode = error instanceof Fault ? 3 : error.code.startsWith('usage/') ? 2 : 1;
}
