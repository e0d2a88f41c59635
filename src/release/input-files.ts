import { canonicalJson } from '../audit/canonical-json.ts';
import type { ArtifactRef, LoggedRelease } from '../audit/entry.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import type { NewData } from '../workspace/session.ts';

/** Octets of file references in one entry. */
const FILES_OCTETS = 6000;

/** The entries for a source that came in: one, or several where it includes so many files that one cannot name them. */
export function acceptedInput(zone: string, files: readonly ArtifactRef[], serial: number): readonly NewData[] {
  return inPieces(files).map((piece): NewData => ['input.accepted', { zone, files: piece, serial }]);
}

/** The same for the entry of a release. */
export function loggedInput(artifacts: ArtifactStore, files: readonly ArtifactRef[]): Pick<LoggedRelease, 'input' | 'inputList'> {
  if (inPieces(files).length <= 1) return { input: files };
  const list = new TextEncoder().encode(`${JSON.stringify(files, undefined, 1)}\n`);
  return { input: files.slice(0, 1), inputList: artifacts.put(list, 'input-files.json') };
}

/** All sources of a release, the main file first. @throws Fault audit/artifact-missing, audit/artifact-changed */
export function inputFiles(
  artifacts: ArtifactStore,
  { input, inputList }: Pick<LoggedRelease, 'input' | 'inputList'>,
): readonly ArtifactRef[] {
  return inputList === undefined ? input : (JSON.parse(artifacts.get(inputList).toString('utf8')) as ArtifactRef[]);
}

function inPieces(files: readonly ArtifactRef[]): readonly (readonly ArtifactRef[])[] {
  const pieces: ArtifactRef[][] = [[]];
  let octets = 0;
  for (const file of files) {
    const length = canonicalJson(file).length + 1;
    if (octets > 0 && octets + length > FILES_OCTETS) {
      pieces.push([]);
      octets = 0;
    }
    pieces.at(-1)!.push(file);
    octets += length;
  }
  return pieces;
}
