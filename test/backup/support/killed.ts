import { placeToken } from '../../../softhsm/place.ts';
import { writeBackup } from '../../../src/backup/backup-file.ts';
import { FOLDER, HEADER } from './sample.ts';

/** Started by tests that kill it: `backup FILE` or `place DIR`. */
const [what, path] = process.argv.slice(2);
if (what === 'backup') writeBackup(path!, HEADER, new Uint8Array(32).fill(9), new Uint8Array(4096).fill(1));
else
  placeToken(path!, {
    folder: FOLDER,
    files: ['generation', 'token.object'].map((name) => ({ name, octets: new Uint8Array(512).fill(2) })),
  });
