import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JUDGES, runJudges, type Verdict } from '../../src/release/judges.ts';
import { ORIGIN } from './base-zone.ts';
import { BASES, MUTATIONS, makeBaseNamed, writeMutation } from './corpus.ts';
import type { Mutation } from './mutation.ts';

/**
 * `node test/mutations/table.ts [--write]`: damages a zone in each way of the corpus, asks the four judges,
 * prints the table or puts it into docs/judges.md between the two marks.
 */
export const DOCUMENT = new URL('../../docs/judges.md', import.meta.url);
export const BEGIN = '<!-- mutations: begin -->';
export const END = '<!-- mutations: end -->';

export async function makeTable(now: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coldsign-mutations-'));
  try {
    const bases = new Map(BASES.map((name) => [name, makeBaseNamed(name, now)]));
    const rows: string[] = [];
    const accepted = new Map<string, number>(JUDGES.map((judge) => [judge, 0]));
    let missedByAll = 0;
    let versions: readonly Verdict[] = [];
    for (const mutation of MUTATIONS) {
      const { zone } = await writeMutation(mutation, bases.get(mutation.base)!, now, folder);
      const verdicts = await runJudges({ file: zone, origin: ORIGIN, now, timeoutSeconds: 30 });
      for (const v of verdicts) if (v.verdict === 'accept') accepted.set(v.judge, accepted.get(v.judge)! + 1);
      if (verdicts.every((v) => v.verdict === 'accept')) missedByAll++;
      rows.push(row(mutation, verdicts));
      versions = verdicts;
    }
    return [
      `Judges: ${versions.map((v) => `${v.judge} ${v.version}`).join(', ')}. ${MUTATIONS.length} mutations; ${missedByAll} are accepted by all four.`,
      '',
      `| mutation | fault | rule of \`zone verify\` | ${JUDGES.join(' | ')} |`,
      `|---|---|---|${JUDGES.map(() => '---|').join('')}`,
      ...rows,
      `| | | accepted, of ${MUTATIONS.length} | ${JUDGES.map((judge) => accepted.get(judge)).join(' | ')} |`,
    ].join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function row(mutation: Mutation, verdicts: readonly Verdict[]): string {
  const cells = verdicts.map((v) => (v.verdict === 'accept' ? '**accept**' : v.verdict));
  return `| ${mutation.name} | ${mutation.fault} | ${mutation.rules.join(' ')} | ${cells.join(' | ')} |`;
}

async function main(): Promise<void> {
  const table = await makeTable(Math.floor(Date.now() / 1000));
  if (!process.argv.includes('--write')) {
    process.stdout.write(`${table}\n`);
    return;
  }
  const text = await readFile(DOCUMENT, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT.pathname} lacks the marks ${BEGIN} and ${END}`);
  await writeFile(DOCUMENT, `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`);
}

if (import.meta.main) await main();
