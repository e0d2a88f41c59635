import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { findWorkspace } from './find.ts';
import { workspacePaths } from './paths.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  /** As the file has it now, which need not be what is in force. */
  readonly config: Config;
}

/** @throws Refusal workspace/not-found, file/unreadable, policy/bad-config */
export function readConfigFile(dir: string | undefined): ConfigFile {
  const { config: path, root } = workspacePaths(findWorkspace(dir));
  const text = readText(path);
  return { path, text, config: parseConfig(text, path, root) };
}

/** @throws Refusal file/unreadable */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('file/unreadable', `${path} cannot be read (${why})`, 'check the path and its permissions', { cause });
  }
}
