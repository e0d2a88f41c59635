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

/** Below its title; what is indented further stays so. */
const indented = (text: string, columns: number, style?: StyleName): readonly Line[] =>
  text.split('\n').flatMap((one) => {
    const blank = `  ${/^ */.exec(one)![0].slice(0, Math.floor(columns / 2))}`;
    return wrap(one.trim(), Math.max(1, columns - blank.length)).map((part) => [span(blank), span(part, style)]);
  });

/** Digests are read aloud group by group, in rows of as many as the next reader has; other lines stay as they are. */
function aloud(text: string, columns: number): readonly Line[] {
  const room = Math.max(1, columns - 2);
  if (!isDigest(text)) return indented(text, columns, 'key');
  const groups = text.trim().split(/\s+/);
  const widest = Math.max(...groups.map(({ length }) => length));
  const each = PER_ROW.find((count) => count * (widest + GAP) - GAP <= room) ?? 1;
  return Array.from({ length: Math.ceil(groups.length / each) }, (_, i) => groups.slice(i * each, (i + 1) * each)).flatMap((row) =>
    wrap(
      row
        .map((one) => one.padEnd(widest + GAP))
        .join('')
        .trimEnd(),
      room,
    ).map((one): Line => [span('  '), span(one, 'key')]),
  );
}

const PER_ROW = [8, 4, 2, 1] as const;
const GAP = 3;

/** Groups of hexadecimal digits, or the words that stand for octets. */
const isDigest = (text: string): boolean => /^\s*(?:[0-9A-Fa-f]{4}\b ?){2,}$|^\s*(?:[A-Za-z]{4,12}\b ?){4,}$/.test(text);
