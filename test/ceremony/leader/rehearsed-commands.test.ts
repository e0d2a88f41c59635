import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { RehearsedCommands } from '../../../src/ceremony/rehearsed-commands.ts';
import { makeProgram } from '../../../src/program.ts';
import { silent } from './stage.ts';

/* A rehearsal with the real inputs: nothing real is touched but to be read. */

const scratch = mkdtempSync(join(tmpdir(), 'coldsign-rehearsed-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const real = join(scratch, 'real');
writeFileSync(real, 'there');
const tags = new Map([
  ['example.', new Map([[12345, 54321]])],
  ['example.org.', new Map([[12345, 11111]])],
]);
const program = makeProgram(silent(), () => {});
let commands: RehearsedCommands;
beforeEach(() => {
  commands = new RehearsedCommands(join(scratch, 'own'), program, tags);
});

/** @returns words that were run, without the passphrase; undefined: it was left out */
async function ran(...argv: readonly string[]): Promise<readonly string[] | undefined> {
  let words: readonly string[] | undefined;
  const run = async (given: readonly string[]): Promise<number> => {
    words = given.filter((word, i) => word !== '--passphrase-fd' && given[i - 1] !== '--passphrase-fd');
    return 0;
  };
  expect(await commands.run(run, argv, silent())).toBe(0);
  return words;
}

const moved = (path: string): string => join(scratch, 'own', 'outside', resolve(path));

test('a file that would be written is written in its own folder, by whatever name it has; what is there is read where it is', async () => {
  expect(await ran('audit', 'export', join(scratch, 'out.tar'))).toEqual(['audit', 'export', moved(join(scratch, 'out.tar'))]);
  expect(await ran('audit', 'export', 'media/out.tar')).toEqual(['audit', 'export', moved('media/out.tar')]);
  expect(await ran('key', 'backup', '--output=../saved')).toEqual(['key', 'backup', `--output=${moved('../saved')}`]);
  expect(await ran('evidence', 'import', real)).toEqual(['evidence', 'import', real]);
  // What is no file stays as it is.
  expect(await ran('zone', 'sign', 'example.')).toEqual(['zone', 'sign', 'example.']);
});

test('a key is its stand-in, of the zone that is named', async () => {
  const destroy = (zone: string, tag: string) => ['key', 'destroy', '--zone', zone, '--key', tag, '--confirm', tag, '--reason', '12345'];
  expect(await ran(...destroy('example.', '12345'))).toEqual(destroy('example.', '54321'));
  expect(await ran(...destroy('example.org', '12345'))).toEqual(destroy('example.org', '11111'));
  expect(await ran(...destroy('example.', '99'))).toEqual(destroy('example.', '99'));
});

test('no real token is touched, no real backup opened, nobody asked for shares: it is left out, and told why', async () => {
  const restore = ['key', 'restore', real, '--reason', 'the token was lost today', '--to'];
  for (const argv of [
    [...restore, real],
    [...restore, 'pkcs11:token=spare'],
    ['key', 'drill', real],
    ['pin', 'reshare', '--shares', '2/3', '--holder=carol'],
  ]) {
    expect(await ran(...argv), argv.join(' ')).toBeUndefined();
    expect(commands.leftOut).toMatch(/real|shares/);
  }
  // A backup that the rehearsal itself has made is opened with the passphrase that it has typed.
  writeFileSync((await ran('key', 'backup', '--output', join(scratch, 'new')))!.at(-1)!, 'saved');
  expect(await ran('key', 'drill', join(scratch, 'new'))).toEqual(['key', 'drill', moved(join(scratch, 'new'))]);
  expect(commands.leftOut).toBeUndefined();
});
