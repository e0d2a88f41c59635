import { createHash } from 'node:crypto';
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
  /** Digests of PINs that tokens have refused; there is one only where one was. */
  readonly refusedPins: string;
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
    refusedPins: join(root, 'refused-pins.json'),
  };
}

/** Held for as long as a ceremony is led, from one of its sessions to the next. */
export const ceremonyLock = ({ lock }: Pick<WorkspacePaths, 'lock'>): string => `${lock}.ceremony`;

/** A file name has up to 255 (NAME_MAX); what is made beside it or from it has a longer one. */
const NAME_OCTETS = 200;

/**
 * Folder name of a zone: presentation form without the last dot, `%xx` for what is not plain in file names; `@root` for the root. One that is
 * too long for a file name ends in `%~` and a digest of the whole: no two zones have the same.
 */
export function zoneFolder(apex: WireName): string {
  const text = printName(apex).toLowerCase();
  if (text === '.') return '@root';
  const name = text.slice(0, -1).replace(/[^a-z0-9._-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  if (name.length <= NAME_OCTETS) return name;
  const digest = `%~${createHash('sha256').update(name).digest('hex')}`;
  return `${name.slice(0, NAME_OCTETS - digest.length)}${digest}`;
}
