import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import { hashWords } from '../../../src/audit/words.ts';
import { ENVIRONMENT_IDS } from '../../../src/ceremony/environment/checks.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { newPersonKey } from '../../../src/people/person-key.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { answerOf, askSecondVerifier } from '../../audit-export/support/second-verifier.ts';
import { sightingsIn, type WatchResult, watchProcesses } from '../../support/process-watch.ts';
import { SecretScan } from '../../support/secret-scan.ts';
import { EXAMPLE_ZONE, inProcess, TestWorkspace } from '../../support/workspace.ts';
import { CTRL_C, INTERRUPT, type Played, play, type Room } from './room.ts';
import { Stage } from './stage.ts';

/* Custodians are no daily users: whatever they type at the wrong moment is told, and the ceremony goes on. */

const CUSTODIANS = ['carol', 'dave', 'erin'] as const;
const WRONG = 'wrong passphrase of nobody at all';
const scratch = mkdtempSync(join(tmpdir(), 'coldsign-dialogue-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const passphrases = Object.fromEntries(['bob', 'frank', ...CUSTODIANS].map((name) => [name, `${name} has 7 wet umbrellas`]));
const backupPassphrase = 'an unheard-of passphrase for the safe';
const workspace = new TestWorkspace(join(scratch, 'workspace'));
const stage = new Stage(workspace, new Map(), new Map());
const played: Played[] = [];
let watched: WatchResult;
let room: Room;
let file: string;

beforeAll(async () => {
  await makeWorkspace();
  file = await stage.fill(
    'first-keys',
    '--set',
    'zones=example.',
    '--set',
    `backup=${join(scratch, 'backup')}`,
    '--set',
    `export=${join(scratch, 'out.tar')}`,
  );
  room = {
    steps: expandScript(stage.script(file)),
    paper: stage.paper(),
    shares: Object.fromEntries(CUSTODIANS.map((name) => [name, shareLinesOf(name)])),
    bring: ['dave', 'erin'],
    passphrases,
    backupPassphrase,
    keyFile: (person) => join(scratch, 'keys', person),
    people: { administrator: ['alice'], witness: ['bob'], custodian: CUSTODIANS },
    detours: new Map(),
  };
  watched = await watchProcesses(async () => {
    await ceremony();
  });
}, 300_000);

/** A token whose PIN is in shares, a zone without keys, and people with keys of their own. */
async function makeWorkspace(): Promise<void> {
  mkdirSync(join(scratch, 'shares'), { mode: 0o700 });
  mkdirSync(join(scratch, 'keys'));
  const holders = CUSTODIANS.flatMap((name) => ['--holder', name]);
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
  const two = CUSTODIANS.slice(0, 2)
    .map((name) => `${name}: ${shareLinesOf(name).join(' ')}\n`)
    .join('');
  const withShares = async (...args: readonly string[]): Promise<void> => {
    writeFileSync(join(scratch, 'two-shares'), two, { mode: 0o600 });
    const fd = openSync(join(scratch, 'two-shares'), 'r');
    try {
      const { status, err } = await inProcess(...args, '--share-fd', `${fd}`);
      if (status !== 0) throw new Error(`coldsign ${args.join(' ')}: ${err}`);
    } finally {
      closeSync(fd);
      rmSync(join(scratch, 'two-shares'));
    }
  };
  await withShares('init', workspace.dir, '--origin', 'audit.example/dialogue', '--practice', '--token', made.out.trim());
  const people: string[] = [];
  for (const name of ['alice', 'bob', 'frank', ...CUSTODIANS]) {
    const passphrase = passphrases[name];
    const key = passphrase === undefined ? undefined : await newPersonKey(name, new TextEncoder().encode(passphrase));
    if (key !== undefined) writeFileSync(join(scratch, 'keys', name), key.file, { mode: 0o600 });
    people.push(`  ${name}: { name: ${name}${key === undefined ? '' : `, key: "${key.vkey}"`} }\n`);
  }
  const checks = ENVIRONMENT_IDS.map((id) => `    ${id}: warn\n`).join('');
  workspace.edit(
    (text) =>
      `${text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }')}\npeople:\n${people.join('')}ceremony:\n  checks:\n${checks}`,
  );
  const source = workspace.write('example.zone', EXAMPLE_ZONE);
  await workspace.must('zone', 'add', 'example.', '--source', source);
  await withShares('policy', 'apply', '--dir', workspace.dir);
}

function shareLinesOf(name: string): readonly string[] {
  const folder = join(scratch, 'shares');
  const found = readdirSync(folder).find((one) => one.endsWith('.txt') && readFileSync(join(folder, one), 'utf8').includes(name));
  return [...readFileSync(join(folder, found!), 'utf8').matchAll(/^ *\d+ {2}(.*)$/gm)].map(([, words]) => words!);
}

async function run(detours: Readonly<Record<string, readonly string[]>>): Promise<Played> {
  room.detours.clear();
  for (const [step, answers] of Object.entries(detours)) room.detours.set(step, [...answers]);
  const one = await play(room, [file, '--dir', workspace.dir]);
  played.push(one);
  return one;
}

const NAMED = ['seal 4 is torn', 'it was wet', 'alice bob', 'bob writes to the maker'];

async function ceremony(): Promise<void> {
  // To a pause, past what can be typed wrongly.
  await run({
    recording: ['nonsense'],
    seals: ['exception', ...NAMED],
    continuity: ['begin', 'go', 'bob', `3 ${hashWords(new Uint8Array(32)).slice(0, 8).join(' ')}`],
    policy: ['pause', 'lunch'],
  });
  const key = join(scratch, 'keys', 'carol');
  await run({
    approve: [
      'begin',
      'agree carol',
      'first key',
      'agree carol',
      'first keys',
      key,
      WRONG,
      join(scratch, 'no-key'),
      CTRL_C,
      'agree frank',
      'first keys',
    ],
    'generate:example.': ['begin', INTERRUPT],
  });
  await run({
    'fingerprint:example.': ['handover', 'witness', 'bob', 'frank', 'a train', 'came frank', 'left bob'],
    backup: ['begin', 'go', CTRL_C],
    'input:example.': ['begin', 'go', CTRL_C, CTRL_C],
  });
  await run({
    'sign:example.': ['begin', 'agree alice', 'yes'],
    exceptions: ['close 1', 'the maker has a letter', 'alice frank'],
  });
  room.people['witness'] = ['bob'];
  file = await stage.fill('routine-signing', '--set', 'zones=example.', '--set', 'evidence=', '--set', `export=${join(scratch, 'b.tar')}`);
  await run({ attendance: ['abort', 'yes', 'abort'] });
  await witnessWithShare();
}

/** The witness comes forward with a share: no step begins. */
async function witnessWithShare(): Promise<void> {
  const people = ['administrator=alice', 'witness=dave', 'custodian=bob', 'custodian=carol', 'custodian=erin'];
  file = join(scratch, 'other.yaml');
  const values = ['zones=example.', 'evidence=', `export=${join(scratch, 'c.tar')}`].flatMap((one) => ['--set', one]);
  await workspace.must('ceremony', 'new', 'routine-signing', '--out', file, ...people.flatMap((one) => ['--person', one]), ...values);
  await run({ attendance: ['begin', CTRL_C] });
}

const entries = () => [...entriesFrom(readWorkspace(workspace.dir).content, 0)];

test('led to its end over a pause, an interruption and a question that nobody answered, each step done once, and the export is in order', async () => {
  const [first, second, third, fourth] = played;
  expect(first!.screen).toContain('paused; next: the same command goes on');
  expect(third!.screen).toContain('left; next: the same command goes on');
  expect(fourth!.screen).toContain('done; next: coldsign ceremony report');
  expect([first, second, third, fourth].map((one) => one!.status)).toEqual([1, 130, 1, 0]);
  const done = entries().flatMap(({ type, data }) => (type === 'ceremony.step.ended' && data.outcome === 'done' ? [data.step] : []));
  expect(done).toEqual(room.steps.map(({ id }) => id));
  expect(readWorkspace(workspace.dir).state.zones['example.']!.releases).toHaveLength(1);
  const path = join(scratch, 'out.tar');
  const answer = answerOf(verifyExport(path));
  expect(answer[0]).toBe(true);
  expect(await askSecondVerifier([{ path, options: {} }])).toEqual([answer]);
});

describe('what is typed wrongly is told, and nothing else happens', () => {
  const says = (which: number, text: string) => expect(played[which]!.screen).toContain(text);

  test('words, page, typed confirmation, passphrase, person, id', () => {
    says(0, 'ceremony/unknown-word: "nonsense" is none of the words that are known here');
    says(0, '!! FAILED: this log is not a continuation of the one you printed');
    says(1, 'ceremony/typed: typed "first key", expected "first keys"');
    says(1, 'person/wrong-passphrase');
    says(1, 'person/bad-file');
    says(1, 'ceremony/not-in-role: frank is not custodian in this ceremony');
    says(3, 'ceremony/typed: typed "yes", expected "example."');
    says(4, 'the ceremony goes on');
    const mismatches = entries().filter(({ type, data }) => type === 'continuity.checked' && data.outcome === 'MISMATCH');
    expect(mismatches).toHaveLength(1);
  });

  test('Ctrl-C: at a PIN prompt the command fails; at a question nothing is done; while a command runs the step is tried again', () => {
    says(2, 'error pin/cancelled');
    says(2, `!! attempt 1 FAILED: coldsign key backup --output ${join(scratch, 'backup')} came to exit status 1`);
    says(2, 'ceremony/unanswered: "first eight digits of the sha256, serial, and who gave them:" was not answered');
    const attempts = entries().flatMap(({ type, data }) => (type === 'ceremony.step.begun' && data.attempt > 1 ? [data.step] : []));
    expect(attempts).toEqual(expect.arrayContaining(['continuity', 'backup']));
  });
});

test('exception, hand-over, pause and abort are in the log, with who agreed', () => {
  const told = entries();
  const of = (wanted: string) => told.flatMap(({ type, data }) => (type === wanted ? [data] : []));
  expect(of('ceremony.exception')).toMatchObject([{ number: 1, step: 'seals', what: NAMED[0], agreed: ['alice', 'bob'] }]);
  expect(of('ceremony.exception.closed')).toMatchObject([{ number: 1, agreed: ['alice', 'frank'] }]);
  expect(of('ceremony.handover')).toMatchObject([{ role: 'witness', from: 'bob', to: 'frank' }]);
  // Who has handed a role over leaves as others do.
  expect(of('ceremony.attendance')).toContainEqual(expect.objectContaining({ person: 'bob', act: 'left' }));
  expect(of('ceremony.paused')).toMatchObject([{ reason: 'lunch' }]);
  expect(of('ceremony.ended')).toMatchObject([{ outcome: 'done' }, { outcome: 'aborted' }]);
  // PIN in shares for each activation: two of the three bring theirs whenever the program begins, or logs in anew.
  const brought = told.slice(told.findIndex(({ type }) => type === 'ceremony.opened')).filter(({ type }) => type === 'pin.combined');
  expect(brought.length).toBeGreaterThanOrEqual(played.length - 1);
  for (const { data } of brought) expect(data).toMatchObject({ holders: ['dave', 'erin'] });
});

test('who has brought a share of the PIN cannot be the witness beside others who have', () => {
  const screen = played[5]!.screen;
  expect(screen).toMatch(/ceremony\/separate: dave \(witness\) and erin \(custodian\) both hold shares of the set [0-9a-f]{8}/);
  expect(played[5]!.status).toBe(1);
});

test('the terminal is as it was after each of them', () => {
  for (const { mode } of played) {
    expect(mode).toMatch(/ icanon /);
    expect(mode).toMatch(/ echo /);
  }
});

test('no share and no passphrase is on a screen, in a file, in arguments or in the environment of a process', () => {
  const lines = Object.entries(room.shares).flatMap(([name, all]) => all.map((line, i) => [`line ${i} of ${name}`, line] as const));
  const common = lines.filter(([, line]) => Object.values(room.shares).every((all) => all.includes(line))).map(([, line]) => line);
  const own = lines.filter(([, line]) => !common.includes(line));
  expect(own.length).toBeGreaterThan(5);
  const scan = new SecretScan({ ...Object.fromEntries(own), ...passphrases, backupPassphrase, WRONG });
  const mayHold = readdirSync(join(scratch, 'shares')).map((name) => join('shares', name));
  expect(scan.folder(scratch, mayHold)).toEqual([]);
  expect(played.flatMap(({ screen }, i) => scan.text(`screen ${i}`, screen))).toEqual([]);
  expect(watched.processes.length).toBeGreaterThan(5);
  expect(sightingsIn(scan, watched)).toEqual([]);
  // It would be found.
  expect(scan.text('here', backupPassphrase)).toHaveLength(1);
});
