import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NODE, quote } from '../support/cli.ts';
import { onTerminal } from '../support/pseudo-terminal.ts';

const dir = mkdtempSync(join(tmpdir(), 'coldsign-terminal-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const CLI = `${quote(NODE)} ${quote(new URL('../../src/cli.ts', import.meta.url).pathname)}`;

/** Lines of a share as they stand on the screen. */
function linesOn(screen: string): readonly string[] {
  return [...screen.matchAll(/^ ?(\d{1,2}) {2}([A-Za-z ]+?)\r?$/gm)].map(([, , words]) => words!);
}

test('shares are shown one after the other, read back, and then typed by their custodians for a login; standard input is no terminal', async () => {
  const shares: (readonly string[])[] = [];
  let spoilt = false;
  const screen = await onTerminal(
    `true | ${CLI} token init --dir ${quote(join(dir, 'token'))} --shares 2/3 --holder Ada --holder Ben --holder Cleo > ${quote(join(dir, 'uri'))}`,
    (since) => {
      if (/when you are alone at it\. $/.test(since)) return '\r';
      if (/once it was read back\. $/.test(since)) {
        shares.push(linesOn(since));
        return '\r';
      }
      const line = /type line (\d+) of your share: $/.exec(since)?.[1];
      if (line !== undefined && !spoilt) {
        spoilt = true;
        return 'adroitness adroitness\r';
      }
      if (line !== undefined) return `${shares.at(-1)![Number(line) - 1]}\r`;
      return /see the share once more\. $/.test(since) ? '\r' : undefined;
    },
  );
  // The first custodian mistyped a line and has seen the share once more.
  expect(shares).toHaveLength(4);
  expect(shares[1]).toEqual(shares[0]);
  expect(screen.split('\u001b[3J').length).toBeGreaterThan(9);
  expect(screen.split('\u001b[3J').at(-1)).not.toMatch(/[a-z]{5}/);
  const uri = readFileSync(join(dir, 'uri'), 'utf8').trim();
  expect(uri).toContain('pin-source=shares:');

  const bring = [
    ['Ben', shares[2]!],
    ['Cleo', shares[3]!],
  ] as const;
  let at = -1;
  let slips = 0;
  const login = await onTerminal(`true | ${CLI} key list --token ${quote(uri)}; echo exit $?`, (since) => {
    if (/Name of the custodian: $/.test(since)) {
      at++;
      return `${bring[at]![0]}\r`;
    }
    const line = Number(/ line (\d+): $/.exec(since)?.[1] ?? 0);
    if (line === 0) return undefined;
    const words = bring[at]![1][line - 1]!;
    if (line === 2 && slips++ === 0) return `${words.slice(0, -1)}\r`;
    return `${words}\r`;
  });
  expect(login).toContain('exit 0');
  expect(login).toMatch(/line 2, word 8 is not in the word list: is it "\w+"\?|line 2: each of its/);
  for (const [, share] of bring) for (const line of share) expect(login).not.toContain(line);
  expect(readdirSync(join(dir, 'token')).sort()).toEqual(['softhsm2.conf', 'tokens']);
});

test('a prompt that is interrupted by a signal leaves the terminal as it was', async () => {
  const program = new URL('../keystore/children/prompting.ts', import.meta.url).pathname;
  let killed = false;
  const screen = await onTerminal(`sh -c ${quote(`echo pid $$; exec ${quote(NODE)} ${quote(program)}`)}; stty -a; echo end`, (since) => {
    const pid = /pid (\d+)/.exec(since)?.[1];
    if (pid === undefined || killed || !since.includes('PIN: ')) return undefined;
    killed = true;
    process.kill(Number(pid), 'SIGINT');
    return undefined;
  });
  expect(screen).toContain('end');
  expect(screen).toMatch(/ echo /);
  expect(screen).toMatch(/ icanon /);
});
