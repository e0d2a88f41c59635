import type { Config } from '../config/config.ts';
import type { State } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { LogFile } from './log-file.ts';

/** A workspace as the screens look at it: state and configuration in memory, the log on the disk. */
export interface View {
  readonly paths: WorkspacePaths;
  readonly artifacts: ArtifactStore;
  readonly log: LogFile;
  readonly state: State;
  readonly config: Config;
}
