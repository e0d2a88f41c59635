import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PinHolder } from '../../keystore/pin/pin-holder.ts';
import { type Pkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { NODE } from '../support/cli.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

const PROGRAM = new URL('./children/pin-user.ts', import.meta.url).pathname;

const coreLimit = (pid: number): string => /^Max core file size +(.*\S)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))![1]!;
const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');

/** Is the text anywhere in the writable memory of the process, in one octet a character or two? */
function memoryHas(pid: number, text: string): boolean {
  const needles = [Buffer.from(text), Buffer.from(text, 'utf16le')];
  const mem = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (start === undefined || end === undefined) continue;
      if (regionHas(mem, Number.parseInt(start, 16), Number.parseInt(end, 16), needles)) return true;
    }
    return false;
  } finally {
    closeSync(mem);
  }
}

const PIECE = 1 << 24;
function regionHas(mem: number, start: number, end: number, needles: readonly Buffer[]): boolean {
  const buffer = Buffer.alloc(PIECE);
  for (let at = start; at < end; at += PIECE - 256) {
    let count = 0;
    try {
      count = readSync(mem, buffer, 0, Math.min(PIECE, end - at), at);
    } catch {
      // Regions that were unmapped meanwhile, or belong to the kernel.
      return false;
    }
    if (needles.some((needle) => buffer.subarray(0, count).includes(needle))) return true;
  }
  return false;
}

describe('processes and PINs', () => {
  let token: TestToken;
  let pin = '';
  beforeAll(async () => {
    token = await makeTestToken();
    pin = readFileSync(token.folder.pinFile, 'utf8');
  });
  afterAll(() => token[Symbol.dispose]());

  /** Runs the program with the token open and gives its process ids. */
  async function using(uri: Pkcs11Uri, look: (parent: number, children: readonly number[]) => void): Promise<void> {
    const fd = openSync(token.folder.pinFile, 'r');
    const program = spawn(NODE, [PROGRAM, printPkcs11Uri(uri)], { stdio: ['ignore', 'pipe', 'inherit', fd] });
    closeSync(fd);
    try {
      const [line] = (await once(createInterface(program.stdout!), 'line')) as [string];
      expect(line).toBe('ready');
      look(program.pid!, childrenOf(program.pid!));
    } finally {
      program.kill('SIGKILL');
      await once(program, 'close');
    }
  }

  test('a PIN file is read by the children: the program never has the PIN in its memory', async () => {
    await using(token.uri, (parent, children) => {
      expect(children).toHaveLength(2);
      expect(memoryHas(parent, pin)).toBe(false);
      for (const pid of children) expect(coreLimit(pid)).toMatch(/^0 +0 /);
    });
  });

  test('a PIN from a descriptor is in the holder, and not in the program that passes it on', async () => {
    const { pinSource: _file, ...uri } = token.uri;
    await using(uri, (parent, children) => {
      const holder = children.find((pid) => commandOf(pid).includes('holder.ts'));
      expect(children).toHaveLength(3);
      expect(memoryHas(holder!, pin)).toBe(true);
      expect(memoryHas(parent, pin)).toBe(false);
      for (const pid of children) {
        expect(coreLimit(pid)).toMatch(/^0 +0 /);
        expect(commandOf(pid)).not.toContain(pin);
        expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(pin);
      }
    });
  });

  test('the holder ends with the one who started it', async () => {
    const holder = new PinHolder();
    await holder.ask('invent', {});
    const { pid } = holder;
    holder[Symbol.dispose]();
    await expect.poll(() => isRunning(pid!), { timeout: 10_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
