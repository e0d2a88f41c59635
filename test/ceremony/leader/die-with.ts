/** Loaded with --import before a program: kills it as soon as the file COLDSIGN_DIE_WITH has come to be, as a power cut would. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const rename = fs.renameSync;
Object.assign(fs, {
  renameSync(from: string, to: string): void {
    rename(from, to);
    if (to === process.env['COLDSIGN_DIE_WITH']) process.kill(process.pid, 'SIGKILL');
  },
});
syncBuiltinESMExports();
