import { parseNote } from '../audit/note.ts';
import { readBundleFile } from '../release/bundle-files.ts';
import { type Manifest, parseManifest, RELEASE_FILES } from '../release/manifest.ts';

/** What a release says of itself: nothing of it is proved. @throws Refusal release/not-found, release/bad-file, release/bad-manifest, audit/bad-note */
export function uncheckedManifest(folder: string): { readonly manifest: Manifest; readonly sha256: string } {
  const { octets, sha256 } = readBundleFile(folder, { path: RELEASE_FILES.manifest });
  return { manifest: parseManifest(parseNote(new TextDecoder().decode(octets)).text), sha256 };
}
