import { join, resolve } from 'node:path';
import { printName, type WireName } from '../../signer/dns/name.ts';

/** Where everything of a workspace lies. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  readonly lock: string;
  readonly audit: string;
  readonly entries: string;
  readonly artifacts: string;
  readonly releases: string;
  readonly cache: string;
  readonly snapshot: string;
}

export const CONFIG_FILE = 'coldsign.yaml';

export function workspacePaths(dir: string): WorkspacePaths {
  const root = resolve(dir);
  const audit = join(root, 'audit');
  const cache = join(root, 'cache');
  return {
    root,
    config: join(root, CONFIG_FILE),
    lock: join(root, 'lock'),
    audit,
    entries: join(audit, 'entries.jsonl'),
    artifacts: join(root, 'artifacts'),
    releases: join(root, 'releases'),
    cache,
    snapshot: join(cache, 'state.json'),
  };
}

/** Folder name of a zone: presentation form without the last dot, `%xx` for what is not plain in file names; `@root` for the root. */
export function zoneFolder(apex: WireName): string {
  const text = printName(apex).toLowerCase();
  if (text === '.') return '@root';
  return text.slice(0, -1).replace(/[^a-z0-9._-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
