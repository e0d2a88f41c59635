import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readClock } from '../../src/config/time-text.ts';
import { SigningSide } from '../support/carried-release.ts';
import { NODE } from '../support/cli.ts';
import { ApplyBench } from '../support/reload-script.ts';

const script = (name: string): string => new URL(`../support/${name}`, import.meta.url).pathname;

test('killed at any write, fsync, link or rename: the zone file is whole, old or new, and the next run ends as if nothing had happened', async () => {
  using side = new SigningSide(readClock());
  const first = await side.release({ serial: 100 });
  const second = await side.release({ serial: 101, previous: first, address: '192.0.2.81' });
  const zoneOf = ({ folder }: { readonly folder: string }): string => readFileSync(join(folder, 'zone.signed'), 'utf8');
  const bench = new ApplyBench(side);
  const config = side.path('apply.yaml');
  const { zoneDir, reload } = bench.server.config;
  writeFileSync(
    config,
    `format: 1\nkeys: ["${side.vkey}"]\nstate: state\nservers: [{ kind: bind, zone-dir: "${zoneDir}", reload: ${JSON.stringify(reload)}, check: none }]\n`,
  );
  const run = (env: Record<string, string>): string | null => {
    const args = ['--import', script('crash-at.ts'), script('release-main.ts'), 'apply', second.folder, '--config', config];
    return spawnSync(NODE, args, { env: { ...process.env, ...env } }).signal;
  };
  const begin = async (): Promise<void> => {
    rmSync(bench.config.state, { recursive: true, force: true });
    for (const name of bench.server.names) rmSync(join(zoneDir, name));
    await bench.apply(first.folder);
  };

  await begin();
  const list = side.path('calls-made');
  expect(run({ COLDSIGN_CRASH_LIST: list })).toBeNull();
  expect(bench.applied).toEqual([100, 101]);
  const calls = readFileSync(list, 'utf8').trimEnd().split('\n');
  expect(calls).toContain('renameSync');

  const seen = new Set<string>();
  for (const at of calls.keys()) {
    await begin();
    expect(run({ COLDSIGN_CRASH_AT: `${at + 1}`, COLDSIGN_CRASH_HOW: 'half' })).toBe('SIGKILL');
    const { content } = bench.server;
    expect([zoneOf(first), zoneOf(second)], `after call ${at + 1}, ${calls[at]}`).toContain(content);
    seen.add(content === zoneOf(first) ? 'old' : 'new');
    await bench.apply(second.folder);
    expect({ loaded: bench.server.loaded === zoneOf(second), applied: bench.applied }, `after call ${at + 1}, ${calls[at]}`).toEqual({
      loaded: true,
      applied: [100, 101],
    });
    expect([...bench.server.names, ...readdirSync(bench.config.state)], `after call ${at + 1}, ${calls[at]}`).toEqual([
      'signed.example.signed',
      'signed.example.json',
    ]);
  }
  expect(seen).toEqual(new Set(['old', 'new']));
});
