/**
 * Leads a ceremony to its end, or goes on with one: drive.ts WORKSPACE SCRIPT PAPER FOLDER-WITH-KEYS STEP. Everybody agrees.
 * From the moment at which the step with the number STEP (from 0) is next, the calls that change the disk are counted, and it is killed at one of
 * them: see crash-at.ts. Number -1: from before the ceremony is opened. A path: it is killed when that file has come to be.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { TestWorkspace } from '../../support/workspace.ts';
import { PEOPLE, Stage, signerFrom } from './stage.ts';

const [dir = '', file = '', paper = '', folder = '', step = ''] = process.argv.slice(2);
const signers = new Map(PEOPLE.map((name) => [name, signerFrom(name, readFileSync(join(folder, `${name}.pem`), 'utf8'))] as const));
const stage = new Stage(new TestWorkspace(dir), signers, new Map());
if (step === '-1') await arm();
if (isAbsolute(step)) {
  process.env['COLDSIGN_DIE_WITH'] = step;
  await import('./die-with.ts');
}
const leader = await stage.open(file);
while (leader.progress().current !== undefined) {
  if (leader.progress().done === Number(step)) await arm();
  await stage.step(leader, paper);
}
await leader.end();
await leader[Symbol.asyncDispose]();

async function arm(): Promise<void> {
  await import('../../support/crash-at.ts');
}
