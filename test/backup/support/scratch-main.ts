import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScratchFolder } from '../../../src/backup/scratch.ts';

/** Makes a scratch folder with something in it, tells where, and waits for its end. */
const scratch = new ScratchFolder({ out: process.stdout, err: process.stderr }, process.argv[2]!);
mkdirSync(join(scratch.dir, 'token'));
writeFileSync(join(scratch.dir, 'token', 'token.object'), 'x');
process.stdout.write(`${scratch.dir}\n`);
process.stdin.resume();
