import { Refusal } from '../../signer/errors.ts';
import type { EntryData } from '../audit/entry.ts';
import { checkPaperWords, parsePaperWords } from '../audit/paper-words.ts';
import type { Io } from '../io.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { NewData, Session } from '../workspace/session.ts';
import { refuseOutsider } from './in-the-room.ts';
import type { ConcreteStep } from './script/expand.ts';

/** What people say or hand over when a step is carried out; which of it is asked for, the step says. */
export interface StepInput {
  /** Of a manual step: what was seen, and a file with it. */
  readonly text?: string;
  readonly evidence?: { readonly name: string; readonly octets: Uint8Array };
  /** Of the check of the clock: what the other clock shows; unix seconds. */
  readonly witnessTime?: number;
  /** Of the check of continuity: `SIZE word word …` from the page. */
  readonly paperWords?: string;
  /** Who answers: the person who reads the clock, or the page. */
  readonly person?: string;
}

/** What came of a step, before it is in the log. */
export interface Outcome {
  readonly outcome: 'done' | 'failed';
  readonly text: string;
  readonly status?: number;
  /** Goes into the log with the end of the step. */
  readonly entries: readonly NewData[];
  readonly evidence?: { readonly name: string; readonly octets: Uint8Array };
}

/** What a step that is carried out needs from outside. */
export interface Surroundings {
  readonly ceremony: Ceremony;
  /** Role → how many of its people it takes. */
  readonly needs: Readonly<Record<string, number>>;
  /** Runs a command of the program. @returns exit status */
  readonly run: (argv: readonly string[], io: Io) => Promise<number>;
  readonly io: Io;
  /** Unix seconds. */
  readonly now: number;
  /** The most that two clocks may be apart, seconds. */
  readonly clockTolerance: number;
  /** The machine as it is found. */
  readonly checkMachine: () => EntryData['env.checked']['findings'];
  /** Options that every command of the workspace gets: --dir, --as, --now. */
  readonly commonOptions: (argv: readonly string[]) => readonly string[];
}

/**
 * Does what a step says. Nothing is thrown for what people can put right: it is an outcome, and it is in the log.
 * @throws Refusal ceremony/input-missing, ceremony/not-in-role, ceremony/not-present: nothing was done, and nothing is in the log
 */
export async function carryOut(step: ConcreteStep, input: StepInput, around: Surroundings, session?: Session): Promise<Outcome> {
  const act = step.do;
  switch (act.kind) {
    case 'command': {
      const argv = [...act.argv, ...around.commonOptions(act.argv)];
      const status = await around.run(argv, around.io);
      return status === 0
        ? { outcome: 'done', text: `coldsign ${act.argv.join(' ')}`, status, entries: [] }
        : { outcome: 'failed', text: `coldsign ${act.argv.join(' ')} came to exit status ${status}`, status, entries: [] };
    }
    case 'manual': {
      const text = needed(input.text, `what was seen: ${act.evidence}`);
      return { outcome: 'done', text, entries: [], ...(input.evidence === undefined ? {} : { evidence: input.evidence }) };
    }
    case 'check':
      return check(act.what, step, input, around, session);
    case 'attendance':
      return attendance(around);
    case 'approve': {
      const { script, plan } = around.ceremony;
      return { outcome: 'done', text: `script ${script.sha256} and plan ${plan} are approved`, entries: [] };
    }
    case 'checkpoint': {
      const status = await around.run(
        ['audit', 'checkpoint', '--sign', '--words', ...around.commonOptions(['audit', 'checkpoint'])],
        around.io,
      );
      return { outcome: status === 0 ? 'done' : 'failed', text: 'checkpoint printed', status, entries: [] };
    }
    default:
      return act satisfies never;
  }
}

/** The entries with which a step ends, at whatever it came to. @param ceremony its id */
export function endEntries(
  ceremony: string,
  { id: step }: ConcreteStep,
  { outcome, text, status, entries, evidence }: Outcome,
  { artifacts }: Pick<Session, 'artifacts'>,
): readonly NewData[] {
  const kept = evidence === undefined ? {} : { evidence: artifacts.put(evidence.octets, evidence.name) };
  return [...entries, ['ceremony.step.ended', { ceremony, step, outcome, text, ...kept, ...(status === undefined ? {} : { status }) }]];
}

function check(
  what: Extract<ConcreteStep['do'], { kind: 'check' }>['what'],
  step: ConcreteStep,
  input: StepInput,
  around: Surroundings,
  session: Session | undefined,
): Outcome | Promise<Outcome> {
  switch (what) {
    case 'environment':
      return environment(step, around);
    case 'clock':
      return clock(step, input, around);
    case 'continuity':
      return continuity(step, input, around, session);
    case 'inventory':
      return inventory(around);
    default:
      return what satisfies never;
  }
}

function environment(step: ConcreteStep, { ceremony, checkMachine }: Surroundings): Outcome {
  const findings = checkMachine();
  const blocking = findings.filter(({ severity }) => severity === 'block');
  const warned = findings.filter(({ severity }) => severity === 'warn').map(({ id, text }) => `${id}: ${text}`);
  const entries: NewData[] = [['env.checked', { ceremony: ceremony.id, step: step.id, findings }]];
  const count = `${findings.filter(({ severity }) => severity === 'pass').length} of ${findings.length} checks pass`;
  if (blocking.length === 0) return { outcome: 'done', text: [count, ...warned].join('; ').slice(0, 1000), entries };
  const told = blocking.map(({ id, text }) => `${id}: ${text}`).join('; ');
  return { outcome: 'failed', text: `${count}; ${told}`.slice(0, 1000), entries };
}

function clock({ role }: ConcreteStep, input: StepInput, { ceremony, now, clockTolerance }: Surroundings): Outcome {
  const witness = input.witnessTime;
  if (witness === undefined) throw inputMissing('the time that the other clock shows');
  const person = needed(input.person, 'who has read the other clock');
  refuseOutsider(ceremony, person, role);
  const apart = Math.abs(now - witness);
  const data = { ceremony: ceremony.id, machine: now, witness, tolerance: clockTolerance, person };
  const text = `the clocks are ${apart} s apart, ${clockTolerance} s are allowed`;
  return { outcome: apart <= clockTolerance ? 'done' : 'failed', text, entries: [['clock.checked', data]] };
}

function continuity({ role }: ConcreteStep, input: StepInput, { ceremony }: Surroundings, session: Session | undefined): Outcome {
  const typed = needed(input.paperWords, 'size and words of the last printed checkpoint');
  const person = needed(input.person, 'who has read the page');
  refuseOutsider(ceremony, person, role);
  if (session === undefined) throw new RangeError('continuity is checked against the log of a session');
  const paper = parsePaperWords(typed);
  const words = typed.trim().split(/\s+/).slice(1).join(' ');
  const entry = (outcome: EntryData['continuity.checked']['outcome']): NewData => [
    'continuity.checked',
    { ceremony: ceremony.id, size: paper.size, words, outcome, person },
  ];
  try {
    checkPaperWords(session.log.content.tree, paper);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: 'failed', text: error.message.slice(0, 1000), entries: [entry('MISMATCH')] };
  }
  const since = session.log.size - paper.size;
  return { outcome: 'done', text: `the log continues what was printed; ${since} entries since`, entries: [entry('continues')] };
}

async function inventory({ run, io, commonOptions }: Surroundings): Promise<Outcome> {
  const status = await run(['key', 'list', ...commonOptions(['key', 'list'])], io);
  return { outcome: status === 0 ? 'done' : 'failed', text: 'keys of the tokens held against the log', status, entries: [] };
}

/** Of each role as many as it takes, or no step that asks for them can be done. */
function attendance({ ceremony: { people, present }, needs }: Surroundings): Outcome {
  const absent = Object.entries(people).flatMap(([role, names]) => {
    const missing = names.filter((person) => present[person] !== true);
    return missing.length === 0 ? [] : [`${role}: ${missing.join(', ')}`];
  });
  const here = Object.entries(present)
    .filter(([, isHere]) => isHere)
    .map(([person]) => person);
  const few = Object.entries(people).flatMap(([role, names]) => {
    const count = names.filter((person) => present[person] === true).length;
    const need = needs[role] ?? names.length;
    return count < need ? [`${role}: ${count} of the ${need} that it takes`] : [];
  });
  const text = [
    `in the room: ${here.join(', ') || 'nobody'}`,
    ...(few.length === 0 ? [] : [`too few: ${few.join('; ')}`]),
    ...(absent.length === 0 ? [] : [`absent: ${absent.join('; ')}`]),
  ].join('; ');
  return { outcome: few.length === 0 ? 'done' : 'failed', text: text.slice(0, 1000), entries: [] };
}

function needed(text: string | undefined, what: string): string {
  if (text !== undefined && text.trim() !== '' && text.length <= 1000) return text;
  throw inputMissing(what);
}

function inputMissing(what: string): Refusal {
  return new Refusal('ceremony/input-missing', `the step asks for ${what}`, 'enter it; 1 to 1000 characters');
}
