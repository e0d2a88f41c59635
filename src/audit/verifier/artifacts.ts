// Artifacts: octet by octet what the entries name.
import type { Files } from './container.ts';
import { SHA256 } from './entries.ts';
import type { ExportManifest } from './export-manifest.ts';
import type { Findings } from './findings.ts';
import type { Referenced } from './story.ts';

/** @returns how many sources of zones were left out of the export */
export function checkArtifacts(
  files: Files,
  { absent }: ExportManifest,
  references: ReadonlyMap<string, Referenced>,
  findings: Findings,
): number {
  let inputsAbsent = 0;
  for (const [path, file] of files) {
    const sha256 = path.startsWith('artifacts/') ? path.slice(10) : undefined;
    if (sha256 === undefined || !SHA256.test(sha256)) continue;
    if (file.sha256 !== sha256) findings.error('AUDIT-ARTIFACT-HASH', `${path} has the sha256 ${file.sha256}: it was changed`);
    if (!references.has(sha256)) findings.error('AUDIT-ARTIFACT-UNREFERENCED', `no entry names ${path}`);
  }
  for (const [sha256, { sizes, onlyInput, by }] of references) {
    const file = files.get(`artifacts/${sha256}`);
    const sizeHere = file === undefined ? absent.get(sha256) : file.size;
    const what = `${sha256}, which entry ${by} names,`;
    for (const size of sizes)
      if (file !== undefined && size !== sizeHere) findings.error('AUDIT-ARTIFACT-SIZE', `${what} has ${sizeHere} octets, not ${size}`);
    if (file !== undefined) continue;
    if (!absent.has(sha256)) findings.error('AUDIT-ARTIFACT-MISSING', `${what} is neither there nor listed as absent`);
    else if (onlyInput) inputsAbsent++;
    else findings.error('AUDIT-ARTIFACT-ABSENT', `${what} is absent: it was missing when the export was made`);
  }
  for (const [sha256, size] of absent) {
    const sizes = references.get(sha256)?.sizes;
    if (sizes === undefined) findings.error('AUDIT-MANIFEST-ABSENT', `MANIFEST lists ${sha256} as absent, and no entry names it`);
    else if (files.has(`artifacts/${sha256}`))
      findings.error('AUDIT-MANIFEST-ABSENT', `MANIFEST lists ${sha256} as absent, and it is there`);
    else if (size === undefined ? sizes.size > 0 : !sizes.has(size))
      findings.error(
        'AUDIT-MANIFEST-ABSENT',
        `MANIFEST lists ${sha256} as absent with ${size ?? 'no'} octets, the log says ${[...sizes].join()}`,
      );
  }
  if (inputsAbsent > 0) findings.note('AUDIT-INPUT-ABSENT', `${inputsAbsent} unsigned sources of zones were left out of the export`);
  return inputsAbsent;
}
