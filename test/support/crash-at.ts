/**
 * Loaded with --import before the program: counts the calls that change the disk and kills the process at one of them, as a power cut would.
 *
 * COLDSIGN_CRASH_AT     number of the call, from 1; 0: none
 * COLDSIGN_CRASH_HOW    before: the call is not made · half: a write gets through by half
 * COLDSIGN_CRASH_LIST   file that takes the names of all calls at the end, one a line
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
const wanted = Number(wantedText);
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
        return real(...args);
      } finally {
        isInside = false;
      }
    },
  });
}
syncBuiltinESMExports();

function die(name: string, args: unknown[]): void {
  if (how === 'half' && name === 'writeSync') {
    const [fd, octets, offset = 0, length = (octets as Uint8Array).length] = args as [number, Uint8Array, number?, number?];
    isInside = true;
    original.writeSync(fd, octets, offset, Math.floor(length / 2));
  }
  process.kill(process.pid, 'SIGKILL');
}

if (listFile !== undefined) process.on('exit', () => original.writeFileSync(listFile, calls.map((name) => `${name}\n`).join('')));
