import { existsSync, readFileSync } from 'node:fs';
import { type LogContent, readLog } from '../audit/log.ts';
import type { Config } from '../config/config.ts';
import { loadState } from '../state/snapshot.ts';
import type { State } from '../state/state.ts';
import { ArtifactStore } from './artifacts.ts';
import { findWorkspace } from './find.ts';
import { type WorkspacePaths, workspacePaths } from './paths.ts';
import { configInForce } from './session.ts';

/** A workspace that is only looked at: no lock, no token, nothing is written. */
export interface ReadWorkspace {
  readonly paths: WorkspacePaths;
  readonly content: LogContent;
  readonly state: State;
  readonly artifacts: ArtifactStore;
  /** The configuration in force. */
  readonly config: Config;
  /** coldsign.yaml is not what is in force. */
  readonly isConfigPending: boolean;
}

/** @throws Refusal workspace/not-found, workspace/no-log, audit/… */
export function readWorkspace(dir: string | undefined): ReadWorkspace {
  const paths = workspacePaths(findWorkspace(dir));
  return workspaceOver(paths, readLog(paths.audit));
}

/** The same over a log that was read already. @throws Refusal workspace/no-log, audit/… */
export function workspaceOver(paths: WorkspacePaths, content: LogContent): ReadWorkspace {
  const state = loadState(content, paths.snapshot);
  const artifacts = new ArtifactStore(paths.artifacts);
  const config = configInForce(state, artifacts, paths);
  const text = existsSync(paths.config) ? readFileSync(paths.config) : undefined;
  const isConfigPending = text === undefined || !artifacts.get(state.config!).equals(text);
  return { paths, content, state, artifacts, config, isConfigPending };
}
