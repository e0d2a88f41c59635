/**
 * Leads a ceremony to its end, or goes on with one: drive.ts WORKSPACE SCRIPT PAPER FOLDER-WITH-KEYS. Everybody agrees. Killed from outside.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkspace } from '../../support/workspace.ts';
import { PEOPLE, Stage, signerFrom } from './stage.ts';

const [dir = '', file = '', paper = '', folder = ''] = process.argv.slice(2);
const signers = new Map(PEOPLE.map((name) => [name, signerFrom(name, readFileSync(join(folder, `${name}.pem`), 'utf8'))] as const));
const stage = new Stage(new TestWorkspace(dir), signers, new Map());
const leader = await stage.open(file);
while (leader.progress().current !== undefined) await stage.step(leader, paper);
await leader.end();
await leader[Symbol.asyncDispose]();
