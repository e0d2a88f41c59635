import { checkArtifacts } from './artifacts.ts';
import { checkCheckpoints } from './checkpoints.ts';
import { type Files, filesInMemory, openContainer } from './container.ts';
import { checkManifest } from './export-manifest.ts';
import { Findings } from './findings.ts';
import { chooseKeys } from './notes.ts';
import { checkOld, type OldEvidence, readOld } from './older-evidence.ts';
import { type Asked, parseOptions } from './questions.ts';
import type { VerifyOptions, VerifyReport } from './report.ts';
import { readEntries, Story } from './story.ts';
import { readLines, treeOf } from './tree.ts';
import { conclude } from './verdict.ts';

/**
 * @param path of the archive, or of the folder that it was unpacked to
 * @throws VerifierUsage when the path or an option is wrong; never for what is in the export
 */
export function verifyExport(path: string, options: VerifyOptions = {}): VerifyReport {
  const findings = new Findings();
  const asked = parseOptions(options);
  const container = openContainer(path, findings);
  try {
    const old = options.since === undefined ? asked.words : readOld(options.since, findings);
    return verifyOpened(container.files, asked, old, findings);
  } finally {
    container.close();
  }
}

/** The same over files in memory, named by their paths in the export. For tests and for programs that have read the export already. */
export function verifyFiles(contents: ReadonlyMap<string, Uint8Array>, options: Omit<VerifyOptions, 'since'> = {}): VerifyReport {
  const asked = parseOptions(options);
  return verifyOpened(filesInMemory(contents), asked, asked.words, new Findings());
}

function verifyOpened(files: Files, asked: Asked, old: OldEvidence | 'unreadable' | undefined, findings: Findings): VerifyReport {
  const manifest = checkManifest(files, findings);
  const lines = readLines(files, findings);
  const tree = treeOf(lines);
  const story = new Story({ files, findings });
  const genesis = readEntries(lines, story, findings);
  const keys = chooseKeys(files, genesis, asked, findings);
  const checkpoints = checkCheckpoints(files, keys, tree, findings);
  story.end(keys, tree, checkpoints.cosigned);
  const inputsAbsent = checkArtifacts(files, manifest, story.references, findings);
  const continuity = old === undefined ? 'unchecked' : checkOld(old, { keys, lines, tree }, findings);
  return conclude({ files, findings, asked, keys, tree, checkpoints, story, inputsAbsent, continuity, old });
}
