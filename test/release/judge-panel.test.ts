import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeJudgePanel, type PanelRequest } from '../../src/release/gate.ts';
import type { JudgeName } from '../../src/release/judges.ts';
import { signText } from '../properties/support/sign-text.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { ZONE_TEXT } from './workbench.ts';

let folder = '';
let file = '';
const now = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coldsign-panel-'));
  file = join(folder, 'zone.signed');
  const keys = keyPair(13);
  writeFileSync(file, (await signText(ZONE_TEXT, keys, undefined, undefined, now)).text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of judges of our own: shell scripts, each with a version. */
function bench(name: string, scripts: Partial<Record<JudgeName, string>>): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const [judge, script] of Object.entries(scripts)) {
    const version = `if [ $# = 1 ]; then echo x >> ${bin}/asked; echo 'fake, version 9.9-é'; exit 0; fi`;
    writeFileSync(join(bin, judge), `#!/bin/sh\n${version}\n${script}\n`);
    chmodSync(join(bin, judge), 0o755);
  }
  return bin;
}

const request = (judges: readonly JudgeName[], timeoutSeconds = 20): PanelRequest => ({
  file,
  origin: 'p.test.',
  now,
  judges,
  timeoutSeconds,
});

test('one hangs, one hangs behind a child of its own, one crashes, one is not installed', async () => {
  const bin = bench('bad', {
    'named-checkzone': 'exec sleep 600',
    'dnssec-verify': 'kill -SEGV $$',
    'ldns-verify-zone': `sleep 600 & echo $! > ${folder}/child; wait; exit 0`,
  });
  const hanging = await makeJudgePanel([bin]).judge(request(['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'], 0.5));
  process.kill(Number(readFileSync(join(folder, 'child'), 'utf8')));
  expect(hanging.map(({ judge, verdict, version }) => [judge, verdict, version])).toEqual([
    ['named-checkzone', 'unavailable', '9.9-'],
    ['dnssec-verify', 'unavailable', '9.9-'],
    ['ldns-verify-zone', 'unavailable', '9.9-'],
    ['kzonecheck', 'unavailable', 'none'],
  ]);
  expect(hanging.map(({ text }) => text.split('\n').at(-1))).toEqual([
    'no verdict within 0.5 s: stopped',
    'ended by SIGSEGV',
    'no verdict within 0.5 s: stopped',
    `kzonecheck is not installed: it is in the Debian package knot-dnssecutils; looked in ${bin}`,
  ]);
});

test('what a judge says by its exit status is its verdict', async () => {
  const bin = bench('mixed', { 'named-checkzone': 'echo no good; exit 7', kzonecheck: 'exit 0' });
  const verdicts = await makeJudgePanel([bin]).judge(request(['kzonecheck', 'named-checkzone']));
  expect(verdicts.map(({ judge, verdict, exit, text }) => [judge, verdict, exit, text])).toEqual([
    ['kzonecheck', 'accept', 0, 'no message'],
    ['named-checkzone', 'reject', 7, 'no good'],
  ]);
});

test('a program that cannot be started comes to no verdict', async () => {
  const bin = join(folder, 'broken');
  mkdirSync(bin);
  writeFileSync(join(bin, 'kzonecheck'), '#!/nowhere/at/all\n');
  chmodSync(join(bin, 'kzonecheck'), 0o755);
  const [verdict] = await makeJudgePanel([bin]).judge(request(['kzonecheck']));
  expect(verdict).toMatchObject({ verdict: 'unavailable', version: 'unknown', text: expect.stringContaining('cannot be started') });
});

test('each judge is asked for its version once, however many zones it judges', async () => {
  const bin = bench('once', { kzonecheck: 'exit 0', 'named-checkzone': 'exit 0' });
  const panel = makeJudgePanel([bin]);
  for (let zone = 0; zone < 3; zone++) await panel.judge(request(['kzonecheck', 'named-checkzone']));
  expect(readFileSync(join(bin, 'asked'), 'utf8')).toBe('x\nx\n');
});

test('two at a time over a small zone, one at a time over a large one', async () => {
  const names = ['named-checkzone', 'kzonecheck'] as const;
  const run = (name: string, script: (bin: string, other: JudgeName) => string, zone: string) => {
    const scripts = {
      'named-checkzone': script(join(folder, name), 'kzonecheck'),
      kzonecheck: script(join(folder, name), 'named-checkzone'),
    };
    return makeJudgePanel([bench(name, scripts)]).judge({ ...request(names), file: zone });
  };
  // Each ends only when it has seen the other at work.
  const meet = (bin: string, other: JudgeName): string => `touch $0.on; until [ -e ${bin}/${other}.on ]; do sleep 0.01; done; exit 0`;
  expect((await run('small', meet, file)).map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
  const large = join(folder, 'large.signed');
  writeFileSync(large, Buffer.alloc((1 << 20) + 1, 0x0a));
  const alone = (bin: string): string => `mkdir ${bin}/busy || exit 9; sleep 0.1; rmdir ${bin}/busy; exit 0`;
  expect((await run('large', alone, large)).map(({ verdict }) => verdict)).toEqual(['accept', 'accept']);
});

test('the installed judges accept what was signed', async () => {
  const installed = (['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'] as const).filter((name) =>
    ['/usr/bin', '/usr/sbin'].some((path) => existsSync(join(path, name))),
  );
  const verdicts = await makeJudgePanel().judge(request(installed));
  expect(verdicts.map(({ judge, verdict, text }) => [judge, verdict, verdict === 'accept' ? '' : text])).toEqual(
    installed.map((judge) => [judge, 'accept', '']),
  );
});
