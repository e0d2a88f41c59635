import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startNamed, startUnbound } from '../support/name-servers.ts';
import { release } from '../support/release-cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace } from '../support/workspace.ts';

/** Both sides by their commands alone: a workspace with keys in SoftHSM signs and releases, the folder is carried, named serves it, unbound validates. */
test('zone sign → folder → release verify → release apply → a validated answer, twice', async () => {
  await using ends = new AsyncDisposableStack();
  const workspace = ends.use(await makeTestWorkspace({ zones: { 'example.': EXAMPLE_ZONE } }));
  const outside = mkdtempSync(join(tmpdir(), 'coldsign-connected-'));
  ends.defer(() => rmSync(outside, { recursive: true, force: true }));
  const folder = (name: string): string => {
    mkdirSync(join(outside, name), { recursive: true });
    return join(outside, name);
  };
  const named = ends.use(await startNamed(folder('named'), { zones: ['example.'] }));
  const config = join(folder('connected'), 'apply.yaml');
  const vkey = readFileSync(workspace.path('audit', 'vkeys'), 'utf8').trim().split('\n')[0]!;
  writeFileSync(
    config,
    `format: 1
keys: ["${vkey}"]
state: state
judges: all
servers: [{ kind: bind, zone-dir: ${named.zoneDir}, reload: ${JSON.stringify(named.reload)}, ask: 127.0.0.1@${named.port} }]
`,
  );

  /** Signs, carries, verifies and applies. @returns address of www as validated from the DS of the release */
  async function pass(round: string): Promise<string> {
    await workspace.must('zone', 'sign', 'example.');
    const carried = folder(`medium-${round}`);
    cpSync(workspace.path('releases', 'example', 'current'), carried, { recursive: true, dereference: true });
    expect(await release('verify', carried, '--config', config)).toMatch(/example\. serial \d+: good\n$/);
    expect(await release('apply', carried, '--config', config)).toMatch(/^example\. serial \d+: applied\n/m);
    const anchor = readFileSync(join(carried, 'dsset'), 'utf8').trim();
    await using resolver = await startUnbound(folder(`unbound-${round}`), named.port, 'example.', anchor);
    const { ad, answers } = await resolver.ask('www.example.', 'A');
    const address = answers.find(({ type }) => type === 'A');
    return `${ad} ${address?.type === 'A' ? address.data : ''}`;
  }

  expect(await pass('one')).toBe('true 192.0.2.80');
  workspace.write(
    'example.zone',
    EXAMPLE_ZONE.replace('192.0.2.80', '192.0.2.81').replace('hostmaster.example. 1 ', 'hostmaster.example. 2 '),
  );
  expect(await pass('two')).toBe('true 192.0.2.81');
});
