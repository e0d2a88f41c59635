import type { Answer, Job, Request, Summary } from '../../tui/data.ts';
import { plain } from '../audit/describe.ts';
import type { Config } from '../config/config.ts';
import { openCeremony } from '../state/ceremonies.ts';
import type { State } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { type Asked, asAsked, withAsked } from './asked.ts';
import { type CeremonyRoom, ceremonyView } from './ceremony-view.ts';
import type { ProgramLine } from './child.ts';
import { diffView } from './diff-view.ts';
import { keyRows } from './key-rows.ts';
import type { LogFile, Told } from './log-file.ts';
import { logEntry, logRows, logSearch, logVerify } from './log-query.ts';
import { type ConfigPending, configPending, OpenWorkspace } from './open-workspace.ts';
import type { CommandSource } from './outside.ts';
import { planView } from './plan-view.ts';
import { releaseView } from './release-view.ts';
import { timelineOf } from './timeline.ts';
import type { View } from './view.ts';
import { zoneContents } from './zone-contents.ts';
import { quickRows, zoneRows } from './zone-rows.ts';
import { zoneView } from './zone-view.ts';

export interface Opening {
  readonly asked?: Asked;
  /** Told while the log is read for the first time, which takes seconds where it has millions of entries. */
  readonly told?: Told;
}

/** Looks, one a second, after which a log that could not be taken in is read again. */
const MOST_LOOKS = 30;

interface Trouble {
  /** State of the file in which it came up. */
  readonly of: string;
  readonly error: unknown;
  looks: number;
}

/**
 * A workspace for the screens: held against its checkpoint when it is opened, followed from then on. Nothing is written, no lock is taken, and no token
 * is asked for anything.
 */
export class WorkspaceData implements CommandSource, View, Disposable {
  #open: OpenWorkspace;
  readonly #program: Omit<ProgramLine, 'cwd'>;
  readonly #room: CeremonyRoom | undefined;
  readonly #asked: Asked;
  /** Of which all zones were told once. */
  #shown: OpenWorkspace | undefined;
  #pending: ConfigPending | undefined;
  #trouble: Trouble | undefined;

  /**
   * @param room absent: ceremonies are not looked at
   * @throws Refusal workspace/not-found, workspace/no-log, audit/…; Fault audit/not-readable
   */
  constructor(dir: string | undefined, program: Omit<ProgramLine, 'cwd'>, room?: CeremonyRoom, { asked, told }: Opening = {}) {
    this.#open = new OpenWorkspace(dir, told);
    this.#program = program;
    this.#room = room;
    this.#asked = asked ?? { isTimeGiven: false };
  }

  get paths(): WorkspacePaths {
    return this.#open.paths;
  }

  get artifacts(): ArtifactStore {
    return this.#open.artifacts;
  }

  get state(): State {
    return this.#open.state;
  }

  get config(): Config {
    return this.#open.config;
  }

  get log(): LogFile {
    return this.#open.log;
  }

  get content(): LogFile {
    return this.#open.log;
  }

  get isConfigPending(): boolean {
    return this.#isPending().is;
  }

  get program(): ProgramLine {
    return { ...this.#program, cwd: this.paths.root };
  }

  summary(): Summary {
    const { origin, mode, size, anomalies, exceptions, session, intents } = this.state;
    const open = openCeremony(this.state.ceremonies);
    const { is: isConfigPending, trouble } = this.#isPending();
    return {
      workspace: plain(this.paths.root),
      origin: plain(origin),
      mode,
      entries: size,
      anomalies,
      exceptions,
      ...(open === undefined ? {} : { ceremony: open.id }),
      isConfigPending,
      open: [
        ...(trouble === undefined ? [] : [plain(trouble)]),
        ...(session === undefined ? [] : [`coldsign ${plain(session.command)} began ${session.time} and has not ended`]),
        ...Object.values(intents).map(({ type, time }) => `${type.replace('.intent', '')} of ${time} has no result`),
      ],
    };
  }

  /**
   * What cannot be taken in is told at every look, and tried again when the file is another one, or now and then.
   * @throws Refusal, Fault as opening it does
   */
  refresh(): boolean {
    const change = this.log.look();
    const of = change === 'other' ? `other ${this.log.place()}` : 'same';
    const trouble = this.#trouble;
    if (change !== 'grown' && trouble?.of === of && trouble.looks++ < MOST_LOOKS) throw trouble.error;
    this.#trouble = undefined;
    if (change === 'same' && trouble === undefined) return false;
    const { size } = this.state;
    try {
      if (change === 'other') this.#reopen();
      else this.#open.follow();
      return change === 'other' || trouble !== undefined || this.state.size > size;
    } catch (error) {
      this.#trouble = { of, error, looks: 0 };
      // What came before it is there to be shown; the next look tells.
      if (this.state.size > size) return true;
      throw error;
    }
  }

  async load(request: Request, now: number, job: Job): Promise<Answer> {
    return withAsked(await this.#answer(request, now, job), this.#room?.commands, this.#asked, now);
  }

  argvOf(argv: readonly string[], now: number): readonly string[] {
    return asAsked(argv, this.#room?.commands, this.#asked, now);
  }

  async #answer(request: Request, now: number, job: Job): Promise<Answer> {
    switch (request.of) {
      case 'zones-quick':
        return { of: 'zones-quick', zones: quickRows(this, now) };
      case 'zones':
        return await this.#zones(now, job);
      case 'zone':
        return zoneView(this, request.zone, now);
      case 'contents':
        return { of: 'contents', zone: request.zone, contents: await zoneContents(this, request.zone, job) };
      case 'keys':
        return await keyRows(this, job);
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
    this.#open[Symbol.dispose]();
  }

  async #zones(now: number, job: Job): Promise<Answer> {
    const open = this.#open;
    const partly = (answer: Answer): void => job.partly?.(withAsked(answer, this.#room?.commands, this.#asked, now));
    const zones = await zoneRows(
      open,
      now,
      { progress: (progress) => job.progress(progress), partly, signal: job.signal },
      this.#shown !== open,
    );
    this.#shown = open;
    return { of: 'zones', zones };
  }

  /** Another log is in the place of the one that was read: all that was made of it is forgotten. */
  #reopen(): void {
    const next = new OpenWorkspace(this.paths.root);
    this.#open[Symbol.dispose]();
    this.#open = next;
    this.#pending = undefined;
  }

  #isPending(): ConfigPending {
    this.#pending = configPending(this.#open, this.#pending);
    return this.#pending;
  }
}
