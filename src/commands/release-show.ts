import { pinnedKeys } from '../apply/pinned-keys.ts';
import { manifestLines, signerLines } from '../apply/release-lines.ts';
import { uncheckedManifest } from '../apply/unchecked-manifest.ts';
import { printVkey } from '../audit/vkey.ts';
import type { Io } from '../io.ts';
import { readBundle } from '../release/bundle.ts';

export interface ReleaseShowOptions {
  readonly folder: string;
  /** Verifier keys, or files with such. */
  readonly keys: readonly string[];
  /** Configuration of the connected side, for its keys. */
  readonly config?: string;
  readonly json: boolean;
}

/** `release show`: what is in a release. With keys: signature and files are checked, without them nothing is. */
export async function releaseShow({ folder, keys: given, config, json }: ReleaseShowOptions, io: Io): Promise<number> {
  const keys = pinnedKeys(given, config);
  const checked = keys.length === 0 ? undefined : readBundle(folder, keys);
  const { manifest, sha256 } = checked ?? uncheckedManifest(folder);
  if (json) {
    const signers = checked?.signers.map(printVkey);
    io.out.write(
      `${JSON.stringify({ format: 1, folder, sha256, signature: checked ? 'good' : 'not-checked', signers, manifest }, undefined, 2)}\n`,
    );
    return 0;
  }
  const signature = checked === undefined ? ['  signature     not checked: give --key or --config'] : signerLines(checked.signers);
  io.out.write(`${[...manifestLines(manifest, sha256), ...signature].join('\n')}\n`);
  return 0;
}
