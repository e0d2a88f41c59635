// Ceremonies: that what is said of them can have happened, and that people have signed what is said of them.
import { type Json, type JsonObject, number, object, type ReadEntry, text } from './entries.ts';
import type { Findings } from './findings.ts';
import { isSigned, parseNote, parseVkey } from './notes.ts';
import { show } from './octets.ts';
import type { Tree } from './tree.ts';

interface Step {
  attempts: number;
  /** Entry with which the attempt began. */
  begun: number;
  /** Undefined: it is under way. */
  outcome: string | undefined;
  /** People who have agreed to this attempt. */
  readonly agreed: Set<string>;
  /** People whose shares have made a PIN since the attempt began. */
  readonly holders: Set<string>;
}

interface Ceremony {
  readonly id: string;
  readonly script: string;
  readonly plan: string;
  /** Role → people who hold it now. */
  readonly people: Map<string, Set<Json>>;
  readonly present: Set<string>;
  readonly steps: Map<string, Step>;
  /** Number → whether it is open. */
  readonly exceptions: Map<number, boolean>;
  /** Steps at which something was not as the script says. */
  readonly excepted: Set<string>;
}

/** What somebody has signed; it is checked when the tree is known. */
interface Signed {
  readonly index: number;
  readonly note: string;
  readonly vkey: string;
  /** Lines that it must begin with. */
  readonly lines: string;
  /** The attempt began with this entry. */
  readonly begun: number;
}

const MIN_AGREED = 2;

export class Ceremonies {
  count = 0;
  readonly #findings: Findings;
  readonly #seen = new Set<string>();
  #open: Ceremony | undefined;
  /** Person → vkey, by the configuration in force. */
  #keys: JsonObject = {};
  readonly #signed: Signed[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  take(entry: ReadEntry): void {
    const { type, data } = entry;
    if (type === 'policy.loaded') this.#keys = objectOf(data['keys']);
    else if (type === 'pin.combined') this.#shares(listOf(data['holders']));
    else if (type === 'ceremony.opened') this.#opened(entry);
    else if (isOfCeremony(type)) this.#within(entry);
  }

  /** What can be said only when all is read. */
  end(tree: Tree, origin: string | undefined): void {
    for (const signed of this.#signed) this.#statement(signed, tree, origin);
    if (this.#open !== undefined)
      this.#findings.note(
        'AUDIT-CEREMONY-OPEN',
        `the ceremony ${this.#open.id} has not ended: an export is made inside of one, or it goes on later`,
      );
  }

  #opened({ index, data }: ReadEntry): void {
    const id = text(data, 'ceremony');
    if (this.#open !== undefined) this.#wrong('ORDER', index, `the ceremony ${id} opens, and ${this.#open.id} has not ended`);
    if (this.#seen.has(id)) this.#wrong('ORDER', index, `the ceremony ${id} opens again`);
    this.#seen.add(id);
    this.count++;
    const people = Object.entries(objectOf(data['people'])).map(([role, names]): [string, Set<Json>] => [role, new Set(listOf(names))]);
    this.#open = {
      id,
      script: text(object(data, 'script'), 'sha256'),
      plan: text(data, 'plan'),
      people: new Map(people),
      present: new Set(),
      steps: new Map(),
      exceptions: new Map(),
      excepted: new Set(),
    };
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
        this.#begun(ceremony, entry);
        break;
      case 'ceremony.step.ended':
        this.#ended(ceremony, entry);
        break;
      case 'approval.given':
        this.#approval(ceremony, entry);
        break;
      case 'ceremony.exception':
        this.#exception(ceremony, entry);
        break;
      case 'ceremony.exception.closed':
        if (ceremony.exceptions.get(number(data, 'number')) !== true)
          this.#wrong('EXCEPTION', index, `exception ${number(data, 'number')} is closed, and was not open`);
        if (peopleIn(data) < 1) this.#wrong('EXCEPTION', index, 'an exception is closed, and nobody agreed');
        ceremony.exceptions.set(number(data, 'number'), false);
        break;
      case 'ceremony.ended':
        this.#over(ceremony, entry);
        break;
    }
  }

  #handover({ people }: Ceremony, { index, data }: ReadEntry): void {
    const holders = people.get(text(data, 'role')) ?? new Set<Json>();
    const isTaken = holders.has(text(data, 'to'));
    if (!holders.delete(text(data, 'from')) || isTaken)
      this.#wrong('ORDER', index, `${text(data, 'from')} hands ${text(data, 'role')} over to ${text(data, 'to')}, and cannot`);
    people.set(text(data, 'role'), holders.add(text(data, 'to')));
  }

  #begun({ steps }: Ceremony, { index, data }: ReadEntry): void {
    const id = text(data, 'step');
    const before = steps.get(id);
    const attempt = number(data, 'attempt');
    const other = [...steps].find(([name, { outcome }]) => name !== id && outcome === undefined)?.[0];
    if (other !== undefined) this.#wrong('ORDER', index, `the step ${id} begins, and ${other} is under way`);
    if (before?.outcome === 'done' || before?.outcome === 'skipped')
      this.#wrong('ORDER', index, `the step ${id} begins again, and was ${before.outcome}`);
    if (attempt !== (before?.attempts ?? 0) + 1)
      this.#wrong('ORDER', index, `attempt ${attempt} of the step ${id} follows attempt ${before?.attempts ?? 0}`);
    steps.set(id, { attempts: attempt, begun: index, outcome: undefined, agreed: new Set(), holders: new Set() });
  }

  #ended({ steps, excepted }: Ceremony, { index, data }: ReadEntry): void {
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
    if (step !== undefined) step.outcome = outcome;
    else steps.set(id, { attempts: 0, begun: index, outcome, agreed: new Set(), holders: new Set() });
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
    if (ceremony.people.get(role)?.has(person) !== true) wrong(`as ${role}, and does not hold that role`);
    if (by === 'share' ? !step.holders.has(person) : !ceremony.present.has(person))
      wrong(by === 'share' ? 'by a share, and no PIN was made from one of theirs' : 'and is not in the room, by the attendance');
    if (by !== 'key' && by !== 'share' && by !== 'screen') wrong(`by ${show(by)}`);
    if (by !== 'key') return;
    const typed = data['typed'] ?? '';
    const lines = [
      'coldsign ceremony statement 1',
      `ceremony: ${ceremony.id}`,
      `mode: ${mode}`,
      `script: ${ceremony.script}`,
      `plan: ${ceremony.plan}`,
      `step: ${id}`,
      `person: ${person}`,
      `role: ${role}`,
      `typed: ${String(typed)}`,
      '',
    ].join('\n');
    const vkey = Object.hasOwn(this.#keys, person) ? String(this.#keys[person]) : '';
    this.#signed.push({ index, note: String(data['note'] ?? ''), vkey, lines, begun: step.begun });
  }

  #exception({ exceptions, excepted }: Ceremony, { index, data }: ReadEntry): void {
    const found = number(data, 'number');
    if (found !== exceptions.size + 1) this.#wrong('EXCEPTION', index, `exception ${found} follows ${exceptions.size} others`);
    if (peopleIn(data) < MIN_AGREED) this.#wrong('EXCEPTION', index, `${peopleIn(data)} people agree to exception ${found}`);
    exceptions.set(found, true);
    excepted.add(text(data, 'step'));
  }

  #over({ id, steps, exceptions }: Ceremony, { index, data }: ReadEntry): void {
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
    const left = [...steps].find(([, { outcome }]) => outcome !== 'done' && outcome !== 'skipped')?.[0];
    if (left !== undefined) this.#wrong('ORDER', index, `the ceremony ends as done, and its step ${left} ${toldOf(steps.get(left))}`);
  }

  #statement({ index, note, vkey, lines, begun }: Signed, tree: Tree, origin: string | undefined): void {
    const wrong = (what: string): void => this.#wrong('STATEMENT', index, what);
    const key = parseVkey(vkey);
    const signed = parseNote(note);
    if (key === undefined || signed === undefined) {
      wrong(key === undefined ? 'the configuration in force has no key of the person' : 'it holds no note');
      return;
    }
    const mine = signed.signatures.filter(({ name, id }) => name === key.name && id === key.id);
    if (mine.length === 0 || !mine.every(({ signature }) => isSigned(key, signed.text, signature)))
      wrong(`the statement is not signed by ${vkey}, which was the key of the person then`);
    const [, size = '', root] = signed.text.startsWith(lines) ? (HEAD.exec(signed.text.slice(lines.length)) ?? []) : [];
    const head = `log: ${origin} ${size} ${root}\n`;
    if (root === undefined || !signed.text.endsWith(head)) {
      wrong('the person has signed something else than the entry says');
      return;
    }
    const at = Number(size);
    if (at <= begun || at > index || tree.root(at).toString('hex') !== root)
      wrong(`the statement is over ${size} entries of another log, or of another time: the step began at entry ${begun}`);
  }

  #shares(holders: readonly Json[]): void {
    for (const step of this.#open?.steps.values() ?? [])
      if (step.outcome === undefined) for (const holder of holders) step.holders.add(String(holder));
  }

  #wrong(what: keyof typeof CODES, index: number, how: string): void {
    this.#findings.error(CODES[what], `entry ${index}: ${how}`);
  }
}

const CODES = {
  ORDER: 'AUDIT-CEREMONY-ORDER',
  APPROVAL: 'AUDIT-CEREMONY-APPROVAL',
  STATEMENT: 'AUDIT-CEREMONY-STATEMENT',
  EXCEPTION: 'AUDIT-CEREMONY-EXCEPTION',
} as const;

/** What follows the lines that the entry tells: when, and the head of the log. */
const HEAD = /^time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\nlog: [^ \n]+ (0|[1-9]\d{0,14}) ([0-9a-f]{64})\n$/;

const isOfCeremony = (type: string): boolean =>
  type.startsWith('ceremony.') || type.startsWith('approval.') || ['env.checked', 'clock.checked', 'continuity.checked'].includes(type);

const toldOf = (step: Step | undefined): string => (step === undefined ? 'had not begun' : (step.outcome ?? 'was under way'));

const objectOf = (value: Json | undefined): JsonObject => (typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {});

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const peopleIn = (data: JsonObject): number => new Set(listOf(data['agreed'])).size;
