import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './cases.ts';
import type { Argv, Contender, Job } from './contender.ts';
import { type Measurement, measure } from './measure.ts';
import { run } from './run.ts';
import { countSignatures, judge, mergeSignatures } from './signed-zone.ts';
import type { Token } from './token.ts';
import { writeZone, type ZoneText } from './zones.ts';

/** All that was found out about one contender in one case. */
export interface Row {
  readonly name: string;
  /** RRSIG records in what it wrote, and those of them that it made anew. */
  signatures: number;
  made: number;
  /** Who found the output of its first run good. */
  judges: readonly string[];
  readonly runs: Measurement[];
  /** Why it did not get to the end. */
  failure?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly records: number;
  readonly rows: readonly Row[];
  /** The token's own time for as many signatures as the first contender made; not known where only some are made. */
  readonly floor?: Row;
}

export interface CaseSetting {
  readonly dir: string;
  readonly contenders: readonly Contender[];
  readonly token: Token;
  readonly runs: number;
  readonly log: (line: string) => void;
}

interface Entry {
  readonly contender: Contender;
  readonly jobs: readonly Job[];
  readonly argv: Argv;
  readonly row: Row;
}

/** Prepares every contender, then runs them in turn, `runs` times; the turn starts with another one each time. */
export async function runCase(bench: Case, setting: CaseSetting): Promise<CaseResult> {
  const { dir, log } = setting;
  log(`${bench.name}: ${bench.title}`);
  const records = (bench.changed ?? bench.zones).reduce((sum, zone, i) => sum + writeZone(zone, zoneFile(dir, i)), 0);
  const rows: Row[] = [];
  const entries: Entry[] = [];
  for (const contender of setting.contenders) {
    const row: Row = { name: contender.name, signatures: 0, made: 0, judges: [], runs: [] };
    rows.push(row);
    await orFailure(row, log, async () => {
      entries.push(await prepare(bench, contender, row, dir));
    });
  }
  const floor: Row = { name: 'C_Sign alone, 2 processes', signatures: 0, made: 0, judges: [], runs: [] };
  for (let round = 0; round < setting.runs; round++) {
    for (const entry of rotate(entries, round)) {
      if (entry.row.failure === undefined) await orFailure(entry.row, log, () => runOnce(bench, entry, dir, log));
    }
    if (bench.changed !== undefined || bench.group === 'portfolio') continue;
    floor.signatures = rows[0]?.signatures ?? 0;
    floor.made = floor.signatures;
    await orFailure(floor, log, async () =>
      record(floor, await measure({ ...floorCommand(setting.token, floor.signatures), ...around(bench, dir) }), log),
    );
  }
  rmSync(dir, { recursive: true, force: true });
  const result = { name: bench.name, title: bench.title, records: Math.round(records * bench.times), rows };
  return floor.runs.length > 0 || floor.failure !== undefined ? { ...result, floor } : result;
}

async function prepare(bench: Case, contender: Contender, row: Row, dir: string): Promise<Entry> {
  const home = join(dir, row.name.replace(/[^A-Za-z0-9]+/g, '-'));
  const jobs: Job[] = [];
  for (const [i, zone] of bench.zones.entries()) {
    const job: Job = { origin: zone.origin, file: zoneFile(dir, i), denial: bench.denial, dir: join(home, String(i)) };
    mkdirSync(job.dir, { recursive: true });
    const changed = bench.changed?.[i];
    jobs.push(changed === undefined ? job : await signBefore(contender, job, zone, changed));
    await contender.prepare(jobs[i]!);
  }
  const commands = jobs.map((job) => contender.command(job));
  return { contender, jobs, row, argv: commands.length === 1 ? commands[0]! : script(join(home, 'all.sh'), commands) };
}

/** Signs the zone as it was. @returns the job of signing it as it is now, with the signatures there to be kept */
async function signBefore(contender: Contender, job: Job, before: ZoneText, now: ZoneText): Promise<Job> {
  const old = { ...job, file: join(job.dir, 'before.zone') };
  writeZone(before, old.file);
  await contender.prepare(old);
  await run(contender.command(old), contender.env);
  const signed = contender.output(old);
  if (!contender.takesPrevious) {
    const merged = join(job.dir, 'merged.zone');
    await mergeSignatures(now, signed, merged);
    return { ...job, file: merged };
  }
  const previous = join(job.dir, 'previous.zone');
  await run(['cp', signed, previous]);
  return { ...job, previous };
}

async function runOnce(bench: Case, entry: Entry, dir: string, log: (line: string) => void): Promise<void> {
  const { contender, jobs, row } = entry;
  for (const job of jobs) rmSync(contender.output(job), { force: true });
  const measurement = await measure({ argv: entry.argv, env: contender.env, ...around(bench, dir) });
  if (row.runs.length === 0) {
    for (const job of jobs) {
      const before = bench.changed === undefined ? undefined : (job.previous ?? job.file);
      const count = await countSignatures(contender.output(job), before);
      row.signatures += count.all * bench.times;
      row.made += count.made * bench.times;
      row.judges = await judge(contender, job);
    }
  }
  record(row, { ...measurement, wall: measurement.wall * bench.times, cpu: measurement.cpu * bench.times }, log);
}

function record(row: Row, measurement: Measurement, log: (line: string) => void): void {
  row.runs.push(measurement);
  const { wall, cpu, peak, others } = measurement;
  log(`  ${row.name}: ${wall.toFixed(2)} s wall, ${cpu.toFixed(2)} s CPU, ${peak.toFixed(0)} MB (others used ${others.toFixed(1)} cores)`);
}

/** One contender's failure does not end the others' race; it stands in the table. */
async function orFailure(row: Row, log: (line: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    row.failure = error instanceof Error ? error.message : String(error);
    log(`  ${row.name} FAILED: ${row.failure}`);
  }
}

function floorCommand(token: Token, signatures: number): { argv: Argv; env: Token['env'] } {
  const program = join(import.meta.dirname, 'raw-sign.ts');
  return { argv: [process.execPath, program, token.module, token.label, token.pinFile, String(signatures), '2'], env: token.env };
}

function around(bench: Case, dir: string): { log: string; timeout: number } {
  return { log: join(dir, 'last-output.txt'), timeout: bench.timeout };
}

function script(file: string, commands: readonly Argv[]): Argv {
  const lines = commands.map((argv) => argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '));
  writeFileSync(file, `set -e\n${lines.join('\n')}\n`);
  return ['sh', file];
}

function zoneFile(dir: string, i: number): string {
  return join(dir, 'zones', `${i}.zone`);
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
