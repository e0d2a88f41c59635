import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['keystore', 'signer', 'softhsm', 'src', 'tui'];

/** sha256 over the files of the program that runs: names and contents in the order of the names. Hexadecimal. */
export function programHash(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(extension));
    for (const name of files.sort()) {
      const content = readFileSync(join(root, folder, name));
      hash.update(`${folder}/${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}
