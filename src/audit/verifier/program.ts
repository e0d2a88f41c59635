import { realpathSync } from 'node:fs';
import { VerifierUsage } from './report.ts';
import { describeReport } from './verdict.ts';
import { verifyExport } from './verify.ts';

const USAGE = `usage: node verify.mjs EXPORT [--since OLD] [--since-words "SIZE WORD WORD …"] [--vkey VKEY] [--witness VKEY]… [--json]
EXPORT        archive of the export, or the folder it was unpacked to
--since       an older export, or an older checkpoint: proves that nothing it has seen was changed
--since-words size and at least 8 words from a printed checkpoint
--vkey        key of the log as it was published
--witness     vkey of a witness whose cosignatures count
exit status   0 in order, 1 not in order, 2 wrong arguments
`;

/** @returns exit status */
function main(args: readonly string[]): number {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--help') {
      process.stdout.write(USAGE);
      return 0;
    }
    if (arg === '--json') values.set(arg, []);
    else if (['--since', '--since-words', '--vkey', '--witness'].includes(arg))
      values.set(arg, [...(values.get(arg) ?? []), args[++i] ?? '']);
    else rest.push(arg);
  }
  const [path] = rest;
  const once = (name: string): string | undefined => values.get(name)?.[0];
  try {
    if (path === undefined || rest.length > 1 || path.startsWith('--'))
      throw new VerifierUsage('give one export, and options that are known');
    for (const [name, given] of values) if (name !== '--witness' && given.length > 1) throw new VerifierUsage(`${name} is given twice`);
    if (values.has('--since') && values.has('--since-words')) throw new VerifierUsage('give one piece of older evidence at a time');
    const [since, sinceWords, vkey] = [once('--since'), once('--since-words'), once('--vkey')];
    const report = verifyExport(path, {
      ...(since === undefined ? {} : { since }),
      ...(sinceWords === undefined ? {} : { sinceWords }),
      ...(vkey === undefined ? {} : { vkey }),
      witnesses: values.get('--witness') ?? [],
    });
    process.stdout.write(values.has('--json') ? `${JSON.stringify(report, undefined, 2)}\n` : describeReport(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof VerifierUsage)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}`);
    return 2;
  }
}

function isProgram(): boolean {
  try {
    return realpathSync(process.argv[1] ?? '') === realpathSync(new URL(import.meta.url));
  } catch {
    return false;
  }
}

if (isProgram()) process.exitCode = main(process.argv.slice(2));
