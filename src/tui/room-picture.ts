import type { CeremonyPicture } from '../../tui/ceremony-picture.ts';
import type { RoomPerson, RoomPicture, Usual } from '../../tui/room/room-picture.ts';
import { plain } from '../audit/describe.ts';
import type { CeremonyView, StepView } from '../ceremony/view.ts';
import { ceremonyPicture } from './ceremony-picture.ts';

/** What whoever leads a ceremony sees of it, and what is usual next. */
export function roomPicture(view: CeremonyView): RoomPicture {
  const people = peopleOf(view);
  const mayAgree = whoMayAgree(view);
  return {
    ceremony: withKeys(ceremonyPicture(view), view),
    usual: usualAct(view, mayAgree),
    people,
    mayAgree,
    exceptions: view.openExceptions.map(({ number, what }) => ({ number, what: plain(what) })),
  };
}

/** The step tells of words that are typed; here they are keys. */
function withKeys(picture: CeremonyPicture, { step, stage }: CeremonyView): CeremonyPicture {
  if (step === undefined || picture.step === undefined) return picture;
  const doing = doingByKeys(step.do) ?? picture.step.doing;
  const [first = ''] = picture.step.trouble;
  const trouble = TROUBLE[stage]?.(first) ?? picture.step.trouble;
  return { ...picture, step: { ...picture.step, doing, trouble } };
}

/** Undefined: what is done there names no word. */
function doingByKeys(act: StepView['do']): string | undefined {
  if (act.kind === 'attendance') return 'Each is called by name, and answers. Then mark who is in the room: Enter, or c.';
  if (act.kind === 'checkpoint')
    return 'A checkpoint of the log is signed and shown. Its size and words go on paper; what the screen shows before is older.';
  if (act.kind !== 'check') return undefined;
  if (act.what === 'clock') return 'Somebody reads the other clock, and the time that it shows is typed on the page that asks for it.';
  if (act.what === 'continuity')
    return 'Size and words are read from the page that was printed last, and typed on the page that asks for them. The words on the screen are those of the log now: they are others.';
  return undefined;
}

/** How it goes on, by keys. @param first what has happened */
const TROUBLE: Partial<Record<CeremonyView['stage'], (first: string) => readonly string[]>> = {
  failed: (first) => [first, 'Put it right, then Enter: the step begins once more. Or s: go on without it, by an exception that says why.'],
  interrupted: () => [
    'The program ended in the midst of this step. What it had done is in the log. Enter: the step begins once more, and its command finds what is there.',
  ],
};

function peopleOf({ people, present }: CeremonyView): readonly RoomPerson[] {
  const names = [...new Set(Object.values(people).flat())];
  return names.map((name) => ({
    name,
    roles: Object.entries(people).flatMap(([role, holders]) => (holders.includes(name) ? [plain(role)] : [])),
    isHere: present.includes(name),
  }));
}

/** Of the roles that are missing, those who have not agreed; who is not in the room cannot, and comes last. */
function whoMayAgree({ step, stage, people, present }: CeremonyView): readonly string[] {
  if (step === undefined || stage !== 'agreeing') return [];
  const given = new Set(step.given.map(({ person }) => person));
  const all = new Set(step.missing.flatMap(({ role }) => people[role] ?? []).filter((name) => !given.has(name)));
  const isHere = (name: string): boolean => present.includes(name);
  return [...[...all].filter(isHere), ...[...all].filter((name) => !isHere(name))];
}

const say = (word: string, text: string): Usual => ({ kind: 'say', word, text });
const CAME: Usual = { kind: 'pick', list: 'came', text: 'say who is in the room' };

function usualAct(view: CeremonyView, mayAgree: readonly string[]): Usual {
  const { step, stage, present } = view;
  if (step === undefined) return say('end', 'the ceremony ends');
  switch (stage) {
    case 'to-begin':
      return say('begin', `step ${step.number} begins`);
    case 'agreeing': {
      const next = mayAgree.find((name) => present.includes(name));
      return next === undefined ? CAME : say(`agree ${next}`, `${next} agrees`);
    }
    case 'ready':
      return step.do.kind === 'attendance' && present.length === 0 ? CAME : say('go', goText(step, view));
    case 'interrupted':
      return say('again', 'the step begins once more; its command finds what is there');
    case 'carried-out':
      return say('go', 'note that the command has done its work');
    case 'failed':
      return say('again', 'it was put right: the step begins once more');
    case 'over':
      return say('end', 'the ceremony ends');
    default:
      return stage satisfies never;
  }
}

function goText({ do: act, doing }: StepView, { present, people }: CeremonyView): string {
  switch (act.kind) {
    case 'command':
      return `run ${plain(doing)}`;
    case 'manual':
      return 'it was done: write down what was seen';
    case 'check':
      return CHECKS[act.what];
    case 'attendance':
      return `these are all: ${present.length} of ${new Set(Object.values(people).flat()).size} are in the room`;
    case 'approve':
      return 'script and plan are approved';
    case 'checkpoint':
      return 'sign the checkpoint, and show it';
    default:
      return act satisfies never;
  }
}

const CHECKS = {
  environment: 'check the machine',
  clock: 'hold the clock against the other one',
  continuity: 'type the words of the page',
  inventory: 'hold the keys of the tokens against the log',
} as const;
