import { rmSync } from 'node:fs';
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, Refusal } from '../../signer/errors.ts';
import { runJudges } from '../release/judges.ts';
import { showKeys } from './keys-part.ts';
import { Loopback, type ServedZone } from './loopback.ts';
import { Program } from './program.ts';
import { describeReply, isAsExpected, QUESTIONS, type Question, TAMPERED_QUESTIONS } from './questions.ts';
import { makeScreen, type Screen } from './screen.ts';
import { showWorkspace } from './workspace-part.ts';

const ZONE = 'meridian.example.';
const CHILD = 'research.meridian.example.';
const UNSIGNED_CHILD = 'branch.meridian.example.';
const KEYS = [
  ['KSK', ZONE, 'ksk'],
  ['ZSK', ZONE, 'zsk'],
  ['CSK', CHILD, 'csk'],
] as const;
const HONEST = '192.0.2.80';
const FORGED = '192.0.2.66';

/** Sources and compiled program lie at different depths below the folder of the package. */
const DOCS = new URL(import.meta.url.endsWith('.ts') ? '../../docs/demo/' : '../../../docs/demo/', import.meta.url);

interface Stage {
  readonly screen: Screen;
  readonly program: Program;
  readonly folder: string;
  /** One entry a check: true where it came out as expected. */
  readonly checks: boolean[];
}

/** `npm run demo`: a real zone, keys in a token, signed, judged, served and validated; all in one private folder. */
async function main(): Promise<number> {
  const started = performance.now();
  const screen = makeScreen(process.stdout);
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'coldsign-demo-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const stage: Stage = { screen, program: new Program(screen, folder), folder, checks: [] };
  screen.line(`coldsign demo, in ${folder} (removed at the end)`);
  await layOutZones(folder);
  await makeKeys(stage);
  await signChild(stage);
  await signAndJudge(stage, '3. The zone, signed with NSEC', 'meridian.signed', []);
  await signAndJudge(stage, '4. The same zone with NSEC3 and opt-out', 'meridian.nsec3.signed', ['--nsec3', '--opt-out']);
  await serve(stage);
  await serveTampered(stage);
  await showWorkspace(stage, ZONE);
  await showKeys(stage, ZONE);
  return summarise(stage, (performance.now() - started) / 1000);
}

async function layOutZones(folder: string): Promise<void> {
  const zones = { 'example-zone.db': 'meridian.db', 'research-zone.db': 'research.db', 'branch-zone.db': 'branch.db' };
  for (const [from, to] of Object.entries(zones)) await copyFile(fileURLToPath(new URL(from, DOCS)), join(folder, to));
}

async function makeKeys({ screen, program, checks }: Stage): Promise<void> {
  screen.heading('1. A token, and keys that never leave it');
  const made = [await program.assign('TOKEN', 'token', 'init', '--dir', 'token', '--label', 'demo', '--generate-pin')];
  for (const [variable, zone, role] of KEYS) {
    made.push(await program.assign(variable, 'key', 'generate', '--token', '$TOKEN', '--zone', zone, '--role', role, '--alg', '13'));
  }
  checks.push(...made.map((uri) => uri !== undefined));
  if (!checks.every((check) => check)) throw new Fault('setup/demo-failed', 'no keys, so nothing to sign with', 'read the output above');
}

async function signChild({ screen, program, folder, checks }: Stage): Promise<void> {
  screen.heading('2. A child zone is signed first, so that its DS can go into the parent');
  const signed = await program.show([
    'zone',
    'sign',
    'research.db',
    '-o',
    CHILD,
    '-f',
    'research.signed',
    '--ksk',
    '$CSK',
    '--zsk',
    '$CSK',
  ]);
  const ds = await program.show(['key', 'ds', '--token', '$CSK'], 'research.ds');
  const anchor = await program.show(['key', 'ds', '--token', '$KSK'], 'meridian.ds');
  screen.command('cat research.ds >> meridian.db');
  await appendFile(join(folder, 'meridian.db'), ds.stdout);
  checks.push(...[signed, ds, anchor].map(({ exit }) => exit === 0));
}

async function signAndJudge(stage: Stage, title: string, file: string, denial: readonly string[]): Promise<void> {
  const { screen, program, folder, checks } = stage;
  screen.heading(title);
  if (denial.length === 0) checks.push((await program.show(['zone', 'check', 'meridian.db', '-o', ZONE])).exit === 0);
  const sign = ['zone', 'sign', 'meridian.db', '-o', ZONE, '-f', file, '--ksk', '$KSK', '--zsk', '$ZSK', ...denial];
  checks.push((await program.show(sign)).exit === 0);
  checks.push((await program.show(['zone', 'verify', file, '-o', ZONE, '--ds', 'meridian.ds'])).exit === 0);
  const verdicts = await runJudges({ file: join(folder, file), origin: ZONE, anchorFile: join(folder, 'meridian.ds'), timeoutSeconds: 60 });
  screen.note('Four programs that share no code with coldsign:');
  screen.table(
    ['judge', 'version', 'verdict', ''],
    verdicts.map((v) => [v.judge, v.version, v.verdict, screen.mark(v.verdict === 'accept')]),
  );
  for (const v of verdicts) if (v.verdict !== 'accept') screen.output(`${v.judge}: ${v.text}`);
  checks.push(...verdicts.map((v) => v.verdict === 'accept'));
}

async function serve(stage: Stage): Promise<void> {
  stage.screen.heading('5. NSD serves the zone, unbound validates it (both on 127.0.0.1; no packet leaves this machine)');
  await askAll(stage, 'meridian.signed', QUESTIONS);
}

async function serveTampered(stage: Stage): Promise<void> {
  const { screen, folder } = stage;
  screen.heading('6. The counter-check: one address changed after signing');
  screen.command(`sed s/${HONEST}$/${FORGED}/ meridian.signed > meridian.tampered`);
  const signed = await readFile(join(folder, 'meridian.signed'), 'utf8');
  const tampered = signed.replaceAll(new RegExp(`\\b${HONEST.replaceAll('.', '\\.')}$`, 'gm'), FORGED);
  stage.checks.push(tampered !== signed);
  await writeFile(join(folder, 'meridian.tampered'), tampered);
  await askAll(stage, 'meridian.tampered', TAMPERED_QUESTIONS);
}

async function askAll({ screen, folder, checks }: Stage, file: string, questions: readonly Question[]): Promise<void> {
  const zones: ServedZone[] = [
    { origin: ZONE, file: join(folder, file) },
    { origin: CHILD, file: join(folder, 'research.signed') },
    { origin: UNSIGNED_CHILD, file: join(folder, 'branch.db') },
  ];
  await using servers = await Loopback.start({ zones, trustAnchor: await readFile(join(folder, 'meridian.ds'), 'utf8') });
  const rows: string[][] = [];
  for (const question of questions) {
    const reply = await servers.ask(question.name, question.type);
    const good = isAsExpected(question, reply);
    checks.push(good);
    rows.push([question.name, question.type, question.why, describeReply(question, reply), screen.mark(good)]);
  }
  screen.table(['name', 'type', 'what it is', 'answer', ''], rows);
}

function summarise({ screen, checks }: Stage, seconds: number): number {
  const good = checks.filter((check) => check).length;
  const all = good === checks.length;
  screen.heading(`${good} of ${checks.length} checks as expected, ${seconds.toFixed(1)} s`);
  screen.line(all ? 'AD: the resolver has proven the answer, from the DS of the KSK in the token down to the record.' : 'The demo failed.');
  return all ? 0 : 1;
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refusal || error instanceof Fault)) throw error;
  process.stderr.write(`demo: ${error.message} [${error.code}]\n  ${error.hint}\n`);
  process.exitCode = error instanceof Refusal ? 1 : 3;
}
