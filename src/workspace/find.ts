import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { CONFIG_FILE } from './paths.ts';

/**
 * The root of the workspace: `dir`, or else the nearest folder from here upwards that has a coldsign.yaml.
 * @throws Refusal workspace/not-found
 */
export function findWorkspace(dir: string | undefined): string {
  const start = resolve(dir ?? '.');
  if (dir !== undefined) {
    if (existsSync(join(start, CONFIG_FILE))) return start;
    throw notFound(`${start} has no ${CONFIG_FILE}`);
  }
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG_FILE))) return folder;
    if (folder === dirname(folder)) throw notFound(`neither ${start} nor a folder above it has a ${CONFIG_FILE}`);
  }
}

function notFound(what: string): Refusal {
  return new Refusal('workspace/not-found', `${what}, so it is no workspace`, 'make one with coldsign init DIR, or name it with --dir DIR');
}
