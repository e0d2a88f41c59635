import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './atomic-file.ts';
import type { WorkspacePaths } from './paths.ts';

/** Temporary files and links of processes that are gone. Called under the lock, so that no living one is at work here. */
export function removeRemains(paths: WorkspacePaths): void {
  const folders = [paths.root, paths.audit, join(paths.audit, 'checkpoints'), paths.artifacts, paths.cache, join(paths.root, 'token')];
  for (const folder of folders.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)) {
    for (const name of readdirSync(folder)) {
      const pid = Number(
        /^.+\.(\d+)\.[0-9a-f]+\.partial$/.exec(name)?.[1] ?? /^lock(?:\.ceremony)?\.(\d+)\.[0-9a-f]+(?:\.stale)?$/.exec(name)?.[1],
      );
      if (Number.isInteger(pid) && !isAlive(pid)) unlinkSync(join(folder, name));
    }
  }
}
