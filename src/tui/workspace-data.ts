import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Answer, DataSource, Job, Request, Summary } from '../../tui/data.ts';
import { plain } from '../audit/describe.ts';
import type { Config } from '../config/config.ts';
import { openCeremony } from '../state/ceremonies.ts';
import { applyEntry, type State } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { configInForce } from '../workspace/session.ts';
import { type CeremonyRoom, ceremonyView } from './ceremony-view.ts';
import type { ProgramLine } from './child.ts';
import { diffView } from './diff-view.ts';
import { keyRows } from './key-rows.ts';
import { LogFile } from './log-file.ts';
import { logEntry, logRows, logSearch, logVerify } from './log-query.ts';
import { planView } from './plan-view.ts';
import { releaseView } from './release-view.ts';
import { timelineOf } from './timeline.ts';
import type { View } from './view.ts';
import { zoneContents } from './zone-contents.ts';
import { quickRows, zoneRows } from './zone-rows.ts';
import { zoneView } from './zone-view.ts';

/**
 * A workspace for the screens: held against its checkpoint when it is opened, followed from then on. Nothing is written, no lock is taken, and no token
 * is asked for anything.
 */
export class WorkspaceData implements DataSource, View, Disposable {
  readonly paths: WorkspacePaths;
  readonly artifacts: ArtifactStore;
  readonly log: LogFile;
  readonly state: State;
  #config: Config;
  #program: Omit<ProgramLine, 'cwd'>;
  readonly #room: CeremonyRoom | undefined;
  #pending: { readonly of: string; readonly is: boolean } | undefined;

  /**
   * @param room absent: ceremonies are not looked at
   * @throws Refusal workspace/not-found, workspace/no-log, audit/…; Fault audit/not-readable
   */
  constructor(dir: string | undefined, program: Omit<ProgramLine, 'cwd'>, room?: CeremonyRoom) {
    const { paths, content, state, artifacts, config } = readSealedWorkspace(dir);
    this.paths = paths;
    this.artifacts = artifacts;
    this.state = state;
    this.#config = config;
    this.#program = program;
    this.#room = room;
    this.log = new LogFile(paths.entries, content.lineEnds);
  }

  get config(): Config {
    return this.#config;
  }

  get program(): ProgramLine {
    return { ...this.#program, cwd: this.paths.root };
  }

  summary(): Summary {
    const { origin, mode, size, anomalies, exceptions, session, intents } = this.state;
    const open = openCeremony(this.state.ceremonies);
    return {
      workspace: plain(this.paths.root),
      origin: plain(origin),
      mode,
      entries: size,
      anomalies,
      exceptions,
      ...(open === undefined ? {} : { ceremony: open.id }),
      isConfigPending: this.#isConfigPending(),
      open: [
        ...(session === undefined ? [] : [`coldsign ${plain(session.command)} began ${session.time} and has not ended`]),
        ...Object.values(intents).map(({ type, time }) => `${type.replace('.intent', '')} of ${time} has no result`),
      ],
    };
  }

  refresh(): boolean {
    const entries = this.log.grown();
    for (const entry of entries) applyEntry(this.state, entry);
    if (entries.some(({ type }) => type === 'policy.loaded')) this.#config = configInForce(this.state, this.artifacts, this.paths);
    return entries.length > 0;
  }

  async load(request: Request, now: number, job: Job): Promise<Answer> {
    switch (request.of) {
      case 'zones-quick':
        return { of: 'zones-quick', zones: quickRows(this, now) };
      case 'zones':
        return { of: 'zones', zones: await zoneRows(this, now, job) };
      case 'zone':
        return zoneView(this, request.zone, now);
      case 'contents':
        return { of: 'contents', zone: request.zone, contents: await zoneContents(this, request.zone, job) };
      case 'keys':
        return keyRows(this);
      case 'timeline':
        return await timelineOf(this, request.zone, now, job);
      case 'plan':
        return planView(this, request.zone, now);
      case 'ceremony':
        return this.#room === undefined ? { of: 'ceremony' } : ceremonyView(this, now, this.#room);
      case 'log-rows':
        return logRows(this, request.numbers);
      case 'log-search':
        return await logSearch(this, request.query, now, job);
      case 'log-entry':
        return logEntry(this, request.seq);
      case 'log-verify':
        return await logVerify(this, job);
      case 'release':
        return releaseView(this, request.zone, request.serial);
      case 'diff':
        return await diffView(this, this.program, request.zone, request.serial, job);
      default:
        return request satisfies never;
    }
  }

  [Symbol.dispose](): void {
    this.log[Symbol.dispose]();
  }

  /** Read again only where the file or what is in force has changed. */
  #isConfigPending(): boolean {
    const { config } = this.paths;
    const stat = statSync(config, { throwIfNoEntry: false });
    const of = `${stat?.mtimeMs} ${stat?.size} ${this.state.config?.sha256}`;
    if (this.#pending?.of !== of) {
      const isSame = existsSync(config) && this.artifacts.get(this.state.config!).equals(readFileSync(config));
      this.#pending = { of, is: !isSame };
    }
    return this.#pending.is;
  }
}
