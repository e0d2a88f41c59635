import { closeSync, cpSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import type { LeaderOptions } from '../../../src/ceremony/leader.ts';
import { main } from '../../../src/main.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { answerOf, askSecondVerifier } from '../../audit-export/support/second-verifier.ts';
import { Stage } from './stage.ts';

/* The only token is lost, and with it the key of the log: until it is back nothing can be written down. */

const PASSPHRASE = 'a passphrase of several words';
let stage: Stage;
let file: string;
let paper: string;
const told: Record<string, string> = {};

/** People type the passphrase; here it comes from a file. */
const withPassphrase: LeaderOptions['run'] = async (argv, io) => {
  const fd = openSync(stage.workspace.write('passphrase', PASSPHRASE), 'r');
  try {
    return await main([...argv, '--passphrase-fd', `${fd}`], io);
  } finally {
    closeSync(fd);
  }
};
const run: LeaderOptions['run'] = (argv, io) =>
  argv[0] === 'key' && ['backup', 'drill', 'restore'].includes(argv[1]!) && !argv.includes('--show')
    ? withPassphrase(argv, io)
    : main(argv, io);

async function must(...argv: readonly string[]): Promise<void> {
  let err = '';
  const write = (text: string | Uint8Array): boolean => {
    err += String(text);
    return true;
  };
  const sink = { write };
  const status = await run([...argv, '--dir', stage.workspace.dir], { out: sink, err: sink as unknown as NodeJS.WriteStream });
  if (status !== 0) throw new Error(`coldsign ${argv.join(' ')}: ${err}`);
}

beforeAll(async () => {
  stage = await Stage.make();
  const { workspace } = stage;
  await must('zone', 'sign', 'example.');
  await must('key', 'backup', '--output', workspace.path('saved'));
  paper = stage.paper();
  cpSync(workspace.path('token', 'pin'), workspace.path('pin-of-the-safe'));
  rmSync(workspace.path('token'), { recursive: true });
  const values = {
    backup: workspace.path('saved'),
    place: workspace.path('token'),
    zones: 'example.',
    reason: 'the token failed today',
    fresh: workspace.path('fresh'),
    export: workspace.path('out.tar'),
  };
  file = await stage.fill('disaster-recovery', ...Object.entries(values).flatMap(([name, text]) => ['--set', `${name}=${text}`]));
  told['closed'] = (await workspace.run('ceremony', 'run', file)).err;
  mkdirSync(workspace.path('token'), { mode: 0o700 });
  cpSync(workspace.path('pin-of-the-safe'), workspace.path('token', 'pin'));
  await must('key', 'restore', workspace.path('saved'), '--to', workspace.path('token'), '--reason', 'the token failed today');
});
afterAll(() => stage?.[Symbol.dispose]());

test('before the key of the log is back no ceremony can be opened, and what to do is told', () => {
  expect(told['closed']).toContain('error ceremony/log-closed: the log takes nothing without its key');
  expect(told['closed']).toContain('bring its keys back first, in front of everybody: coldsign key restore FILE --to PLACE');
});

test('then it is opened: the page fits the log, the restore is told by an exception, people sign for it, and the zone is signed again', async () => {
  await using leader = await stage.open(file, { run });
  for (let { current } = leader.progress(); current !== undefined; { current } = leader.progress()) {
    if (current.id !== 'restore') {
      await stage.step(leader, paper);
      continue;
    }
    await leader.skip({
      what: 'the keys were restored before the ceremony was opened',
      why: 'the key of the log was on the lost token',
      agreed: ['alice', 'bob', 'carol'],
      followUp: 'bob compares the digest in the log with the list of the safe',
    });
  }
  await leader.closeException(1, 'it is the same', ['bob', 'carol']);
  await leader.end();
  const entries = [...entriesFrom(readWorkspace(stage.workspace.dir).content, 0)];
  const at = (wanted: string) => entries.findIndex(({ type }) => type === wanted);
  expect(at('key.restored')).toBeGreaterThan(0);
  expect(at('key.restored')).toBeLessThan(at('ceremony.opened'));
  const signed = entries.flatMap(({ type, data }) =>
    type === 'approval.given' && data.step === 'restored' ? [`${data.person} ${data.by}`] : [],
  );
  expect(signed).toEqual(['carol key', 'dave key', 'bob key']);
  const after = stage.workspace.path('after.tar');
  await must('audit', 'export', after);
  // Made inside of the ceremony, and after it; the two verifiers agree.
  const exports = [stage.workspace.path('out.tar'), after];
  const answers = exports.map((path) => answerOf(verifyExport(path)));
  expect(answers).toMatchObject([
    [true, expect.arrayContaining(['AUDIT-CEREMONY-OPEN'])],
    [true, expect.not.arrayContaining(['AUDIT-CEREMONY-OPEN'])],
  ]);
  expect(await askSecondVerifier(exports.map((path) => ({ path, options: {} })))).toEqual(answers);
  expect(readWorkspace(stage.workspace.dir).state.ceremonies[leader.id]!.ended?.outcome).toBe('done');
});
