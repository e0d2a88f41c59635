import type { ReadWorkspace } from '../workspace/read-only.ts';
import type { LogFile } from './log-file.ts';

/** A workspace as the screens look at it: state and configuration in memory, the log on the disk. */
export interface View extends ReadWorkspace {
  /** The same as the content. */
  readonly log: LogFile;
}
