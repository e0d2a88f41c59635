import type { Mode } from '../audit/entry.ts';
import { type Approval, type Ceremony, type CeremonyException, ceremonyOf } from '../state/ceremonies.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { zonesOfScript } from './ceremony-plan.ts';
import type { CeremonyLeader } from './leader.ts';
import { type MissingApproval, type Progress, progressOf, type Stage } from './progress.ts';
import type { RunnableScript } from './script/binding.ts';
import type { ConcreteStep } from './script/expand.ts';
import { expandHead } from './script/expand.ts';
import type { Role } from './script/script.ts';
import { type Shown, sightsOf } from './sights.ts';

/** All that a screen shows of a ceremony: plain data, made from the log. No secret can be in it. */
export interface CeremonyView {
  readonly id: string;
  readonly title: string;
  readonly mode: Mode;
  /** Unix seconds. */
  readonly now: number;
  readonly done: number;
  readonly total: number;
  readonly stage: Stage;
  readonly roles: Readonly<Record<string, Role>>;
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly present: readonly string[];
  /** Undefined: all steps have ended. */
  readonly step: StepView | undefined;
  readonly openExceptions: readonly CeremonyException[];
  readonly paused: string | undefined;
  readonly ended: 'done' | 'aborted' | undefined;
  readonly shown: readonly Shown[];
}

export interface StepView {
  readonly id: string;
  readonly number: number;
  readonly act: string;
  readonly title: string;
  readonly role: string;
  readonly holders: readonly string[];
  readonly say: string | undefined;
  readonly do: ConcreteStep['do'];
  /** What is done, in words; of a command the line itself. */
  readonly doing: string;
  readonly minutes: number | undefined;
  readonly attempt: number;
  /** Of an attempt that failed. */
  readonly failure: string | undefined;
  readonly confirm: ConcreteStep['confirm'];
  readonly missing: readonly MissingApproval[];
  readonly given: readonly Approval[];
}

/** The log is read once for it. */
export function viewOf(leader: CeremonyLeader): CeremonyView {
  const workspace = leader.workspace();
  return viewOfLog({
    workspace,
    ceremony: ceremonyOf(workspace.state, leader.id),
    script: leader.script,
    steps: leader.steps,
    now: leader.now(),
  });
}

/** What the log tells of a ceremony, and the script that it approved. */
export interface ToldCeremony {
  readonly workspace: ReadWorkspace;
  readonly ceremony: Ceremony;
  readonly script: RunnableScript;
  readonly steps: readonly ConcreteStep[];
  /** Unix seconds. */
  readonly now: number;
}

/** The same without a leader: nothing is locked, no token is asked. */
export function viewOfLog({ workspace, ceremony, script, steps, now }: ToldCeremony): CeremonyView {
  const progress = progressOf(steps, ceremony);
  const { current } = progress;
  const head = expandHead(script);
  const context = {
    workspace,
    zones: zonesOfScript(script, Object.keys(workspace.config.zones)),
    scriptSha256: ceremony.script.sha256,
    planSha256: ceremony.plan,
    now,
  };
  return {
    id: ceremony.id,
    title: head.title,
    mode: workspace.state.mode,
    now,
    done: progress.done,
    total: progress.total,
    stage: progress.stage,
    roles: head.roles,
    people: ceremony.people,
    present: Object.entries(ceremony.present).flatMap(([person, isHere]) => (isHere ? [person] : [])),
    step: current === undefined ? undefined : stepView(current, progress, ceremony),
    openExceptions: ceremony.exceptions.filter(({ closed }) => closed === undefined),
    paused: ceremony.paused?.reason,
    ended: ceremony.ended?.outcome,
    shown: current === undefined ? [] : sightsOf(current.show, context),
  };
}

function stepView(
  step: ConcreteStep,
  { missing, given }: Progress,
  { people, steps }: Pick<CeremonyLeader['ceremony'], 'people' | 'steps'>,
): StepView {
  const state = steps[step.id];
  return {
    id: step.id,
    number: step.number,
    act: step.act,
    title: step.title,
    role: step.role,
    holders: people[step.role] ?? [],
    say: step.say,
    do: step.do,
    doing: doingText(step.do),
    minutes: step.minutes,
    attempt: state?.attempts ?? 0,
    failure: state?.outcome === 'failed' ? state.text : undefined,
    confirm: step.confirm,
    missing,
    given,
  };
}

function doingText(act: ConcreteStep['do']): string {
  switch (act.kind) {
    case 'command':
      return `coldsign ${act.argv.map(quoted).join(' ')}`;
    case 'manual':
      return act.text;
    case 'check':
      return CHECKED[act.what];
    case 'attendance':
      return 'Enter who is in the room: type came and the short names of all who are, then go.';
    case 'approve':
      return 'Compare the words under "script (SHA-256)" and "plan (SHA-256)" with the reviewed paper, then agree one by one.';
    case 'checkpoint':
      return 'After go a checkpoint of the log is signed and shown. Its size and words go on paper; what the screen shows before is older.';
    default:
      return act satisfies never;
  }
}

const CHECKED = {
  environment: 'The machine is checked: network, swap, core dumps, media, program.',
  clock: 'After go, type the time that the other clock shows.',
  continuity:
    'After go, type size and words from the page that was printed last. The words on the screen are those of the log now: they are others.',
  inventory: 'The keys of the tokens are held against the log.',
} as const;

const quoted = (word: string): string => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
