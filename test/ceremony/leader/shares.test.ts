import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import type { CeremonyLeader } from '../../../src/ceremony/leader.ts';
import { main } from '../../../src/main.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { inProcess, TestWorkspace } from '../../support/workspace.ts';
import { Stage } from './stage.ts';

/* Two of three shares make the PIN, whoever holds them; the step asks for two custodians. Nothing is done before they have come. */

const SCRIPT = `format: coldsign-ceremony/1
name: shares
title: A step by shares
purpose: Prove keys.
mode: any
roles:
  administrator: { title: Administrator, duty: Leads., count: 1 }
  witness: { title: Witness, duty: Watches., count: 1 }
  custodian: { title: Custodian, duty: Agrees., count: 3, need: 2 }
steps:
  - { id: attendance, act: Opening, role: witness, title: Who is here, do: { attendance: true } }
  - { id: continuity, act: Opening, role: witness, title: The log, do: { check: continuity } }
  - id: checkpoint
    act: Work
    role: administrator
    title: Sign the head
    do: { command: [audit, checkpoint, --sign] }
    confirm: { roles: { custodian: 2 }, by: share }
`;

const scratch = mkdtempSync(join(tmpdir(), 'coldsign-shares-'));
const workspace = new TestWorkspace(join(scratch, 'workspace'));
const stage = new Stage(workspace, new Map(), new Map());
const ran: string[] = [];
let leader: CeremonyLeader;
let fd: number;
afterAll(async () => {
  await leader?.[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

beforeAll(async () => {
  mkdirSync(join(scratch, 'shares'), { mode: 0o700 });
  const holders = ['carol', 'dave', 'zoe'].flatMap((name) => ['--holder', name]);
  const made = await inProcess(
    'token',
    'init',
    '--dir',
    join(scratch, 'token'),
    '--shares',
    '2/3',
    ...holders,
    '--share-dir',
    join(scratch, 'shares'),
  );
  bring('carol', 'dave');
  await must('init', workspace.dir, '--origin', 'audit.example/shares', '--practice', '--token', made.out.trim());
  const people = ['alice', 'bob', 'carol', 'dave', 'erin'].map((name) => `  ${name}: { name: ${name} }\n`).join('');
  workspace.edit((text) => `${text}\npeople:\n${people}`);
  bring('carol', 'dave');
  await must('policy', 'apply', '--dir', workspace.dir);
  const paper = stage.paper();
  const file = await stage.fill(workspace.write('script', SCRIPT));
  bring('carol', 'dave');
  leader = await stage.open(file, {
    shareFd: fd,
    run: async (argv, io) => {
      ran.push(argv.slice(0, 2).join(' '));
      return await main(argv, io);
    },
  });
  while (leader.progress().current!.id !== 'checkpoint') await stage.step(leader, paper);
  await leader.begin();
}, 120_000);

/** People come forward with their shares: the descriptor has them from its beginning, under the number that it has. */
function bring(...names: readonly string[]): void {
  const folder = join(scratch, 'shares');
  const lines = names.map((name) => {
    const found = readdirSync(folder).find((one) => one.endsWith('.txt') && readFileSync(join(folder, one), 'utf8').includes(name));
    const words = [...readFileSync(join(folder, found!), 'utf8').matchAll(/^ *\d+ {2}(.*)$/gm)].map(([, line]) => line);
    return `${name}: ${words.join(' ')}\n`;
  });
  writeFileSync(join(scratch, 'brought'), lines.join(''), { mode: 0o600 });
  if (fd !== undefined) closeSync(fd);
  fd = openSync(join(scratch, 'brought'), 'r');
}

async function must(...args: readonly string[]): Promise<void> {
  const { status, err } = await inProcess(...args, '--share-fd', `${fd}`);
  if (status !== 0) throw new Error(`coldsign ${args.join(' ')}: ${err}`);
}

const agreed = () =>
  [...entriesFrom(readWorkspace(workspace.dir).content, 0)].flatMap(({ type, data }) =>
    type === 'approval.given' ? [`${data.person} ${data.by}`] : [],
  );

test('a PIN that one custodian and a stranger have made opens the token, and the command does not run', async () => {
  bring('carol', 'zoe');
  const { outcome, text } = await leader.carryOut({});
  expect(outcome).toBe('failed');
  expect(text).toBe('1 of 2 who are custodian have brought a share; shares came from carol, zoe');
  expect(ran).toEqual([]);
});

test('two custodians: it runs, once, and they are those who have agreed', async () => {
  await leader.begin();
  bring('carol', 'dave');
  expect(await leader.carryOut({})).toMatchObject({ outcome: 'done' });
  expect(ran).toEqual(['audit checkpoint']);
  expect(agreed()).toEqual(['carol share', 'carol share', 'dave share']);
  await leader.end();
  bring('carol', 'dave');
  await must('audit', 'export', join(scratch, 'out.tar'), '--dir', workspace.dir);
  expect(verifyExport(join(scratch, 'out.tar')).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});
