import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../signer/finding.ts';
import { main } from '../../src/main.ts';
import { ORIGIN } from './base-zone.ts';
import { MUTATIONS, makeBaseNamed, writeMutation } from './corpus.ts';
import type { Mutation } from './mutation.ts';

/** One of each kind of input: damaged zone alone, with the DS of the parent, with the zone published before. */
const CHOSEN = [
  'rrsig-by-other-key-with-same-tag',
  'nsec3-opt-out-flag-missing',
  'zonemd-wrong-digest',
  'parent-ds-matches-no-ksk',
  'host-deleted-since-previous',
];

const now = Math.floor(Date.now() / 1000);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-verify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function zoneVerify(...args: readonly string[]): Promise<{ readonly exit: number; readonly stdout: string }> {
  let stdout = '';
  const err = new PassThrough().resume() as unknown as NodeJS.WriteStream;
  const exit = await main(['zone', 'verify', ...args, '-o', ORIGIN, '--json'], { out: { write: (chunk) => (stdout += chunk) }, err });
  return { exit, stdout };
}

function named(name: string): Mutation {
  const found = MUTATIONS.find((mutation) => mutation.name === name);
  if (found === undefined) throw new Error(`the corpus has no ${name}`);
  return found;
}

describe('zone verify on files', () => {
  test.each(CHOSEN)('%s: exit status 1, and the rule in the JSON', async (name) => {
    const mutation = named(name);
    const files = await writeMutation(mutation, makeBaseNamed(mutation.base, now), now, folder);
    const context = [...(files.parentDs ? ['--ds', files.parentDs] : []), ...(files.previous ? ['--previous', files.previous] : [])];
    const { exit, stdout } = await zoneVerify(files.zone, ...context);
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    const errors = new Set(findings.filter((finding) => finding.severity === 'error').map((finding) => finding.id));
    expect({ exit, errors }).toEqual({ exit: 1, errors: new Set(mutation.rules) });
  });

  test('the same zones are good without what makes them wrong', async () => {
    for (const name of ['parent-ds-matches-no-ksk', 'host-deleted-since-previous']) {
      const mutation = named(name);
      const files = await writeMutation(mutation, makeBaseNamed(mutation.base, now), now, folder);
      expect([name, (await zoneVerify(files.zone)).exit]).toEqual([name, 0]);
    }
  });

  test('at another time the same zone is expired', async () => {
    const mutation = named('parent-ds-matches-no-ksk');
    const files = await writeMutation(mutation, makeBaseNamed(mutation.base, now), now, folder);
    const { exit, stdout } = await zoneVerify(files.zone, '--now', '+30d');
    expect(exit).toBe(1);
    expect(stdout).toContain('VERIFY-RRSIG-EXPIRED');
  });
});
