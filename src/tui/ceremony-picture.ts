import type { CeremonyPicture, CeremonyStepPicture } from '../../tui/ceremony-picture.ts';
import { plain } from '../audit/describe.ts';
import type { MissingApproval } from '../ceremony/progress.ts';
import { agreementText, usual } from '../ceremony/screen-text.ts';
import type { CeremonyView, StepView } from '../ceremony/view.ts';

/** What the screens show of a ceremony: texts alone, without control characters. */
export function ceremonyPicture(view: CeremonyView): CeremonyPicture {
  const { id, title, mode, done, total, ended, paused, present, step, openExceptions, shown } = view;
  return {
    id: plain(id),
    title: plain(title),
    mode,
    done,
    total,
    is: ended ?? (paused === undefined ? 'under way' : 'paused'),
    ...(paused === undefined ? {} : { paused: plain(paused) }),
    present: present.map(plain),
    ...(step === undefined ? {} : { step: stepPicture(step, view) }),
    next: usual(view),
    exceptions: openExceptions.map(({ number, what }) => `${number} is open: ${plain(what)}`),
    shown: shown.map((one) => ({ title: plain(one.title), lines: one.lines.map(plain) })),
  };
}

function stepPicture(step: StepView, { stage, people }: CeremonyView): CeremonyStepPicture {
  const { number, act, title, role, holders, minutes, say, doing, confirm, given, missing } = step;
  return {
    number,
    act: plain(act),
    title: plain(title),
    role: plain(role),
    holders: holders.map(plain),
    ...(minutes === undefined ? {} : { minutes }),
    ...(say === undefined ? {} : { say: paragraphs(say) }),
    isCommand: step.do.kind === 'command',
    doing: paragraphs(doing),
    ...(confirm === undefined ? {} : { agree: plain(agreementText(confirm, people)) }),
    given: given.map(({ person, role: as, time }) => plain(`${person} (${as}) agreed at ${time}`)),
    missing: missing.map((one) => plain(missingText(one, given, people))),
    trouble: trouble(step, stage).map(plain),
  };
}

/** Who can still agree, by name: whoever is called looks up. */
function missingText({ role, have, need }: MissingApproval, given: StepView['given'], people: CeremonyView['people']): string {
  const names = (people[role] ?? []).filter((name) => given.every(({ person }) => person !== name));
  const more = need - have;
  if (names.length === 0) return `${more} more ${role}: nobody is left`;
  if (more === 1) return `one more ${role}: ${names.join(' or ')}`;
  return `${more} more ${role}: ${names.length > more ? `${more} of ${names.join(', ')}` : names.join(' and ')}`;
}

/** Line feeds stay; other control characters would reach the terminal. */
const paragraphs = (text: string): string => text.trimEnd().split('\n').map(plain).join('\n');

function trouble({ attempt, failure }: StepView, stage: CeremonyView['stage']): readonly string[] {
  switch (stage) {
    case 'failed':
      return [
        `attempt ${attempt} FAILED: ${failure ?? 'the command did not end well'}`,
        'put it right and type again, or skip by an exception',
      ];
    case 'interrupted':
      return ['the command began and has not ended; if the program has ended: type again, and the command finds what is there'];
    case 'carried-out':
      return ['the command has done its work, and that is not noted yet'];
    case 'to-begin':
    case 'agreeing':
    case 'ready':
    case 'over':
      return [];
    default:
      return stage satisfies never;
  }
}
