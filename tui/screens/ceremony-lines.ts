import type { CeremonyPicture, CeremonyStepPicture } from '../ceremony-picture.ts';
import { type Line, line, span, wrap } from '../lines.ts';
import type { StyleName } from '../theme.ts';

/** How it is looked at: whoever leads it has what comes next on the key Enter. */
export interface CeremonySight {
  readonly isLed: boolean;
}

/** Everything of the step, most wanted first: it may be longer than the screen. */
export function ceremonyLines(ceremony: CeremonyPicture, columns: number, { isLed }: CeremonySight = { isLed: false }): readonly Line[] {
  const { step, shown, exceptions, present, paused } = ceremony;
  return [
    ...(paused === undefined ? [] : said(`[!] PAUSED: ${paused}`, columns, 'warning')),
    ...(step === undefined ? said(OVER[ceremony.is], columns, 'title') : titleLines(step, columns)),
    // In sight on the smallest screen, too.
    ...(isLed ? [] : nextLines(ceremony, columns)),
    ...(step === undefined ? [] : stepLines(step, columns)),
    ...shown.flatMap(({ title, lines }) => [line(''), ...said(title, columns, 'key'), ...lines.flatMap((one) => aloud(one, columns))]),
    ...exceptions.flatMap((one) => said(`[!] EXCEPTION ${one}`, columns, 'bad')),
    line(''),
    ...said(`in the room: ${present.join(', ') || 'nobody has been entered yet'}`, columns, 'dim'),
    ...said(`ceremony ${ceremony.id}`, columns, 'dim'),
  ];
}

const OVER: Readonly<Record<CeremonyPicture['is'], string>> = {
  'under way': 'All steps have ended.',
  paused: 'All steps have ended.',
  done: 'The ceremony has ended.',
  aborted: 'The ceremony was ABORTED.',
};

function titleLines({ number, title, role, holders, minutes, trouble }: CeremonyStepPicture, columns: number): readonly Line[] {
  return [
    ...said(`${number}. ${title.toUpperCase()}`, columns, 'title'),
    ...said(`${role}: ${holders.join(', ') || 'nobody'}${minutes === undefined ? '' : `, about ${minutes} min`}`, columns),
    ...trouble.flatMap((one) => said(`[!] ${one}`, columns, 'bad')),
  ];
}

function stepLines({ say, isCommand, doing, agree, given, missing }: CeremonyStepPicture, columns: number): readonly Line[] {
  return [
    ...(say === undefined ? [] : [line('READ ALOUD', 'key'), ...indented(say, columns)]),
    line(isCommand ? 'THE COMMAND' : 'TO DO', 'key'),
    ...indented(doing, columns),
    ...(agree === undefined ? [] : [line('MUST AGREE', 'key'), ...indented(agree, columns)]),
    ...given.flatMap((one) => indented(`[x] ${one}`, columns)),
    ...missing.flatMap((one) => indented(`[ ] ${one}`, columns)),
  ];
}

function nextLines({ is, next }: CeremonyPicture, columns: number): readonly Line[] {
  return is === 'done' || is === 'aborted' ? [] : said(`NEXT: type ${next}`, columns, 'cursor');
}

const said = (text: string, columns: number, style?: StyleName): readonly Line[] => wrap(text, columns).map((one) => line(one, style));

const indented = (text: string, columns: number): readonly Line[] =>
  text.split('\n').flatMap((one) => wrap(one, Math.max(1, columns - 2)).map((part) => [span('  '), span(part)]));

/** Groups far enough apart to be read one by one, over the whole width. */
function aloud(text: string, columns: number): readonly Line[] {
  const room = Math.max(1, columns - 2);
  const lines: string[] = [];
  let current = '';
  for (const group of text.trim().split(/\s+/)) {
    const longer = current === '' ? group : `${current}   ${group}`;
    if (current !== '' && longer.length > room) {
      lines.push(current);
      current = group;
    } else current = longer;
  }
  return [...lines, current].flatMap((one) => (one.length > room ? wrap(one, room) : [one])).map((one) => [span('  '), span(one, 'key')]);
}
