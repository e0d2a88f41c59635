import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import type { EntryData } from '../audit/entry.ts';
import type { Io } from '../io.ts';
import { type Ceremony, ceremonyOf, openCeremony } from '../state/ceremonies.ts';
import { WorkspaceLock } from '../workspace/lock.ts';
import { ceremonyLock } from '../workspace/paths.ts';
import { type ReadWorkspace, readWorkspace } from '../workspace/read-only.ts';
import type { NewData, SessionRequest } from '../workspace/session.ts';
import { agreedByName } from './agreed-by-name.ts';
import { type Agreement, type AgreementContext, agreementEntry, statementFor } from './agreement.ts';
import { approvedByOptions } from './approved-by.ts';
import { carryOut, endEntries, type Outcome, type StepInput, type Surroundings } from './carry-out.ts';
import { begunAt, broughtSince } from './ceremony-log.ts';
import { planOctets } from './ceremony-plan.ts';
import { CeremonySessions } from './ceremony-sessions.ts';
import { commonOptions, optionsOf } from './command-options.ts';
import { closingEntry, type ExceptionWish, exceptionEntry } from './exceptions.ts';
import { refuseOutsider } from './in-the-room.ts';
import { type Attendance, refuseNoGuest, refuseOtherFile, refuseOtherRules, refusePaused, refuseSkipped } from './may-go-on.ts';
import { ceremonyId, openingEntry, refuseHandOver, refuseOpening, refuseOther, refuseSharesAcross } from './opening.ts';
import { refuseOtherInputs } from './planned-inputs.ts';
import { type Progress, progressOf } from './progress.ts';
import { environmentHash } from './run-context.ts';
import { type RunnableScript, runnableScript } from './script/binding.ts';
import { type ConcreteStep, expandScript } from './script/expand.ts';
import { parseScript } from './script/parse-script.ts';
import { scriptHash } from './script/script-hash.ts';
import { statementOf } from './script/statement.ts';
import { shareApprovals } from './share-approvals.ts';
import { wasWorkDone } from './work-done.ts';

export interface LeaderOptions extends Omit<SessionRequest, 'command' | 'config' | 'now'> {
  /** The script. */
  readonly file: string;
  /** The program, for what its commands take. */
  readonly program: Command;
  /** Unix seconds; read at every act, for a ceremony lasts. */
  readonly clock: () => number;
  /** Seconds that the clock of the machine and that of the witness may be apart. */
  readonly clockTolerance: number;
  /** Runs a command of the program. @returns exit status */
  readonly run: (argv: readonly string[], io: Io) => Promise<number>;
  readonly checkMachine: () => EntryData['env.checked']['findings'];
  /** In a throw-away practice workspace: a script for production runs there too, and everybody agrees by name. */
  readonly isRehearsal?: boolean;
}

interface Opened {
  readonly script: RunnableScript;
  readonly id: string;
  readonly sha256: string;
  readonly lock: WorkspaceLock;
}

/**
 * Leads people through a ceremony: which step is next is told by the log alone, and what is done goes into the log before the next begins. It can
 * be killed at any moment, and begun again where it was.
 */
export class CeremonyLeader implements AsyncDisposable {
  readonly script: RunnableScript;
  readonly steps: readonly ConcreteStep[];
  readonly id: string;
  readonly #options: LeaderOptions;
  readonly #sha256: string;
  readonly #lock: WorkspaceLock;
  readonly #sessions: CeremonySessions;

  private constructor(options: LeaderOptions, io: Io, { script, id, sha256, lock }: Opened) {
    this.#options = options;
    this.script = script;
    const steps = expandScript(script);
    this.steps = options.isRehearsal === true ? agreedByName(steps) : steps;
    this.id = id;
    this.#sha256 = sha256;
    this.#lock = lock;
    const { clock, ...request } = options;
    this.#sessions = new CeremonySessions(id, request, clock, io);
  }

  /**
   * Opens the ceremony of a script, or goes on with it. One process at a time leads: the lock of ceremonies is held until this is disposed of.
   * @throws Refusal ceremony/bad-script, ceremony/not-filled, ceremony/other-log, ceremony/other-mode, ceremony/plan-changed, ceremony/changed,
   * ceremony/held-already, ceremony/separate, policy/unknown-person, workspace/locked
   */
  static async open(options: LeaderOptions, io: Io): Promise<CeremonyLeader> {
    const octets = readFileSync(options.file);
    const sha256 = scriptHash(octets);
    const parsed = parseScript(octets.toString('utf8'), options.file, { program: options.program });
    const { isRehearsal = false } = options;
    const { paths, state } = readWorkspace(options.dir);
    if (isRehearsal && state.mode !== 'practice') throw new RangeError('a rehearsal runs in a practice workspace');
    const script = runnableScript(isRehearsal ? { ...parsed, mode: 'any' } : parsed, state);
    const before = openCeremony(state.ceremonies);
    if (before !== undefined) refuseOther(before, sha256, options.file);
    using held = new DisposableStack();
    const lock = held.use(new WorkspaceLock(ceremonyLock(paths), 'ceremony run'));
    // Whoever held the lock until now may have gone on.
    const workspace = readWorkspace(options.dir);
    const found = openCeremony(workspace.state.ceremonies);
    if (found !== undefined) refuseOther(found, sha256, options.file);
    const id = found?.id ?? ceremonyId(options.clock(), sha256);
    const leader = new CeremonyLeader(options, io, { script, id, sha256, lock });
    if (found === undefined) await leader.#open(octets, workspace);
    held.move();
    return leader;
  }

  async #open(octets: Uint8Array, workspace: ReadWorkspace): Promise<void> {
    const { script } = this;
    const plan = refuseOpening(script, this.#sha256, workspace, this.#options);
    const environment = environmentHash(workspace, script);
    await this.#sessions.write('open', 'opening', ({ artifacts }) => {
      artifacts.put(planOctets(plan), 'plan.json');
      return [['ceremony.opened', openingEntry(this.id, script, artifacts.put(octets, `${script.name}.yaml`), environment)]];
    });
  }

  /** Read anew from the log. */
  get ceremony(): Ceremony {
    return ceremonyOf(this.workspace().state, this.id);
  }

  workspace(): ReadWorkspace {
    return readWorkspace(this.#options.dir);
  }

  progress(): Progress {
    return progressOf(this.steps, this.ceremony);
  }

  now(): number {
    return this.#options.clock();
  }

  /** The text that a person signs to agree, if this is the moment. @throws Refusal ceremony/… */
  statement(agreement: Agreement): string {
    const context = this.#agreementContext(this.workspace());
    return statementOf(statementFor(context, agreement));
  }

  /** @throws Refusal as agreementEntry */
  async agree(agreement: Agreement): Promise<void> {
    const { step } = this.#agreementContext(this.workspace());
    await this.#sessions.write('agree', step.id, () => [
      ['approval.given', agreementEntry(this.#agreementContext(this.workspace()), agreement)],
    ]);
  }

  /** @throws Refusal ceremony/not-in-role, ceremony/not-present */
  async refuse(person: string, reason: string): Promise<void> {
    const step = this.#current();
    refuseOutsider(this.ceremony, person);
    await this.#sessions.write('refuse', step.id, () => [['approval.refused', { ceremony: this.id, step: step.id, person, reason }]]);
  }

  /** The people in the room, one entry each that changes something. @throws Refusal ceremony/not-in-role */
  async attend(people: readonly Attendance[]): Promise<void> {
    const { ceremony } = this;
    for (const one of people) refuseNoGuest(ceremony, one);
    const changed = new Map(people.map((one) => [one.person, one]));
    for (const { person, act } of people) if ((ceremony.present[person] === true) === (act === 'came')) changed.delete(person);
    if (changed.size === 0) return;
    await this.#sessions.write('attendance', this.#current().id, () =>
      [...changed.values()].map((one): NewData => ['ceremony.attendance', { ceremony: this.id, ...one }]),
    );
  }

  /**
   * The step begins: from now on people agree to it. Where it failed or was interrupted, another attempt, and they agree anew; but where the
   * command that was interrupted had done its work, the step ends with that.
   * @throws Refusal ceremony/out-of-turn, ceremony/paused, ceremony/rules-changed, ceremony/separate
   */
  async begin(): Promise<void> {
    const { current, stage } = this.#turn();
    if (current === undefined || stage === 'agreeing' || stage === 'ready' || stage === 'carried-out') throw outOfTurn('begin', stage);
    this.#refuseSharesAcross(this.ceremony.people);
    const { attempts = 0, command } = this.ceremony.steps[current.id] ?? {};
    const interrupted = stage === 'interrupted' ? command?.session : undefined;
    // The session that opens now has looked at the tokens first, if the command had only told what it was about to do.
    await this.#sessions.write('begin', current.id, (session) =>
      interrupted !== undefined && current.do.kind === 'command' && wasWorkDone(session.log.content, current.do.argv, interrupted)
        ? endEntries(this.id, current, DONE_BEFORE, session)
        : [['ceremony.step.begun', { ceremony: this.id, step: current.id, attempt: attempts + 1 }]],
    );
  }

  /**
   * Carries the step out that is next. What it came to is in the log when this returns.
   * @throws Refusal ceremony/out-of-turn, ceremony/paused, ceremony/rules-changed, ceremony/changed, ceremony/input-changed,
   * ceremony/input-missing; pin/…, token/… where shares are brought, and do not make the PIN
   */
  async carryOut(input: StepInput): Promise<Outcome> {
    const { current, stage } = this.#turn();
    if (current === undefined || (stage !== 'ready' && stage !== 'carried-out')) throw outOfTurn('carry out', stage);
    if (stage === 'carried-out') return await this.#finish(current, DONE_BEFORE);
    this.#refuseChanged(current);
    const missing = current.confirm?.by === 'share' ? await this.#bringShares(current) : undefined;
    if (missing !== undefined) return await this.#finish(current, { outcome: 'failed', text: missing, entries: [] });
    if (current.do.kind === 'check' && current.do.what === 'continuity') return await this.#finishWithin(current, input);
    return await this.#finish(current, await carryOut(current, input, this.#surroundings(current)));
  }

  /**
   * Goes on without a step: an exception says why. Approval is never skipped: the names on an exception are typed, and nobody has signed them.
   * @throws Refusal ceremony/not-skipped, ceremony/paused, ceremony/exception-incomplete, ceremony/not-in-role, ceremony/not-present
   */
  async skip(wish: ExceptionWish): Promise<void> {
    const step = this.#current();
    refuseSkipped(step);
    await this.#sessions.write('skip', step.id, () => {
      const exception = exceptionEntry(this.ceremony, step.id, wish);
      return [
        ['ceremony.exception', exception],
        ['ceremony.step.ended', { ceremony: this.id, step: step.id, outcome: 'skipped', text: `skipped by exception ${exception.number}` }],
      ];
    });
  }

  async except(wish: ExceptionWish): Promise<void> {
    const step = this.progress().current?.id ?? 'end';
    await this.#sessions.write('exception', step, () => [['ceremony.exception', exceptionEntry(this.ceremony, step, wish)]]);
  }

  async closeException(number: number, text: string, agreed: readonly string[]): Promise<void> {
    const step = this.progress().current?.id ?? 'end';
    await this.#sessions.write('close exception', step, () => [
      ['ceremony.exception.closed', closingEntry(this.ceremony, number, text, agreed)],
    ]);
  }

  async pause(reason: string): Promise<void> {
    await this.#sessions.write('pause', this.progress().current?.id ?? 'end', () => [['ceremony.paused', { ceremony: this.id, reason }]]);
    await this.#sessions.tokens.drop();
  }

  async resume(): Promise<void> {
    if (this.ceremony.paused === undefined) return;
    const next = this.progress().current;
    const text = next === undefined ? 'no step is left' : `step ${next.id} is next`;
    await this.#sessions.write('resume', next?.id ?? 'end', () => [['ceremony.resumed', { ceremony: this.id, text }]]);
  }

  /** Another person takes a role over. @throws Refusal policy/unknown-person, ceremony/not-in-role, ceremony/separate */
  async handOver(role: string, from: string, to: string, reason: string): Promise<void> {
    const { people } = this.ceremony;
    refuseHandOver(this.script, this.ceremony, this.workspace().config, { role, from, to });
    this.#refuseSharesAcross({ ...people, [role]: [...people[role]!.filter((one) => one !== from), to] });
    await this.#sessions.write('handover', this.progress().current?.id ?? 'end', () => [
      ['ceremony.handover', { ceremony: this.id, role, from, to, reason }],
    ]);
  }

  async abort(reason: string): Promise<void> {
    await this.#sessions.write('abort', this.progress().current?.id ?? 'end', () => [
      ['ceremony.ended', { ceremony: this.id, outcome: 'aborted', reason }],
    ]);
  }

  /** All steps have ended. @throws Refusal ceremony/out-of-turn, ceremony/open-exceptions */
  async end(): Promise<void> {
    const { current, stage } = this.progress();
    if (current !== undefined) throw outOfTurn('end the ceremony', stage);
    const open = this.ceremony.exceptions.filter(({ closed }) => closed === undefined);
    if (open.length > 0) {
      throw new Refusal(
        'ceremony/open-exceptions',
        `${open.length} exceptions are open: ${open.map(({ number, what }) => `${number} (${what})`).join(', ')}`,
        'close them: say what was done, or what will be done, and who agrees',
      );
    }
    await this.#sessions.write('end', 'end', () => [['ceremony.ended', { ceremony: this.id, outcome: 'done' }]]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _lock = this.#lock;
    await this.#sessions[Symbol.asyncDispose]();
  }

  #current(): ConcreteStep {
    const { current, stage } = this.progress();
    if (current === undefined) throw outOfTurn('do anything more', stage);
    refusePaused(this.ceremony);
    return current;
  }

  /** Where it stands, if it may go on. @throws Refusal ceremony/paused, ceremony/rules-changed */
  #turn(): Progress {
    const { state, content } = this.workspace();
    const ceremony = ceremonyOf(state, this.id);
    refusePaused(ceremony);
    refuseOtherRules(content, this.id);
    return progressOf(this.steps, ceremony);
  }

  #agreementContext({ state, config, content }: ReadWorkspace): AgreementContext {
    refuseOtherRules(content, this.id);
    const ceremony = ceremonyOf(state, this.id);
    const { current, stage } = progressOf(this.steps, ceremony);
    if (current === undefined || (stage !== 'agreeing' && stage !== 'ready')) throw outOfTurn('agree', stage);
    const { mode, origin } = state;
    const begun = begunAt(content, this.id, current.id);
    return { ceremony, step: current, people: config.people, mode, origin, tree: content.tree, begun, now: this.now() };
  }

  #surroundings(step: ConcreteStep): Surroundings {
    const { run, clockTolerance, checkMachine } = this.#options;
    return {
      ceremony: this.ceremony,
      needs: Object.fromEntries(Object.entries(this.script.roles).map(([role, { need }]) => [role, need])),
      run,
      io: this.#sessions.ioOf(step.id),
      now: this.now(),
      clockTolerance,
      checkMachine,
      commonOptions: (argv) => this.#commandOptions(step, argv),
    };
  }

  /** Where, who, when, and by whose agreement, as far as the command takes them. */
  #commandOptions(step: ConcreteStep, argv: readonly string[]): readonly string[] {
    const { dir, as, nowGiven, program, isRehearsal = false } = this.#options;
    const takes = optionsOf(program, argv);
    const given = { ...(dir === undefined ? {} : { dir }), ...(as === undefined ? {} : { as }), ...(nowGiven ? { now: this.now() } : {}) };
    const common = commonOptions(takes, given);
    if (!takes.has('--approved-by')) return common;
    const { config, state } = this.workspace();
    const context = { steps: this.steps, ceremony: ceremonyOf(state, this.id), quorums: config.quorums, isRehearsal };
    return [...common, ...approvedByOptions(step, argv, takes, context)];
  }

  /** Continuity is held against the log under its lock. */
  async #finishWithin(step: ConcreteStep, input: StepInput): Promise<Outcome> {
    const told: Outcome[] = [];
    const around = this.#surroundings(step);
    await this.#sessions.hold('check', step.id, async (session) => {
      const outcome = await carryOut(step, input, around, session);
      session.appendAll(endEntries(this.id, step, outcome, session));
      told.push(outcome);
    });
    return told[0]!;
  }

  async #finish(step: ConcreteStep, outcome: Outcome): Promise<Outcome> {
    await this.#sessions.write('end step', step.id, (session) => endEntries(this.id, step, outcome, session));
    return outcome;
  }

  /**
   * The tokens are opened anew, so that people bring their shares for this step, before anything of it is done: who brought one has agreed.
   * @returns who is missing, in words
   */
  async #bringShares(step: ConcreteStep): Promise<string | undefined> {
    await this.#sessions.tokens.drop();
    const before = this.workspace().content.tree.size;
    await this.#sessions.openTokens(step.id);
    const { approvals, missing } = shareApprovals(step, this.ceremony, this.workspace().content, before);
    const given = (this.ceremony.steps[step.id]?.approvals ?? []).map(({ person }) => person);
    const fresh = approvals.filter(({ person }) => !given.includes(person));
    if (fresh.length > 0) await this.#sessions.write('agree', step.id, () => fresh.map((data): NewData => ['approval.given', data]));
    return missing;
  }

  /** @throws Refusal ceremony/separate */
  #refuseSharesAcross(people: Ceremony['people']): void {
    const { state, content } = this.workspace();
    refuseSharesAcross(this.script, people, [...Object.values(state.shareSets), ...broughtSince(content, this.id)]);
  }

  /** What lies there is what was approved: the script, and what its command reads. @throws Refusal ceremony/changed, ceremony/input-changed */
  #refuseChanged({ do: act }: ConcreteStep): void {
    refuseOtherFile(this.#options.file, this.#sha256);
    if (act.kind === 'command') refuseOtherInputs(act.argv, this.ceremony, this.script, this.workspace());
  }
}

const DONE_BEFORE: Outcome = { outcome: 'done', text: 'its command had done its work before the program ended', entries: [] };

function outOfTurn(what: string, stage: Progress['stage']): Refusal {
  return new Refusal(
    'ceremony/out-of-turn',
    `to ${what} is not the next thing: the step is ${stage}`,
    'follow the screen: it tells what comes next',
  );
}
