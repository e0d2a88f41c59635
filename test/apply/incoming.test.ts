import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Incoming } from '../../src/apply/incoming.ts';
import { readClock } from '../../src/config/time-text.ts';
import { SigningSide } from '../support/carried-release.ts';

test('what was judged is what is placed: the medium is read once, and changes to it afterwards are not seen', async () => {
  using side = new SigningSide(readClock());
  const { folder } = await side.release({ serial: 100 });
  const medium = join(folder, 'zone.signed');
  const judged = readFileSync(medium, 'utf8');
  let copy = '';
  {
    using incoming = new Incoming(folder, [side.key], side.dir);
    copy = incoming.zoneFile;
    writeFileSync(medium, judged.replace('192.0.2.80', '192.0.2.66'));
    expect(readFileSync(copy, 'utf8')).toBe(judged);
  }
  expect(existsSync(copy)).toBe(false);
  expect(() => new Incoming(folder, [side.key], side.dir)).toThrow(expect.objectContaining({ code: 'release/bad-file' }));
});
