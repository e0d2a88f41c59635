import { existsSync, readFileSync, statSync } from 'node:fs';
import { Fault } from '../../signer/errors.ts';
import type { ArtifactRef } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import { applyEntry, type State } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import { findWorkspace } from '../workspace/find.ts';
import { type WorkspacePaths, workspacePaths } from '../workspace/paths.ts';
import { workspaceOver } from '../workspace/read-only.ts';
import { sealedHead } from '../workspace/sealed-head.ts';
import { configInForce } from '../workspace/session.ts';
import { LogFile, type Told } from './log-file.ts';
import type { View } from './view.ts';

/**
 * A workspace that was held against its checkpoint, and follows its log: the state is a fold over the entries, so what is appended is applied to it.
 * It is over when the log is not the one any more that was read; then another is opened.
 */
export class OpenWorkspace implements View, Disposable {
  readonly paths: WorkspacePaths;
  readonly log: LogFile;
  readonly state: State;
  readonly artifacts: ArtifactStore;
  #config: Config;

  /**
   * @param told while it is opened, not later
   * @throws Refusal workspace/not-found, workspace/no-log, audit/…; Fault audit/…
   */
  constructor(dir: string | undefined, told?: Told) {
    this.paths = workspacePaths(findWorkspace(dir));
    let tell = told;
    this.log = new LogFile(this.paths.audit, (...how) => tell?.(...how));
    try {
      const { state, artifacts, config } = workspaceOver(this.paths, this.log);
      this.state = state;
      this.artifacts = artifacts;
      this.#config = config;
      sealedHead(this);
    } catch (error) {
      this.log[Symbol.dispose]();
      throw error;
    } finally {
      tell = undefined;
    }
  }

  get content(): LogFile {
    return this.log;
  }

  get config(): Config {
    return this.#config;
  }

  get isConfigPending(): boolean {
    return configPending(this).is;
  }

  /**
   * Takes in what was appended, as far as it can be understood, and holds the log against the checkpoint that came with it.
   * @throws Refusal audit/bad-entry, audit/unknown-entry, and those of checkpoints; Fault audit/…
   */
  follow(): void {
    const before = this.state.config;
    try {
      this.log.grow((entry) => applyEntry(this.state, entry));
    } finally {
      // What was taken counts, whatever came behind it.
      if (this.state.config !== before) this.#config = configInForce(this.state, this.artifacts, this.paths);
    }
    sealedHead(this);
  }

  [Symbol.dispose](): void {
    this.log[Symbol.dispose]();
  }
}

/** Whether coldsign.yaml is what is in force, as it was found when it was looked at. */
export interface ConfigPending {
  /** What it hangs on; where that is the same, so is the rest. */
  readonly of: string;
  readonly is: boolean;
  /** Why that cannot be told. */
  readonly trouble?: string;
}

/** @param known what was found before: files are read again only where something has changed */
export function configPending(
  { paths, state, artifacts }: Pick<View, 'paths' | 'state' | 'artifacts'>,
  known?: ConfigPending,
): ConfigPending {
  const of = `${standing(paths.config)} ${state.config?.sha256}`;
  if (known?.of === of) return known;
  try {
    return { of, is: !isInForce(paths.config, artifacts, state.config) };
  } catch (error) {
    const why = error instanceof Fault ? error.message : `${paths.config} cannot be read (${(error as NodeJS.ErrnoException).code})`;
    return { of, is: false, trouble: why };
  }
}

function standing(path: string): string {
  try {
    const stat = statSync(path);
    return `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code}`;
  }
}

function isInForce(path: string, artifacts: ArtifactStore, config: ArtifactRef | undefined): boolean {
  return existsSync(path) && config !== undefined && artifacts.get(config).equals(readFileSync(path));
}
