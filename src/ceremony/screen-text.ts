import { isoText } from '../config/time-text.ts';
import type { Stage } from './progress.ts';
import type { CeremonyView, StepView } from './view.ts';

const WIDTH = 78;
const RULE = '='.repeat(WIDTH);

/** The ceremony as lines of text: for terminals without a screen, and for reports of what was seen. Ends with a line feed. */
export function screenText(view: CeremonyView): string {
  const { step } = view;
  const lines = [
    '',
    RULE,
    `${view.mode.toUpperCase()}   ${view.title}`,
    `${view.id}   ${step === undefined ? 'after the last step' : `step ${step.number} of ${view.total}`}   ${isoText(view.now)}`,
    RULE,
    ...(view.paused === undefined ? [] : [`PAUSED: ${view.paused}`]),
    ...(step === undefined ? ['All steps have ended.'] : stepLines(step, view)),
    ...view.shown.flatMap(({ title, lines: shown }) => ['', `${title}:`, ...shown.flatMap(fitted)]),
    ...view.openExceptions.map(({ number, what }) => `EXCEPTION ${number} is open: ${what}`),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** The word that is usual next. */
export function usual({ step, stage }: CeremonyView): string {
  if (step === undefined) return 'end';
  const next = NEXT[stage];
  return stage === 'agreeing' ? `${next} (${whoMust(step)})` : next;
}

const NEXT: Readonly<Record<Stage, string>> = {
  'to-begin': 'begin',
  agreeing: 'agree NAME',
  ready: 'go',
  interrupted: 'again',
  'carried-out': 'go',
  failed: 'again',
  over: 'end',
};

function stepLines(step: StepView, { stage, people }: CeremonyView): readonly string[] {
  return [
    step.act,
    `${step.number}. ${step.title}`,
    `   ${step.role}: ${step.holders.join(', ') || 'nobody'}${step.minutes === undefined ? '' : `, about ${step.minutes} min`}`,
    ...(step.say === undefined ? [] : ['', 'Read aloud:', ...wrapped(step.say)]),
    '',
    step.do.kind === 'command' ? 'The command:' : 'To do:',
    ...(step.do.kind === 'command' ? [`   ${step.doing}`] : wrapped(step.doing)),
    ...agreementLines(step, people),
    ...stageLines(step, stage),
  ];
}

function agreementLines({ confirm, given }: StepView, people: CeremonyView['people']): readonly string[] {
  if (confirm === undefined) return [];
  return [
    '',
    `Agree: ${agreementText(confirm, people)}`,
    ...given.map(({ person, role, time }) => `   ${person} (${role}) agreed at ${time}`),
  ];
}

/** Who must agree, by what, and what they type. */
export function agreementText({ roles, by, type }: NonNullable<StepView['confirm']>, people: CeremonyView['people']): string {
  const need = Object.entries(roles).map(([role, count]) => `${count} ${role} (${people[role]?.join(', ') || 'nobody'})`);
  const means = { key: 'by an own key', share: 'by bringing a share', screen: 'by name' }[by];
  const isOne = Object.values(roles).reduce((sum, count) => sum + count, 0) === 1;
  return `${need.join(', ')}, ${isOne ? '' : 'each '}${means}${type === undefined ? '' : `, and types "${type}"`}`;
}

function stageLines({ failure, attempt }: StepView, stage: Stage): readonly string[] {
  switch (stage) {
    case 'failed':
      return [
        '',
        `!! attempt ${attempt} FAILED: ${failure ?? 'the command did not end well'}`,
        '   Put it right, then type "again"; or "skip", with an exception that says why.',
      ];
    case 'interrupted':
      return [
        '',
        '!! The program ended in the midst of this step. What it had done is in the log. Type "again": the command finds what is there.',
      ];
    case 'carried-out':
      return ['', 'The command of this step has done its work; the program ended before that was noted. Type "go" to note it.'];
    case 'to-begin':
    case 'agreeing':
    case 'ready':
    case 'over':
      return [];
    default:
      return stage satisfies never;
  }
}

const whoMust = ({ missing }: StepView): string => missing.map(({ role, have, need }) => `${role} ${have} of ${need}`).join(', ');

/** A line as it is, where it fits: its columns mean something. */
const fitted = (text: string): readonly string[] => (text.length <= WIDTH - 3 ? [`   ${text}`] : wrapped(text));

/** At blanks, indented. */
function wrapped(text: string): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(/\s+/)) {
      if (line !== '' && line.length + 1 + word.length > WIDTH - 3) {
        lines.push(line);
        line = '';
      }
      line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line].map((one) => `   ${one}`);
  });
}
