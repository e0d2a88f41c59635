import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, NODE, quote, shell } from '../support/cli.ts';
import { fillCompileCache } from '../support/compile-cache.ts';
import { sightingsIn, type WatchResult, watchProcesses } from '../support/process-watch.ts';
import { SecretScan } from '../support/secret-scan.ts';
import { EXAMPLE_ZONE } from '../support/workspace.ts';
import { WITHOUT_JUDGES } from '../workspace/stage.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Unusual, so that nothing else looks like them; with octets that a URI, a shell or JSON would write differently. */
const SECRETS = {
  'user PIN': 'Qx7!vul-Kan+e~93/$b',
  'PIN typed at the prompt': 'Qx7!vul-Kan+e~93/$b',
  'wrong PIN': 'Wr0ng!Pin+of~nobody',
  'wrong PIN at the prompt': 'Typ0d!Pin+of~nobody',
  passphrase: 'a passphrase, unheard-of & 4711!',
  'wrong passphrase': 'another passphrase + 0815, as bad',
};
/** The files that hold them, and have a right to: everything else below the folder has none. */
const FILES: Readonly<Record<string, string>> = {
  pin: SECRETS['user PIN'],
  'wrong-pin': SECRETS['wrong PIN'],
  passphrase: SECRETS['passphrase'],
  'wrong-passphrase': SECRETS['wrong passphrase'],
};

const SO_PINS = ['token/so-pin'];

const scratch = mkdtempSync(join(tmpdir(), 'coldsign-secrets-'));
/** In the folder too, for it must be as clean as all else there. */
const COMPILED = { NODE_COMPILE_CACHE: join(scratch, 'compiled') };
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const told: { readonly what: string; readonly result: CliResult }[] = [];
let watched: WatchResult;
let scan: SecretScan;

/** A line of a shell in the folder; secrets come over descriptors that the shell opens. */
async function run(line: string, statuses: readonly number[] = [0]): Promise<CliResult> {
  const result = await shell(line, { cwd: scratch, env: COMPILED });
  told.push({ what: line, result });
  expect(statuses, `${line}: ${result.err}`).toContain(result.status);
  return result;
}

/** A command on a pseudo-terminal; the answers are typed when it asks. */
async function typed(args: readonly string[], answer: string): Promise<string> {
  const line = [NODE, CLI, ...args].map(quote).join(' ');
  const session = spawn('/usr/bin/script', ['-qfec', line, '/dev/null'], {
    cwd: scratch,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...COMPILED },
  });
  let screen = '';
  let isAnswered = false;
  const onText = (text: string): void => {
    screen += text;
    if (isAnswered || !/PIN[^\n]*: $/.test(screen)) return;
    isAnswered = true;
    session.stdin.write(`${answer}\r`);
  };
  session.stdout.setEncoding('utf8').on('data', onText);
  session.stderr.setEncoding('utf8').on('data', onText);
  const status = await new Promise<number | null>((resolve) => session.on('close', resolve));
  expect(isAnswered, screen).toBe(true);
  told.push({ what: `typed: ${args.join(' ')}`, result: { status: status ?? undefined, signal: undefined, out: screen, err: '' } });
  return screen;
}

beforeAll(async () => {
  fillCompileCache(COMPILED.NODE_COMPILE_CACHE);
  for (const [name, secret] of Object.entries(FILES)) writeFileSync(join(scratch, name), `${secret}\n`, { mode: 0o600 });
  writeFileSync(join(scratch, 'example.zone'), EXAMPLE_ZONE);
  watched = await watchProcesses(async () => {
    const { out } = await run('coldsign token init --dir token --label vault --pin-fd 3 3<pin');
    await commandsOnToken(out.trim());
    await commandsInWorkspace(out.trim());
    await commandsWithShares();
  });
  const soPins = Object.fromEntries(SO_PINS.map((path) => [path, readFileSync(join(scratch, path), 'utf8').trim()]));
  scan = new SecretScan({ ...SECRETS, ...soPins, ...shareLines() });
}, 300_000);

async function commandsOnToken(uri: string): Promise<void> {
  const token = quote(uri);
  await run(`coldsign key generate --token ${token} --zone z.example. --role csk --pin-fd 3 3<pin`);
  await run(`coldsign key list --token ${token} --json --pin-fd 3 3<pin`);
  expect(await typed(['key', 'list', '--token', uri], SECRETS['PIN typed at the prompt'])).toContain('z.example.');
  expect(await typed(['key', 'list', '--token', uri], SECRETS['wrong PIN at the prompt'])).toContain('pin/incorrect');
  expect((await run(`coldsign key list --token ${token} --pin-fd 3 3<wrong-pin`, [1])).err).toContain('pin/');
  expect((await run(`coldsign key list --token ${quote(`${uri}&pin-value=x`)}`, [1, 2])).err).toMatch(/error \w+\//);
  await run(`coldsign token list --token ${token} --mechanisms`);
  await run(`coldsign token doctor ${token} --json --pin-fd 3 3<pin`);
  await run(`coldsign token bench ${token} --workers 2 --algorithms 13 --seconds 1 --pin-fd 3 3<pin`);
  await run(`sed s/example\\\\./z.example./ example.zone > z.zone; coldsign key ds --token ${token} --zone z.example. --pin-fd 3 3<pin`);
}

/** A token whose PIN nobody has seen: there are its shares to be looked for. */
async function commandsWithShares(): Promise<void> {
  const holders = '--holder anna --holder bert --holder cleo';
  const made = await run(
    `mkdir -m 700 shares && coldsign token init --dir shared --label shared --shares 2/3 ${holders} --share-dir shares`,
  );
  const [anna, bert] = shareTexts().map((text) => wordLines(text).join(' '));
  writeFileSync(join(scratch, 'two-shares'), `anna: ${anna}\nbert: ${bert}\n`, { mode: 0o600 });
  writeFileSync(join(scratch, 'one-share'), `anna: ${anna}\n`, { mode: 0o600 });
  const token = quote(made.out.trim());
  await run(`coldsign key list --token ${token} --json --share-fd 3 3<two-shares`);
  expect((await run(`coldsign key list --token ${token} --share-fd 3 3<one-share`, [1])).err).toMatch(/error share\//);
}

const shareFiles = (): readonly string[] => readdirSync(join(scratch, 'shares')).sort();
const shareTexts = (): readonly string[] =>
  shareFiles().flatMap((name) => (name.endsWith('.txt') ? [readFileSync(join(scratch, 'shares', name), 'utf8')] : []));
const wordLines = (text: string): readonly string[] => [...text.matchAll(/^ *\d+ {2}(.*)$/gm)].map(([, words]) => words!);

/** The lines of the shares that all of them do not have in common: those have names and numbers, which are no secret. */
function shareLines(): Readonly<Record<string, string>> {
  const [first = [], ...others] = shareTexts().map(wordLines);
  const own = [first, ...others].flatMap((lines) =>
    lines.filter((line) => !first.includes(line) || !others.every((other) => other.includes(line))),
  );
  expect(own.length).toBeGreaterThan(5);
  return Object.fromEntries(own.map((line, i) => [`line ${i} of the shares`, line]));
}

async function commandsInWorkspace(uri: string): Promise<void> {
  const withSource = `${uri}${uri.includes('?') ? '&' : '?'}pin-source=file:${join(scratch, 'pin')}`;
  await run(`coldsign init ws --origin audit.example/secrets --practice --token ${quote(withSource)}`);
  const config = join(scratch, 'ws', 'coldsign.yaml');
  writeFileSync(config, WITHOUT_JUDGES(readFileSync(config, 'utf8')));
  await run('coldsign policy apply --dir ws');
  await run('coldsign zone add example. --source "$PWD/example.zone" --apply --generate-keys --dir ws');
  await run('coldsign zone sign example. --json --dir ws');
  await run('coldsign key generate --zone example. --role zsk --json --dir ws > made.json');
  const { keyTag } = JSON.parse(readFileSync(join(scratch, 'made.json'), 'utf8'))[0] as { readonly keyTag: number };
  await run('coldsign key prove --all --json --dir ws && coldsign key list --live --dir ws && coldsign key list --unused --json --dir ws');
  await run(`coldsign key destroy --zone example. --key ${keyTag} --confirm ${keyTag} --reason "to see what it prints" --dir ws`);
  await run('coldsign key list --json --dir ws && coldsign key ds --dir ws && coldsign status --format json --dir ws');
  await run('coldsign audit checkpoint --dir ws && coldsign audit show --json --dir ws');
  await run('coldsign release verify ws/releases/example/current/ --practice --key ws/audit/vkeys');
  await run('coldsign key backup --output saved.backup --dir ws --passphrase-fd 3 3<passphrase');
  await run('coldsign key backup --show saved.backup');
  await run('coldsign key drill saved.backup --dir ws --passphrase-fd 3 3<passphrase');
  await run('coldsign key drill saved.backup --dir ws --passphrase-fd 3 3<wrong-passphrase', [1, 3]);
  await run('coldsign key restore saved.backup --to restored --reason "to see what it prints" --dir ws --passphrase-fd 3 3<passphrase');
  await run('coldsign audit export export.tar --inputs --dir ws && coldsign audit verify export.tar && gzip -k export.tar');
}

test('"nothing secret ever in logs, errors": no output of any command has a PIN or a passphrase in it', () => {
  expect(
    told.flatMap(({ what, result: { out, err } }) => [
      ...scan.text(`standard output of ${what}`, out),
      ...scan.text(`standard error of ${what}`, err),
    ]),
  ).toEqual([]);
});

test('nor has any file: workspace, log, releases, artifacts, backups, export archives, the token itself', () => {
  expect(
    scan.folder(scratch, [...Object.keys(FILES), ...SO_PINS, 'two-shares', 'one-share', ...shareFiles().map((name) => `shares/${name}`)]),
  ).toEqual([]);
});

test('nor had the arguments or the environment of any process that ran meanwhile', () => {
  expect(watched.passes).toBeGreaterThan(100);
  expect(watched.processes.filter(({ commands }) => commands.some((command) => command.includes('cli.ts'))).length).toBeGreaterThan(15);
  expect(keystoreChildren().length).toBeGreaterThan(15);
  expect(sightingsIn(scan, watched)).toEqual([]);
});

test('"RLIMIT_CORE 0 in the child": what holds a PIN and crashes leaves no memory on the disk', () => {
  expect(pinHolders().length).toBeGreaterThan(5);
  for (const { core } of [...keystoreChildren(), ...pinHolders()]) expect(core).toMatch(/^Max core file size +0 +0 +bytes/);
});

/** Processes with the module in them, once they run the program. */
const keystoreChildren = () => running(/^[^\0]*node\0(.*\0)?[^\0]*keystore\/pkcs11\/child\.ts\0/);

/** Processes that read a PIN and give it to the former. */
const pinHolders = () => running(/^[^\0]*node\0(.*\0)?[^\0]*keystore\/pin\/holder\.ts\0/);

const running = (program: RegExp) => watched.processes.filter(({ commands }) => commands.some((command) => program.test(command)));
