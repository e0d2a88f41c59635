/**
 * Loaded with --import before the program: counts the calls that change the disk and kills the process at one of them, as a power cut would.
 *
 * COLDSIGN_CRASH_AT     number of the call, from 1; 0: none
 * COLDSIGN_CRASH_HOW    before: the call is not made · half: a write gets through by half
 * COLDSIGN_CRASH_LIST   file that takes the names of all calls at the end, one a line
 *
 * Or, in a run that is not killed, keeps the disk as a process killed at each of the calls leaves it:
 *
 * COLDSIGN_CRASH_DISK   folder that is kept
 * COLDSIGN_CRASH_KEEP   where to: a copy NUMBER-HOW for each call, with HOW as above
 * COLDSIGN_CRASH_PART   PART/PARTS: the calls whose number - 1 leaves PART when divided by PARTS
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// What a program does once a second it would do at another call in each run: for it no time passes.
performance.now = (): number => 0;

const CHANGING = [
  'writeSync',
  'fsyncSync',
  'ftruncateSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'rmSync',
  'mkdirSync',
  'symlinkSync',
  'writeFileSync',
  'copyFileSync',
  'chmodSync',
] as const;

const { COLDSIGN_CRASH_AT: wantedText = '0', COLDSIGN_CRASH_HOW: how = 'before', COLDSIGN_CRASH_LIST: listFile } = process.env;
const { COLDSIGN_CRASH_DISK: disk, COLDSIGN_CRASH_KEEP: keep, COLDSIGN_CRASH_PART: partText = '0/1' } = process.env;
const wanted = Number(wantedText);
const [part, parts] = partText.split('/').map(Number) as [number, number];
const calls: string[] = [];
const original = { writeSync: fs.writeSync, writeFileSync: fs.writeFileSync };
let isInside = false;

type Call = (...args: unknown[]) => unknown;

for (const name of CHANGING) {
  const real = fs[name] as Call;
  Object.assign(fs, {
    [name](...args: unknown[]): unknown {
      // Calls that node makes inside another one are part of it; standard output and error are not the disk.
      if (isInside || (name === 'writeSync' && (args[0] as number) < 3)) return real(...args);
      calls.push(name);
      if (calls.length === wanted) die(name, args);
      isInside = true;
      try {
        if (keep === undefined || (calls.length - 1) % parts !== part) return real(...args);
        keepDisk('before');
        return name === 'writeSync' ? writeByHalves(args as unknown as Write) : real(...args);
      } finally {
        isInside = false;
      }
    },
  });
}
syncBuiltinESMExports();

type Write = readonly [fd: number, octets: Uint8Array, offset?: number, length?: number];

function die(name: string, args: unknown[]): void {
  if (how === 'half' && name === 'writeSync') {
    isInside = true;
    writeHalf(args as unknown as Write);
  }
  process.kill(process.pid, 'SIGKILL');
}

function keepDisk(suffix: string): void {
  fs.cpSync(disk!, `${keep}/${calls.length}-${suffix}`, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

/** @returns how many octets were written, as writeSync does */
function writeByHalves(write: Write): number {
  const [fd, octets, offset = 0, length = octets.length] = write;
  const half = writeHalf(write);
  keepDisk('half');
  return half + original.writeSync(fd, octets, offset + half, length - half);
}

function writeHalf([fd, octets, offset = 0, length = octets.length]: Write): number {
  return original.writeSync(fd, octets, offset, Math.floor(length / 2));
}

if (listFile !== undefined) process.on('exit', () => original.writeFileSync(listFile, calls.map((name) => `${name}\n`).join('')));
