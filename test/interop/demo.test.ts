import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url));

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runDemo(): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    execFile(process.execPath, [DEMO], { env, timeout: 100_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ exit: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

test('the demo signs, is judged and validated as expected, without colour, and leaves nothing behind', async () => {
  const { exit, stdout, stderr } = await runDemo();
  expect({ exit, stderr }, stdout).toEqual({ exit: 0, stderr: '' });
  expect(stdout).not.toContain('NOT AS EXPECTED');
  expect(stdout).not.toContain('\u001b');
  for (const judge of ['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck']) {
    expect(stdout.match(new RegExp(`${judge} .* accept +ok`, 'g')), judge).toHaveLength(2);
  }
  const answers = (text: RegExp): string | undefined => text.exec(stdout)?.[1]?.trim();
  expect(answers(/absent\.meridian\.example\. .*name {2,}(NXDOMAIN AD)/)).toBe('NXDOMAIN AD');
  expect(answers(/office\.branch\.meridian\.example\. .* (NOERROR --)/)).toBe('NOERROR --');
  expect(answers(/lab\.research\.meridian\.example\. .* (NOERROR AD)/)).toBe('NOERROR AD');
  expect(answers(/the changed address +(SERVFAIL)/)).toBe('SERVFAIL');
  const folder = /in (\S+) \(removed at the end\)/.exec(stdout)?.[1];
  expect(folder).toMatch(/coldsign-demo-/);
  expect(existsSync(folder!)).toBe(false);
});
