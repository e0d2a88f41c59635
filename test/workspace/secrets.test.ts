import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTestToken } from '../support/token.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { WITHOUT_JUDGES } from './stage.ts';

test('"secrets never in messages": no file outside of token/ and nothing that any command prints has a PIN in it', async () => {
  using workspace = await makeTestWorkspace({ practice: true, config: WITHOUT_JUDGES });
  const source = workspace.write('example.zone', EXAMPLE_ZONE);
  const commands: readonly (readonly string[])[] = [
    ['zone', 'add', 'example.', '--source', source, '--apply', '--generate-keys'],
    ['zone', 'sign', 'example.', '--json'],
    ['zone', 'sign', 'example.'],
    ['zone', 'sign', '--all', '--due'],
    ['zone', 'sign', 'other.'],
    ['zone', 'list', '--json'],
    ['zone', 'show', 'example.', '--json'],
    ['zone', 'diff', 'example.', '--from', '2', '--to', '3'],
    ['policy', 'show', '--json'],
    ['policy', 'explain', 'default'],
    ['policy', 'check'],
    ['policy', 'apply', '--json'],
    ['key', 'list', '--json'],
    ['key', 'ds'],
    ['key', 'generate', '--zone', 'example.', '--role', 'zsk', '--json'],
    ['release', 'rollback', 'example.', '--reason', 'to see what it prints'],
    ['audit', 'show'],
    ['audit', 'show', '--json'],
    ['audit', 'checkpoint', '--words'],
    ['audit', 'export', workspace.path('export.tar'), '--inputs'],
    ['audit', 'verify', workspace.path('export.tar')],
    ['status', '--format', 'json'],
    ['zone', 'sign', 'example.', '--now', '2020-01-01T00:00:00Z'],
  ];
  const told: string[] = [];
  for (const args of commands) {
    const { status, out, err } = args[1] === 'verify' ? await inProcess(...args) : await workspace.run(...args);
    expect([0, 1], `coldsign ${args.join(' ')}: ${err}`).toContain(status);
    told.push(out, err);
  }
  expectNoSecret(workspace, told, pinsOf(workspace.path('token')));
});

test('nor where the PIN is wrong, missing, or of a token that is given', async () => {
  using token = await makeTestToken('given');
  const pins = pinsOf(token.folder.dir);
  using workspace = await makeTestWorkspace();
  const dir = workspace.path('inner');
  const made = await inProcess('init', dir, '--origin', 'audit.example/given', '--token', token.uriText);
  expect(made.err).toBe('');
  const wrong = 'wrong-pin-of-mine';
  workspace.write('wrong', `${wrong}\n`);
  const uri = token.uriText.replace(token.folder.pinFile, workspace.path('wrong'));
  const refused = await inProcess('init', workspace.path('refused'), '--origin', 'audit.example/wrong', '--token', uri);
  expect(refused.err).toMatch(/coldsign: error pin\//);
  const missing = await inProcess('init', workspace.path('missing'), '--origin', 'a/b', '--token', uri.replace('wrong', 'nowhere'));
  expect(missing.status).toBeLessThan(70);
  const inUri = await inProcess('init', workspace.path('in-uri'), '--origin', 'a/b', '--token', `${token.uriText}&pin-value=${wrong}`);
  expect(inUri.status).not.toBe(0);
  workspace.write('wrong', '');
  expectNoSecret(
    workspace,
    [made, refused, missing, inUri].flatMap(({ out, err }) => [out, err]),
    [...pins, wrong],
  );
});

/** User and SO PIN of a token folder. */
function pinsOf(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.includes('pin'));
  const pins = files.map((name) => readFileSync(join(folder, name), 'utf8').trim());
  expect(pins.length).toBeGreaterThan(0);
  for (const pin of pins) expect(pin.length).toBeGreaterThan(6);
  return pins;
}

function expectNoSecret(workspace: TestWorkspace, told: readonly string[], secrets: readonly string[]): void {
  for (const secret of secrets) for (const text of told) expect(text.includes(secret)).toBe(false);
  const names = readdirSync(workspace.dir, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('token/'));
  for (const name of names.filter((path) => statSync(workspace.path(path)).isFile())) {
    const octets = readFileSync(workspace.path(name));
    for (const secret of secrets) expect(octets.includes(secret), name).toBe(false);
  }
}
