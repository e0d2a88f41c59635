import type { Command } from 'commander';
import { Refusal } from '../../../signer/errors.ts';
import type { Ceremony } from '../../state/ceremonies.ts';
import type { ArtifactStore } from '../../workspace/artifacts.ts';
import { parseScript } from '../script/parse-script.ts';
import type { Script } from '../script/script.ts';

/** Undefined: it was written for another version of the program, which had other commands; the log tells what was done all the same. */
export type ParsedScript = Script | undefined;

/** The script as it was approved. @throws Fault audit/artifact-missing, audit/artifact-changed */
export function scriptOfCeremony({ script }: Ceremony, artifacts: ArtifactStore, program: Command): ParsedScript {
  try {
    return parseScript(artifacts.get(script).toString('utf8'), script.name, { program });
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
