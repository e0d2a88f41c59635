import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { CATEGORY, type EntryData, type EntryType } from '../src/audit/entry.ts';
import { AuditLog, entryAt, type NewEntry } from '../src/audit/log.ts';
import { type Measurement, measure } from './measure.ts';

/**
 * `npm run bench:log -- [ENTRIES]`: appending to the log, opening a workspace with a long log, verifying its export.
 * A real workspace with a SoftHSM token; the entries in between are written by the program's own log, the head is signed by the token.
 */
const OUT = join(import.meta.dirname, 'out', 'log');
const NODE = process.execPath;
const PROGRAM = join(import.meta.dirname, '..', 'dist', 'src', 'cli.js');
const DEFAULT_ENTRIES = 100_000;
const ENTRIES_OF_A_DAY = 6;
const DAYS_AT_ONCE = 100;
const SINGLE_APPENDS = 2000;
const ZONES = 1000;
const HASH = '5d41402abc4b2a76b9719d911017c592ae1f3c9a7b4d8e60f1a2b3c4d5e6f708';

async function main(wanted = DEFAULT_ENTRIES): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const site = join(OUT, 'site');
  await run('init', 'init', site, '--origin', 'audit.example/bench');
  const young = await run('status', 'status', '--dir', site);
  row('status, young log', young, '');
  const entries = fill(join(site, 'audit'), wanted);
  row('seal', await run('seal', 'audit', 'checkpoint', '--sign', '--dir', site), `${entries} entries`);
  const session = await run('session', 'audit', 'checkpoint', '--sign', '--dir', site);
  row('a session that writes', session, `token, two checkpoints; target 1 s CPU: ${ratio(session.cpu, 1)}`);
  const snapshot = await run('status', 'status', '--dir', site);
  row('status, with the snapshot', snapshot, `target 1 s CPU: ${ratio(snapshot.cpu, 1)}`);
  rmSync(join(site, 'cache'), { recursive: true });
  const folded = await run('status', 'status', '--dir', site);
  row('status, without it', folded, `target 10 s CPU: ${ratio(folded.cpu, 10)}`);
  const archive = join(OUT, 'export.tar');
  row('audit export', await run('export', 'audit', 'export', archive, '--dir', site), '');
  const verified = await run('verify', 'audit', 'verify', archive);
  const rate = entries / verified.cpu;
  row('audit verify', verified, `${Math.round(rate)} entries/s CPU, target 50000: ${(rate / 50_000).toFixed(2)}`);
}

/** A log of every day: sessions in which a zone is signed and the gate refuses it. Appended singly at first, and that is measured. */
function fill(audit: string, wanted: number): number {
  using log = AuditLog.open(audit);
  const entry = writer(log);
  let cycle = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  let singles = 0;
  for (; singles < SINGLE_APPENDS; singles += ENTRIES_OF_A_DAY) {
    for (const one of dayOf(cycle++, log.size, entry)) log.append([one]);
  }
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000 / singles;
  const wall = (performance.now() - start) / singles;
  print(`log append, one entry: ${ms.toFixed(3)} ms CPU (fsync call in it), ${wall.toFixed(3)} ms wall; target 2 ms: ${ratio(ms, 2)}\n`);
  while (log.size < wanted) {
    const days = Array.from({ length: DAYS_AT_ONCE }, (_, i) => dayOf(cycle++, log.size + i * ENTRIES_OF_A_DAY, entry));
    log.append(days.flat());
  }
  const octets = log.content.octets.length;
  print(`log of ${log.size} entries, ${Math.round(octets / log.size)} octets each on average\n`);
  return log.size;
}

type Writer = <T extends EntryType>(session: string, type: T, data: EntryData[T]) => NewEntry;

/** Entries with the clock of the last one. */
function writer(log: AuditLog): Writer {
  const last = entryAt(log.content, log.size - 1);
  return (session, type, data) =>
    ({
      v: 1,
      time: last.time,
      mono: last.mono,
      boot: last.boot,
      session,
      mode: last.mode,
      type,
      cat: CATEGORY[type],
      actor: { role: 'operator', name: 'bench' },
      data,
    }) as unknown as NewEntry;
}

/** @param first seq of the first of them */
function dayOf(cycle: number, first: number, entry: Writer): NewEntry[] {
  const session = `20261124T090000Z-${cycle.toString(16).padStart(6, '0')}`;
  const zone = `zone${cycle % ZONES}.example.`;
  const serial = cycle + 1;
  const text = 'the first signature ends before the latest next visit';
  return [
    entry(session, 'session.open', { command: 'zone sign', version: '0.1.0', program: HASH, head: 'none' }),
    entry(session, 'input.accepted', { zone, files: [{ sha256: HASH, size: 4711, name: `zones/${zone}zone` }], serial }),
    entry(session, 'sign.intent', { zone, serial, signatures: 25, plan: HASH, keyTags: [12345, 54321] }),
    entry(session, 'sign.result', {
      intent: first + 2,
      zone,
      serial,
      made: 25,
      kept: 0,
      signed: HASH,
      perKey: [{ keyTag: 12345, signatures: 3 }],
    }),
    entry(session, 'gate.refused', { zone, serial, verdicts: [{ rule: 'margin', verdict: 'fail', text }] }),
    entry(session, 'session.close', { outcome: 'refused', code: 'gate/refused', snapshot: HASH }),
  ];
}

function run(name: string, ...args: readonly string[]): Promise<Measurement> {
  return measure({ argv: [NODE, PROGRAM, ...args], env: {}, log: join(OUT, `${name}.log`), timeout: 600 });
}

function row(what: string, { wall, cpu, peak, others }: Measurement, told: string): void {
  const line = `${what.padEnd(28)} ${wall.toFixed(2)} s wall  ${cpu.toFixed(2)} s CPU  ${Math.round(peak)} MB`;
  print(
    `${line}${told === '' ? '' : `  ${told}`}${others > 0.2 ? `  (disturbed: ${others.toFixed(1)} cores busy with other work)` : ''}\n`,
  );
}

const ratio = (value: number, target: number): string => (value / target).toFixed(2);

function print(text: string): void {
  process.stdout.write(text);
}

const [argument] = process.argv.slice(2);
await main(argument === undefined ? undefined : Number(argument));
writeFileSync(join(OUT, 'done'), '');
