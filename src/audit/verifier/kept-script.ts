// Whether a ceremony has kept to its script: people, order, quorums, commands.
import type { Json, JsonObject } from './entries.ts';
import { show } from './octets.ts';
import type { Confirmation, FilledScript, ScriptStep } from './script.ts';
import type { StepTaken } from './step-taken.ts';

export type StepsTaken = ReadonlyMap<string, StepTaken>;
export type PeopleByRole = ReadonlyMap<string, ReadonlySet<Json>>;

export type KeptCode = 'SCRIPT' | 'PEOPLE' | 'STEP' | 'QUORUM' | 'COMMAND' | 'CLAIM';
type Wrong = (code: KeptCode, index: number, how: string) => void;

export class KeptScript {
  readonly #script: FilledScript;
  /** In a rehearsal everybody agrees by name, and a script for production runs in practice. */
  readonly #isRehearsal: boolean;
  readonly #wrong: Wrong;
  readonly #steps: ReadonlyMap<string, ScriptStep>;

  constructor(script: FilledScript, isRehearsal: boolean, wrong: Wrong) {
    this.#script = script;
    this.#isRehearsal = isRehearsal;
    this.#wrong = wrong;
    this.#steps = new Map(script.steps.map((step) => [step.id, step]));
  }

  get origin(): string {
    return this.#script.origin;
  }

  opened(index: number, mode: string, data: JsonObject, people: PeopleByRole): void {
    const script = this.#script;
    const said: [string, Json | undefined, string][] = [
      ['plan', data['plan'], script.plan],
      ['title', data['title'], script.title],
      ...(this.#isRehearsal || script.mode === 'any' ? [] : [['mode', mode, script.mode] as [string, Json, string]]),
    ];
    for (const [name, found, wanted] of said)
      if (found !== wanted)
        this.#wrong('SCRIPT', index, `the ceremony opens with the ${name} ${show(found ?? '')}, its script has ${show(wanted)}`);
    for (const role of new Set([...script.people.keys(), ...script.counts.keys(), ...people.keys()])) {
      const names = script.people.get(role) ?? [];
      const held = people.get(role);
      const isAsNamed = held !== undefined && held.size === names.length && names.every((name) => held.has(name));
      if (!isAsNamed || names.length !== script.counts.get(role))
        this.#wrong(
          'PEOPLE',
          index,
          `${role} is held by ${[...(held ?? [])].join(', ') || 'nobody'}; the script names ${names.join(', ') || 'nobody'} and asks for ${script.counts.get(role) ?? 0}`,
        );
    }
    this.separate(index, people);
  }

  /** Roles that nobody may have together, as they are held now. */
  separate(index: number, people: PeopleByRole): void {
    for (const [one = '', two = ''] of this.#script.separate)
      for (const person of people.get(one) ?? [])
        if (people.get(two)?.has(person) === true) this.#wrong('PEOPLE', index, `${person} is ${one} and ${two}, which are separate`);
  }

  /** A step is left out; never the one in which people sign for all that follows. */
  skipped(index: number, id: string, taken: StepsTaken): void {
    this.reached(index, id, taken);
    if (this.#steps.get(id)?.isApproval === true) this.#wrong('STEP', index, `the step ${id} approves the script, and was skipped`);
  }

  /** A step begins or is left out: it is the first that has not ended. */
  reached(index: number, id: string, taken: StepsTaken): void {
    if (!this.#steps.has(id)) {
      this.#wrong('STEP', index, `the script has no step ${id}`);
      return;
    }
    for (const step of this.#script.steps) {
      if (step.id === id) return;
      if (isOver(taken.get(step.id))) continue;
      this.#wrong('STEP', index, `the script has the step ${step.id} before ${id}, and it has not ended`);
      return;
    }
  }

  agreed(index: number, id: string, { role, by, typed }: Readonly<Record<'role' | 'by' | 'typed', Json | undefined>>): void {
    const confirm = this.#steps.get(id)?.confirm;
    const wrong = (what: string): void => this.#wrong('QUORUM', index, `to the step ${id} somebody agrees ${what}`);
    if (confirm === undefined) {
      wrong('and the script asks for nobody');
      return;
    }
    const wanted = this.#meansOf(confirm);
    if (!confirm.roles.has(String(role))) wrong(`as ${role}, and the script asks for ${[...confirm.roles.keys()].join(', ')}`);
    if (by !== wanted) wrong(`by ${show(by ?? '')}, and the script asks for ${wanted}`);
    // Whoever brings a share types that, and nothing else.
    if (typed !== confirm.type && !(wanted === 'share' && typed === undefined))
      wrong(`and has typed ${show(typed ?? '')}, and the script asks for ${show(confirm.type ?? '')}`);
  }

  /** The session of a command opens in a step that is under way. */
  runs(index: number, id: string, command: string, taken: StepTaken, people: PeopleByRole): void {
    const step = this.#steps.get(id);
    const wanted = sessionCommandOf(step?.command ?? []);
    if (wanted !== command) this.#wrong('COMMAND', index, `in the step ${id} runs ${show(command)}, and its command is ${show(wanted)}`);
    if (step?.confirm !== undefined) this.#quorum(index, step.confirm, id, taken, people);
  }

  /** What a command of a step does concerns the zone and the key that it names. */
  acts(index: number, id: string, zone: string, keyTag: Json | undefined): void {
    const command = this.#steps.get(id)?.command ?? [];
    if (QUIET.has(command.slice(0, 2).join(' ')))
      this.#wrong('COMMAND', index, `in the step ${id} something is done with ${zone}, and ${command.join(' ')} does no such thing`);
    if (!NAMES_ZONE.has(command.slice(0, 2).join(' ')) || command.includes('--all') || command.includes('--resume')) return;
    const words = command.slice(2).map((word) => plainName(word.replace(/^--[a-z-]+=/, '')));
    if (!words.includes(plainName(zone)))
      this.#wrong('COMMAND', index, `in the step ${id} something is done with ${zone}, and its command is ${command.join(' ')}`);
    else if (keyTag !== undefined && !words.includes(String(keyTag)))
      this.#wrong('COMMAND', index, `in the step ${id} something is done with the key ${keyTag}, and its command is ${command.join(' ')}`);
  }

  /** A configuration takes effect. */
  loads(index: number, id: string): void {
    const command = this.#steps.get(id)?.command ?? [];
    if (sessionCommandOf(command) !== 'policy apply')
      this.#wrong('COMMAND', index, `in the step ${id} another configuration takes effect, and its command is ${show(command.join(' '))}`);
  }

  /** With such an entry the work of the command of the step is done. */
  isLastOf(id: string, type: string): boolean {
    return LAST_ENTRIES.get(sessionCommandOf(this.#steps.get(id)?.command ?? [])) === type;
  }

  done(index: number, id: string, taken: StepTaken, people: PeopleByRole): void {
    const step = this.#steps.get(id);
    if (step === undefined) return;
    // What ran had the agreement that it needed; who has handed a role over since has had a word in it.
    if (step.confirm !== undefined && !taken.ran) this.#quorum(index, step.confirm, id, taken, people);
    if (step.check !== undefined && !taken.checked.has(step.check))
      this.#wrong('COMMAND', index, `the step ${id} is done, and there is no ${step.check} in it that came out well`);
    if (!taken.ran && leavesSession(step.command))
      this.#wrong('COMMAND', index, `the step ${id} is done, and no session of ${step.command.join(' ')} has come to its end in it`);
  }

  /** The ceremony is done. */
  ended(index: number, taken: StepsTaken): void {
    const left = this.#script.steps.filter(({ id }) => !isOver(taken.get(id))).map(({ id }) => id);
    if (left.length > 0) this.#wrong('STEP', index, `the ceremony ends as done, and of its script are left: ${show(left.join(', '))}`);
  }

  /** People on whose agreement an entry of a step relies have signed that step, or, where it asks nobody, the script. */
  claims(index: number, id: string, named: readonly Json[], taken: StepsTaken): void {
    const isApproved = (step: ScriptStep): boolean => step.isApproval && taken.get(step.id)?.outcome === 'done';
    const approved = this.#script.steps.filter(isApproved).map((step) => step.id);
    const steps = this.#steps.get(id)?.confirm === undefined ? approved : [id];
    const signers = new Set<Json>(
      steps.flatMap((step) => [...((this.#isRehearsal ? taken.get(step)?.agreed : taken.get(step)?.proved) ?? [])]),
    );
    const others = named.filter((person) => !signers.has(person));
    if (others.length > 0)
      this.#wrong(
        'CLAIM',
        index,
        `it says that ${others.join(', ')} agreed; signed by ${[...signers].join(', ') || 'nobody'} is ${steps.join(', ') || 'no step'}`,
      );
  }

  /** As many different people of each role as the script asks for. Who has handed a role over has left its word to the other. */
  #quorum(index: number, { roles, by }: Confirmation, id: string, taken: StepTaken, people: PeopleByRole): void {
    const counted = new Set<Json>();
    const isShare = by === 'share' && !this.#isRehearsal;
    for (const [role, need] of roles) {
      const have = [...(people.get(role) ?? [])].filter(
        (person) => !counted.has(person) && (taken.byRole.has(`${role} ${person}`) || (isShare && taken.holders.has(String(person)))),
      );
      for (const person of have) counted.add(person);
      if (have.length < need)
        this.#wrong(
          'QUORUM',
          index,
          `the step ${id} asks for ${need} who are ${role}, and ${have.length} have agreed: ${have.join(', ') || 'nobody'}`,
        );
    }
  }

  #meansOf({ by }: Confirmation): string {
    return this.#isRehearsal ? 'screen' : by;
  }
}

const isOver = (taken: StepTaken | undefined): boolean => taken?.outcome === 'done' || taken?.outcome === 'skipped';

/** Commands whose session has another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'checkds published': 'ds seen',
  'checkds withdrawn': 'ds gone',
  'zone add': 'policy apply',
};

function sessionCommandOf(command: readonly string[]): string {
  const name = command.slice(0, 2).join(' ');
  return OTHER_NAMES[name] ?? name;
}

/** Commands that write the log, whatever comes of them. */
const LEAVE_SESSION: ReadonlySet<string> = new Set([
  ...['zone sign', 'key generate', 'key import', 'key prove', 'key backup', 'key drill', 'key restore', 'key destroy'],
  ...['pin split', 'pin reshare', 'pin void', 'policy apply', 'evidence import', 'audit export'],
  ...['roll start', 'roll join', 'roll leave', 'roll advance', 'roll cancel', 'release rollback', 'release published', 'release catalog'],
]);
const DS_WORDS: ReadonlySet<string> = new Set(['ds submit', 'ds seen', 'ds retract', 'ds gone', 'checkds published', 'checkds withdrawn']);

/** With these a command works outside of the workspace, or only reads. */
const NO_SESSION = /^(?:--token|--show|--origin)(?:=|$)|^-o/;

function leavesSession(command: readonly string[]): boolean {
  const name = command.slice(0, 2).join(' ');
  if (name === 'audit checkpoint') return command.includes('--sign');
  return (LEAVE_SESSION.has(name) || DS_WORDS.has(name)) && !command.some((word) => NO_SESSION.test(word));
}

/** Commands whose zones are words of them, unless they are for all. */
const NAMES_ZONE: ReadonlySet<string> = new Set([
  ...['zone sign', 'key generate', 'key destroy', ...DS_WORDS],
  ...['roll start', 'roll join', 'roll leave', 'roll advance', 'roll cancel', 'release rollback', 'release published'],
]);

/** Of commands that do one thing, which is not done again. */
const LAST_ENTRIES: ReadonlyMap<string, string> = new Map([
  ['key destroy', 'key.destroy.result'],
  ['key restore', 'key.restored'],
  ['roll start', 'roll.started'],
  ['roll cancel', 'roll.cancelled'],
  ['policy apply', 'policy.loaded'],
  ['ds submit', 'ds.submitted'],
  ['ds retract', 'ds.retracted'],
  ['pin void', 'pin.shares'],
]);

/** Commands that do nothing with zones, nor make keys or destroy them. */
const QUIET: ReadonlySet<string> = new Set([
  ...['audit checkpoint', 'audit export', 'audit witness', 'key prove', 'key backup', 'key drill', 'pin split', 'pin reshare', 'pin void'],
]);

const plainName = (name: string): string => name.toLowerCase().replace(/(?<=[^.])\.$/, '');
