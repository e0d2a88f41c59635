// Ceremonies: that what is said of them can have happened, that people have signed what is said of them, and that they have kept to their scripts.

import { CEREMONY_CODES, isPassed, TAKEN } from './ceremony-types.ts';
import type { Files } from './container.ts';
import { type Json, type JsonObject, listOf, number, object, objectOf, type ReadEntry, text } from './entries.ts';
import type { Findings } from './findings.ts';
import { KeptScript } from './kept-script.ts';
import { show } from './octets.ts';
import { scriptOf } from './script.ts';
import { type SignedStatement, statementLines, statementProblems } from './statements.ts';
import { type Ceremony, newStep, type StepTaken } from './step-taken.ts';
import type { Tree } from './tree.ts';

/** The session that is open, as far as it belongs to a step. */
interface OfStep {
  readonly session: string;
  readonly ceremony: string;
  readonly step: string;
}

const MIN_AGREED = 2;
/** Beginning of the commands of sessions in which a ceremony itself is written. */
const LED = 'ceremony ';

export class Ceremonies {
  count = 0;
  readonly #findings: Findings;
  readonly #seen = new Set<string>();
  /** Scripts that were carried out to their end. */
  readonly #held = new Set<string>();
  #open: Ceremony | undefined;
  /** Person → vkey, by the configuration in force. */
  #keys: JsonObject = {};
  readonly #signed: SignedStatement[] = [];
  readonly #files: Files;
  #running: OfStep | undefined;
  /** Entry of an intent → step whose command has it. */
  readonly #intents = new Map<number, StepTaken>();
  /** Ceremony that the session belongs to, be it led or a command. */
  #inside: Json | undefined;
  /** Its keys are stand-ins, and nobody signs: every entry says practice, and this one session what it is for. */
  #isRehearsal = false;
  /** Ceremonies whose scripts are not here. */
  unscripted = 0;
  /** Entry of the opening → log that the script is for. */
  readonly #origins = new Map<number, string>();

  constructor(files: Files, findings: Findings) {
    this.#files = files;
    this.#findings = findings;
  }

  take(entry: ReadEntry): void {
    const { type, data } = entry;
    switch (TAKEN.get(type)) {
      case 'session':
        this.#session(entry);
        break;
      case 'act':
        this.#acted(entry);
        this.#worked(entry);
        break;
      case 'work':
        this.#worked(entry);
        break;
      case 'policy':
        this.#claimed(entry);
        this.#ofCommand(entry)?.kept?.loads(entry.index, this.#running!.step);
        this.#worked(entry);
        if (this.#open !== undefined && this.#open.id !== this.#inside) this.#open.otherRules = entry.index;
        this.#keys = objectOf(data['keys']);
        break;
      case 'shares':
        this.#shares(listOf(data['holders']));
        break;
      case 'ceremony':
        if (type === 'ceremony.opened') this.#opened(entry);
        else this.#within(entry);
        break;
      case undefined:
        break;
    }
  }

  /** What can be said only when all is read. */
  end(tree: Tree, origin: string | undefined): void {
    for (const [index, found] of this.#origins)
      if (found !== origin) this.#wrong('SCRIPT', index, `the script is for the log ${found}, and this is ${origin}`);
    for (const signed of this.#signed)
      for (const how of statementProblems(signed, tree, origin)) this.#wrong('STATEMENT', signed.index, how);
    if (this.#open !== undefined)
      this.#findings.note(
        'AUDIT-CEREMONY-OPEN',
        `the ceremony ${this.#open.id} has not ended: an export is made inside of one, or it goes on later`,
      );
  }

  #session({ index, type, session, mode, data }: ReadEntry): void {
    if (type === 'session.close') {
      const step = this.#running?.session === session ? this.#stepOf(this.#running) : undefined;
      if (step !== undefined) step.ran = data['outcome'] === 'done';
      this.#running = undefined;
      return;
    }
    this.#running = undefined;
    const [ceremony, step, command] = [data['ceremony'], data['step'], text(data, 'command')];
    this.#inside = ceremony;
    if (command === 'rehearsal keys' && mode === 'practice') this.#isRehearsal = true;
    if (typeof ceremony !== 'string' || typeof step !== 'string') {
      if (this.#open !== undefined)
        this.#findings.note(
          'AUDIT-CEREMONY-BESIDE',
          `entry ${index}: ${command} ran while the ceremony ${this.#open.id} was open, and is no part of it`,
        );
      return;
    }
    // Whoever was killed before the opening was written has opened nothing.
    if (command === `${LED}open`) return;
    if (this.#open?.id !== ceremony) {
      this.#wrong('COMMAND', index, `${command} runs in the ceremony ${ceremony}, and open is ${this.#open?.id ?? 'none'}`);
      return;
    }
    if (command.startsWith(LED)) return;
    const { steps, kept, people } = this.#open;
    const taken = steps.get(step);
    if (taken === undefined || taken.outcome !== undefined) {
      this.#wrong('COMMAND', index, `${command} runs in the step ${step}, which ${toldOf(taken)}`);
      return;
    }
    this.#running = { session, ceremony, step };
    kept?.runs(index, step, command, taken, people);
  }

  /** A command whose session does not live to close has done its work when the last entry of it is there, or the next session tells that it is. */
  #worked({ index, type, session, data }: ReadEntry): void {
    if (type === 'intent.resolved') {
      const taken = this.#intents.get(number(data, 'intent'));
      if (taken?.outcome === undefined && taken !== undefined && data['outcome'] === 'completed') taken.ran = true;
      return;
    }
    const running = this.#running?.session === session ? this.#running : undefined;
    const taken = running && this.#stepOf(running);
    if (taken === undefined) return;
    if (type.endsWith('.intent')) this.#intents.set(index, taken);
    else if (this.#open?.kept?.isLastOf(running!.step, type) === true) taken.ran = true;
  }

  /** The open ceremony, if this is in the session of a command of it. Sessions in which it is led itself do nothing else. */
  #ofCommand({ index, type, session }: ReadEntry): Ceremony | undefined {
    if (this.#open === undefined) return undefined;
    if (this.#running?.session === session) return this.#open;
    if (this.#inside === this.#open.id)
      this.#wrong('COMMAND', index, `${type} in a session in which no command of the ceremony ${this.#open.id} runs`);
    return undefined;
  }

  /** In the session of a step. */
  #acted(entry: ReadEntry): void {
    const { index, type, data } = entry;
    if (type === 'roll.started') this.#claimed(entry);
    const ceremony = this.#ofCommand(entry);
    if (ceremony === undefined) return;
    const { zone, keyTag } = objectOf(data['release'] ?? data['key'] ?? data);
    const tag = type === 'key.destroy.intent' ? keyTag : undefined;
    ceremony.kept?.acts(index, this.#running!.step, String(data['zone'] ?? zone), tag);
  }

  /** An entry of a step names people on whose agreement it relies. */
  #claimed({ index, session, data }: ReadEntry): void {
    if (this.#open === undefined || this.#running?.session !== session || data['approvals'] === undefined) return;
    this.#open.kept?.claims(index, this.#running.step, listOf(data['approvals']), this.#open.steps);
  }

  #stepOf({ ceremony, step }: OfStep): StepTaken | undefined {
    return this.#open?.id === ceremony ? this.#open.steps.get(step) : undefined;
  }

  #opened({ index, mode, data }: ReadEntry): void {
    const id = text(data, 'ceremony');
    if (this.#open !== undefined) this.#wrong('ORDER', index, `the ceremony ${id} opens, and ${this.#open.id} has not ended`);
    if (this.#seen.has(id)) this.#wrong('ORDER', index, `the ceremony ${id} opens again`);
    this.#seen.add(id);
    this.count++;
    if (this.#isRehearsal)
      this.#findings.note(
        'AUDIT-CEREMONY-REHEARSAL',
        `entry ${index}: the ceremony ${id} is a rehearsal: nobody has signed anything in it`,
      );
    const people = Object.entries(objectOf(data['people'])).map(([role, names]): [string, Set<Json>] => [role, new Set(listOf(names))]);
    const byRole = new Map(people);
    const sha256 = text(object(data, 'script'), 'sha256');
    if (this.#held.has(sha256)) this.#wrong('SCRIPT', index, `the script ${sha256} was carried out before`);
    const kept = this.#scriptOf(index, sha256);
    kept?.opened(index, mode, data, byRole);
    this.#open = {
      id,
      script: sha256,
      kept,
      plan: text(data, 'plan'),
      people: byRole,
      present: new Set(),
      steps: new Map(),
      exceptions: new Map(),
      excepted: new Set(),
      otherRules: undefined,
    };
  }

  /** Read only if it is the one that the log names. */
  #scriptOf(index: number, sha256: string): KeptScript | undefined {
    const script = scriptOf(this.#files, sha256);
    if (script === undefined) this.unscripted++;
    else if (script === 'other')
      this.#findings.error('AUDIT-CEREMONY-FORM', `entry ${index}: artifacts/${sha256} is not the filled script of a ceremony`);
    if (script === undefined || script === 'other') return undefined;
    this.#origins.set(index, script.origin);
    return new KeptScript(script, this.#isRehearsal, (code, at, how) => this.#wrong(code, at, how));
  }

  #within(entry: ReadEntry): void {
    const { index, type, data } = entry;
    const ceremony = this.#open;
    if (ceremony?.id !== text(data, 'ceremony')) {
      this.#wrong('ORDER', index, `${type} of the ceremony ${text(data, 'ceremony')}, and open is ${ceremony?.id ?? 'none'}`);
      return;
    }
    switch (type) {
      case 'ceremony.attendance':
        if (data['act'] === 'came') ceremony.present.add(text(data, 'person'));
        else ceremony.present.delete(text(data, 'person'));
        break;
      case 'ceremony.handover':
        this.#handover(ceremony, entry);
        break;
      case 'ceremony.step.begun':
        this.#goesOn(ceremony, index);
        this.#begun(ceremony, entry);
        break;
      case 'ceremony.step.ended':
        this.#ended(ceremony, entry);
        break;
      case 'approval.given':
        this.#goesOn(ceremony, index);
        this.#approval(ceremony, entry);
        break;
      case 'env.checked':
      case 'clock.checked':
      case 'continuity.checked':
        for (const step of ceremony.steps.values()) if (step.outcome === undefined && isPassed(type, data)) step.checked.add(type);
        break;
      case 'ceremony.exception':
        this.#exception(ceremony, entry);
        break;
      case 'ceremony.exception.closed':
        if (ceremony.exceptions.get(number(data, 'number')) !== true)
          this.#wrong('EXCEPTION', index, `exception ${number(data, 'number')} is closed, and was not open`);
        if (peopleIn(data) < 1) this.#wrong('EXCEPTION', index, 'an exception is closed, and nobody agreed');
        this.#inTheRoom(ceremony, index, data);
        ceremony.exceptions.set(number(data, 'number'), false);
        break;
      case 'ceremony.ended':
        this.#over(ceremony, entry);
        break;
    }
  }

  #handover({ people, kept }: Ceremony, { index, data }: ReadEntry): void {
    const holders = people.get(text(data, 'role')) ?? new Set<Json>();
    const isTaken = holders.has(text(data, 'to'));
    if (!holders.delete(text(data, 'from')) || isTaken)
      this.#wrong('ORDER', index, `${text(data, 'from')} hands ${text(data, 'role')} over to ${text(data, 'to')}, and cannot`);
    people.set(text(data, 'role'), holders.add(text(data, 'to')));
    kept?.separate(index, people);
  }

  #begun({ steps, kept }: Ceremony, { index, data }: ReadEntry): void {
    const id = text(data, 'step');
    const before = steps.get(id);
    const attempt = number(data, 'attempt');
    const other = [...steps].find(([name, { outcome }]) => name !== id && outcome === undefined)?.[0];
    if (other !== undefined) this.#wrong('ORDER', index, `the step ${id} begins, and ${other} is under way`);
    if (before?.outcome === 'done' || before?.outcome === 'skipped')
      this.#wrong('ORDER', index, `the step ${id} begins again, and was ${before.outcome}`);
    if (attempt !== (before?.attempts ?? 0) + 1)
      this.#wrong('ORDER', index, `attempt ${attempt} of the step ${id} follows attempt ${before?.attempts ?? 0}`);
    kept?.reached(index, id, steps);
    steps.set(id, newStep(attempt, index, undefined));
  }

  #ended({ steps, excepted, kept, people }: Ceremony, { index, data }: ReadEntry): void {
    const id = text(data, 'step');
    const outcome = text(data, 'outcome');
    const step = steps.get(id);
    const isUnderWay = step !== undefined && step.outcome === undefined;
    const isSkipped = outcome === 'skipped';
    const isRight = isSkipped
      ? step?.outcome !== 'done' && step?.outcome !== 'skipped'
      : isUnderWay && (outcome === 'done' || outcome === 'failed');
    if (!isRight) this.#wrong('ORDER', index, `the step ${id} ends as ${outcome}; before, it ${toldOf(step)}`);
    if (isSkipped && !excepted.has(id)) this.#wrong('EXCEPTION', index, `the step ${id} was skipped, and no exception says why`);
    if (isSkipped) kept?.skipped(index, id, steps);
    else if (isUnderWay && outcome === 'done') kept?.done(index, id, step, people);
    if (step !== undefined) step.outcome = outcome;
    else steps.set(id, newStep(0, index, outcome));
  }

  #approval(ceremony: Ceremony, { index, mode, data }: ReadEntry): void {
    const [id, person, role, by] = [text(data, 'step'), text(data, 'person'), text(data, 'role'), text(data, 'by')];
    const wrong = (what: string): void => this.#wrong('APPROVAL', index, `${person} agrees to the step ${id}, ${what}`);
    const step = ceremony.steps.get(id);
    if (step === undefined || step.outcome !== undefined) {
      wrong(`which ${toldOf(step)}`);
      return;
    }
    if (step.agreed.has(person)) wrong('for the second time');
    step.agreed.add(person);
    step.byRole.add(`${role} ${person}`);
    if (by !== 'screen') step.proved.add(person);
    ceremony.kept?.agreed(index, id, { role, by, typed: data['typed'] });
    if (ceremony.people.get(role)?.has(person) !== true) wrong(`as ${role}, and does not hold that role`);
    if (by === 'share' ? !step.holders.has(person) : !ceremony.present.has(person))
      wrong(by === 'share' ? 'by a share, and no PIN was made from one of theirs' : 'and is not in the room, by the attendance');
    if (by !== 'key' && by !== 'share' && by !== 'screen') wrong(`by ${show(by)}`);
    if (by !== 'key') return;
    const vkey = Object.hasOwn(this.#keys, person) ? String(this.#keys[person]) : '';
    const key = /^[^+]*\+[^+]*\+(.+)$/.exec(vkey)?.[1];
    if (key !== undefined && step.keys.has(key)) wrong('by a key by which another has agreed');
    if (key !== undefined) step.keys.add(key);
    const { id: name, script, plan } = ceremony;
    const lines = statementLines({ ceremony: name, mode, script, plan, step: id, person, role, typed: String(data['typed'] ?? '') });
    this.#signed.push({ index, note: String(data['note'] ?? ''), vkey, lines, begun: step.begun });
  }

  #exception(ceremony: Ceremony, { index, data }: ReadEntry): void {
    const { exceptions, excepted } = ceremony;
    const found = number(data, 'number');
    if (found !== exceptions.size + 1) this.#wrong('EXCEPTION', index, `exception ${found} follows ${exceptions.size} others`);
    if (peopleIn(data) < MIN_AGREED) this.#wrong('EXCEPTION', index, `${peopleIn(data)} people agree to exception ${found}`);
    this.#inTheRoom(ceremony, index, data);
    ceremony.otherRules = undefined;
    exceptions.set(found, true);
    excepted.add(text(data, 'step'));
  }

  #inTheRoom({ people, present }: Ceremony, index: number, data: JsonObject): void {
    const others = listOf(data['agreed']).filter(
      (one) => !present.has(String(one)) || ![...people.values()].some((names) => names.has(one)),
    );
    if (others.length > 0)
      this.#wrong('EXCEPTION', index, `to an exception agrees ${others.join(', ')}, who has no role, or is not in the room`);
  }

  /** It goes on under other rules than those under which people agreed. */
  #goesOn(ceremony: Ceremony, index: number): void {
    if (ceremony.otherRules !== undefined)
      this.#wrong(
        'EXCEPTION',
        index,
        `entry ${ceremony.otherRules}, of no step of the ceremony, has changed the rules; it goes on, and no exception tells of that`,
      );
    ceremony.otherRules = undefined;
  }

  #over({ id, script, steps, exceptions, kept }: Ceremony, { index, data }: ReadEntry): void {
    this.#open = undefined;
    const open = [...exceptions].filter(([, isOpen]) => isOpen).map(([which]) => which);
    if (data['outcome'] !== 'done') {
      if (open.length > 0)
        this.#findings.note(
          'AUDIT-CEREMONY-FOLLOW-UP',
          `the ceremony ${id} was given up, and its exceptions ${open.join(', ')} are not closed`,
        );
      return;
    }
    if (open.length > 0) this.#wrong('EXCEPTION', index, `the ceremony ends as done, and its exceptions ${open.join(', ')} are open`);
    kept?.ended(index, steps);
    this.#held.add(script);
    const left = [...steps].find(([, { outcome }]) => outcome !== 'done' && outcome !== 'skipped')?.[0];
    if (left !== undefined) this.#wrong('ORDER', index, `the ceremony ends as done, and its step ${left} ${toldOf(steps.get(left))}`);
  }

  #shares(holders: readonly Json[]): void {
    for (const step of this.#open?.steps.values() ?? [])
      if (step.outcome === undefined) for (const holder of holders) step.holders.add(String(holder));
  }

  #wrong(what: keyof typeof CEREMONY_CODES, index: number, how: string): void {
    this.#findings.error(CEREMONY_CODES[what], `entry ${index}: ${how}`);
  }
}

const toldOf = (step: StepTaken | undefined): string => (step === undefined ? 'had not begun' : (step.outcome ?? 'was under way'));

const peopleIn = (data: JsonObject): number => new Set(listOf(data['agreed'])).size;
