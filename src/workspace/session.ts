import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { LoginRules } from '../../keystore/pin/pin.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { type Clock, guardClock, readMachineClock } from '../audit/clock.ts';
import { type Actor, CATEGORY, type EntryData, type EntryType } from '../audit/entry.ts';
import { AuditLog, type NewEntry } from '../audit/log.ts';
import type { NoteSigner } from '../audit/note-key.ts';
import { writeTiles } from '../audit/tiles.ts';
import { parseVkey, type VerifierKey } from '../audit/vkey.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { loadState, saveSnapshot } from '../state/snapshot.ts';
import { applyEntry, type State } from '../state/state.ts';
import { BUILT, VERSION } from '../version.ts';
import { ArtifactStore } from './artifacts.ts';
import { openAuditSigner } from './audit-signer.ts';
import { findWorkspace } from './find.ts';
import { checkHead, storeHead } from './head.ts';
import { WorkspaceLock } from './lock.ts';
import { type WorkspacePaths, workspacePaths } from './paths.ts';
import { programHash } from './program-hash.ts';
import { removeRemains } from './remains.ts';
import { resolveIntents } from './resolve.ts';
import { WorkspaceTokens } from './tokens.ts';

export interface SessionRequest {
  readonly dir?: string;
  /** Noun and verb, as the log tells them. */
  readonly command: string;
  /** Who acts; default: the user of the operating system. */
  readonly as?: string;
  /** Unix seconds. */
  readonly now: number;
  /** `now` was given by hand: for practice workspaces only. */
  readonly nowGiven: boolean;
  readonly pinFd?: number;
  readonly shareFd?: number;
  readonly forceFinalTry?: boolean;
  readonly threads?: number;
  /** The configuration file that is about to take effect: its tokens are used in place of those of the one in force. */
  readonly config?: Config;
}

/**
 * Runs a command that changes the workspace: lock, log held against checkpoint and token, clock guarded, what an interrupted command left
 * resolved; then the command; then the session closed and the head of the log signed, whatever the command came to.
 * @returns exit status of `use`
 */
export async function withSession(request: SessionRequest, io: Io, use: (session: Session) => Promise<number>): Promise<number> {
  const paths = workspacePaths(findWorkspace(request.dir));
  using _lock = new WorkspaceLock(paths.lock, request.command);
  removeRemains(paths);
  refuseNoLog(paths);
  using log = AuditLog.open(paths.audit);
  const state = loadState(log.content, paths.snapshot);
  refuseGivenTime(request, state);
  const artifacts = new ArtifactStore(paths.artifacts);
  const inForce = configInForce(state, artifacts, paths);
  const wanted = { ...request, uris: (request.config ?? inForce).tokens, login: loginRules(request, paths, state) };
  await using own = io.within === undefined ? new WorkspaceTokens(wanted, io) : undefined;
  const tokens = own ?? (await io.within!.tokens.take(wanted, io));
  const vkey = parseVkey(state.vkey);
  refuseUnsigned(log.checkSigned([vkey]), log.size);
  const signer = await openAuditSigner(await tokens.keystore('audit'), state);
  const session = new Session({ request, io, paths, log, state, artifacts, config: inForce, tokens, vkey, signer });
  await session.open();
  try {
    const status = await use(session);
    await session.close(OUTCOMES[status] ?? 'refused');
    return status;
  } catch (error) {
    await session.closeAfter(error);
    // A token that failed stays failed until it is opened anew.
    if (error instanceof Fault) await io.within?.tokens.drop();
    throw error;
  }
}

/** By exit status. */
const OUTCOMES: Readonly<Record<number, EntryData['session.close']['outcome']>> = { 0: 'done', 3: 'failed' };

interface Parts {
  readonly request: SessionRequest;
  readonly io: Io;
  readonly paths: WorkspacePaths;
  readonly log: AuditLog;
  readonly state: State;
  readonly artifacts: ArtifactStore;
  readonly config: Config;
  readonly tokens: WorkspaceTokens;
  readonly vkey: VerifierKey;
  readonly signer: NoteSigner;
}

/** A workspace that is open for one command. */
export class Session {
  readonly id: string;
  readonly paths: WorkspacePaths;
  readonly log: AuditLog;
  readonly state: State;
  readonly artifacts: ArtifactStore;
  /** The configuration in force: the one that was applied last, not the file. */
  readonly config: Config;
  readonly tokens: WorkspaceTokens;
  readonly vkey: VerifierKey;
  readonly signer: NoteSigner;
  /** Unix seconds, when the command began. */
  readonly now: number;
  /** It is not the machine's time: a rehearsal. */
  readonly isTimeGiven: boolean;
  readonly io: Io;
  readonly #request: SessionRequest;
  readonly #clock: Clock = readMachineClock();
  readonly #started = performance.now();
  readonly #actor: Actor;

  /** Made by {@link withSession}. */
  constructor(parts: Parts) {
    const { request } = parts;
    this.#request = request;
    this.paths = parts.paths;
    this.log = parts.log;
    this.state = parts.state;
    this.artifacts = parts.artifacts;
    this.config = parts.config;
    this.tokens = parts.tokens;
    this.vkey = parts.vkey;
    this.signer = parts.signer;
    this.io = parts.io;
    this.now = request.now;
    this.isTimeGiven = request.nowGiven;
    this.id = sessionId(request.now);
    this.#actor = actorOf(request.as, parts.config);
  }

  /** Appends one entry; it is on the disk when this returns. @returns its seq */
  append<T extends EntryType>(type: T, data: EntryData[T]): number {
    return this.appendAll([[type, data] as unknown as NewData]);
  }

  /** Several entries with one fsync. @returns the seq of the last one */
  appendAll(entries: readonly NewData[]): number {
    for (const entry of this.log.append(entries.map(([type, data]) => this.#entry(type, data)))) applyEntry(this.state, entry);
    return this.log.size - 1;
  }

  /** Signs the head of the log. The token keeps it too, if `head`, as far as it can. */
  async checkpoint({ head = false } = {}): Promise<void> {
    const { note: signed } = await this.log.checkpoint([this.signer]);
    if (head) await storeHead(await this.tokens.keystore('audit'), this.state.origin, signed);
  }

  /** @internal */
  async open(): Promise<void> {
    const { command, now } = this.#request;
    const keystore = await this.tokens.keystore('audit');
    const head = await checkHead(keystore, this.state, this.log, this.vkey);
    const { jump } = guardClock({ now, ...this.#clock }, this.state.clock, BUILT);
    // Only a command that goes on to tell it cuts it off. Kept before: nothing is lost if that is interrupted.
    const { torn } = this.log.content;
    const tornLine = torn.length > 0 ? this.artifacts.put(torn, 'torn-line') : undefined;
    this.log.repairTorn();
    const within = this.io.within === undefined ? {} : { ceremony: this.io.within.ceremony, step: this.io.within.step };
    const witnessed = Math.max(-1, ...Object.values(this.state.witnessed).map(({ size }) => size));
    const opened: NewData = [
      'session.open',
      { command, version: VERSION, program: programHash(), head: head.kind, ...(witnessed < 0 ? {} : { witnessed }), ...within },
    ];
    const anomalies: NewData[] = [];
    if (tornLine !== undefined) {
      const text = `a line of ${tornLine.size} octets without end was cut off: the entry was never complete`;
      anomalies.push(['log.anomaly', { kind: 'torn-line', text, artifact: tornLine }]);
    }
    const unsigned = this.#unsignedEntries();
    if (unsigned !== undefined) anomalies.push(['log.anomaly', { kind: 'unsigned-entries', text: unsigned }]);
    if (head.anomaly !== undefined) anomalies.push(['log.anomaly', { kind: 'head', text: head.anomaly }]);
    if (jump !== undefined) anomalies.push(['clock.jump', jump]);
    for (const [, data] of anomalies) note(this.io, `warning: ${describeAnomaly(data)}`);
    const before = this.state.session;
    this.appendAll([opened, ...anomalies, ...this.#leftOut(), ...this.#combined()]);
    await this.checkpoint({ head: true });
    if (before !== undefined || Object.keys(this.state.intents).length > 0) await resolveIntents(this, before);
  }

  /** Tokens that another one of their role stood in for. */
  #leftOut(): readonly NewData[] {
    return this.tokens.takeLeftOut().map((text): NewData => ['log.anomaly', { kind: 'token-left-out', text: text.slice(0, 1000) }]);
  }

  /** Who brought the shares of PINs. */
  #combined(): readonly NewData[] {
    return this.tokens.takeCombined().map((data): NewData => ['pin.combined', data]);
  }

  /** Every command ends with a signed head, so entries behind it were left by one that was killed, or written by somebody else. */
  #unsignedEntries(): string | undefined {
    const signed = this.log.content.checkpoint?.size ?? this.log.size;
    const count = this.log.size - signed;
    if (count === 0) return undefined;
    const entries = count === 1 ? `entry ${signed} stood` : `entries ${signed} to ${this.log.size - 1} stood`;
    return `${entries} behind the signed head: left by a command that was interrupted; if none was, somebody else has written there`;
  }

  async close(outcome: EntryData['session.close']['outcome'], code?: string): Promise<void> {
    // Where only what follows the entry has failed, it stands already: a session ends once.
    if (this.state.session !== undefined) {
      const untold = [...this.#leftOut(), ...this.#combined()];
      if (untold.length > 0) this.appendAll(untold);
      const snapshot = this.#derived(() => saveSnapshot(this.state, this.paths.snapshot)) ?? 'none';
      this.append('session.close', { outcome, ...(code === undefined ? {} : { code }), snapshot });
    }
    await this.checkpoint({ head: true });
    this.#derived(() => writeTiles(this.paths.audit, this.log.content, this.log.size));
  }

  /** Snapshot and tiles are made from the log, and made anew by the next command: without them nothing is lost, and nothing has failed. */
  #derived<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      note(this.io, `warning: ${error.message}; the log is whole, and the next command makes it anew`);
      return undefined;
    }
  }

  /** Closes the session of a command that failed; what went wrong with it is what people must see, so a second failure is only told. */
  async closeAfter(error: unknown): Promise<void> {
    const outcome = error instanceof Refusal ? 'refused' : 'failed';
    const code = error instanceof Refusal || error instanceof Fault ? error.code : 'bug';
    try {
      await this.close(outcome, code);
    } catch (second) {
      note(this.io, `the session could not be closed in the log (${(second as Error).message}); the next command does it`);
    }
  }

  #entry<T extends EntryType>(type: T, data: EntryData[T]): NewEntry {
    const elapsed = performance.now() - this.#started;
    return {
      v: 1,
      time: isoText(this.now + Math.floor(elapsed / 1000)),
      mono: Math.floor(this.#clock.mono + elapsed),
      boot: this.#clock.boot,
      session: this.id,
      mode: this.state.mode,
      type,
      cat: CATEGORY[type],
      actor: this.#actor,
      data,
    } as NewEntry;
  }
}

/** For logins to tokens of the workspace. */
export function loginRules(
  { forceFinalTry }: Pick<SessionRequest, 'forceFinalTry'>,
  { refusedPins }: WorkspacePaths,
  { shareSets }: State,
): LoginRules {
  return { refusedPins, sets: Object.values(shareSets), ...(forceFinalTry === undefined ? {} : { forceFinalTry }) };
}

/** Type and data of an entry to be. */
export type NewData = { [T in EntryType]: readonly [T, EntryData[T]] }[EntryType];

function describeAnomaly(data: NewData[1]): string {
  if ('text' in data) return data.text;
  if ('since' in data) return `the clock was moved by ${data.seconds} s since ${isoText(data.since)}; it is in the log`;
  return 'see the log';
}

/** A workspace has a log from the first command on: where it is gone, none is begun in its place. */
function refuseNoLog({ entries }: WorkspacePaths): void {
  if (existsSync(entries)) return;
  throw new Refusal('audit/no-log', `there is no log: ${entries} does not exist`, 'bring audit/ back from a backup; nothing was changed');
}

/** Every session leaves a signed head: without one the log proves nothing. */
function refuseUnsigned(checkpoint: unknown, size: number): void {
  if (checkpoint !== undefined) return;
  throw new Refusal(
    'audit/no-checkpoint',
    `the log has ${size} entries and no signed checkpoint`,
    'bring audit/checkpoint and audit/checkpoints/ back from a backup or an export',
  );
}

function refuseGivenTime({ nowGiven }: SessionRequest, state: State): void {
  if (!nowGiven || state.mode === 'practice') return;
  throw new Refusal(
    'workspace/now-refused',
    '--now is given, and this is a production workspace',
    'leave --now out; to rehearse, make a practice workspace with coldsign init --practice',
  );
}

/** @throws Refusal workspace/no-log where the log has no configuration yet */
export function configInForce(state: State, artifacts: ArtifactStore, paths: WorkspacePaths): Config {
  if (state.config === undefined || state.vkey === '') {
    throw new Refusal(
      'workspace/no-log',
      `${paths.audit} holds no log of this workspace: ${state.size} entries`,
      'bring audit/ back from a backup; an interrupted coldsign init is begun anew in an empty folder',
    );
  }
  return parseConfig(artifacts.get(state.config).toString('utf8'), 'the configuration in force', paths.root);
}

function sessionId(now: number): string {
  return `${isoText(now).replace(/[-:]/g, '')}-${randomBytes(3).toString('hex')}`;
}

/** @throws Refusal policy/unknown-person where the configuration names people and this is none of them */
function actorOf(name: string | undefined, config: Config): Actor {
  if (name === undefined) return { role: 'operator', name: userInfo().username };
  const person = Object.hasOwn(config.people, name) ? config.people[name] : undefined;
  if (person !== undefined) return { role: person.roles[0] ?? 'operator', name };
  throw new Refusal(
    'policy/unknown-person',
    `--as ${name}: the configuration in force names ${Object.keys(config.people).join(', ') || 'no people'}`,
    'name one of them, or add the person under people: and run coldsign policy apply',
  );
}
