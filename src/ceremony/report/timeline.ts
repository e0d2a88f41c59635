import type { CeremonyReport } from './collect.ts';
import { escaped } from './html-text.ts';

const WIDTH = 720;
const LABEL = 210;
const ROW = 14;
const TOP = 22;
const MIN_BAR = 2;
const LONGEST_LABEL = 34;
/** On a sheet of Letter there is room for a few more. */
const ROWS_A_PICTURE = 45;

/**
 * Steps over time as pictures that fit on a sheet, one row each; exceptions are marks with their number.
 * @param moment text of a time → unix seconds
 */
export function timelineSvg(report: CeremonyReport, moment: (text: string, now: number) => number): string {
  const { steps, exceptions, opened, ended } = report;
  const shown = steps.filter(({ begun }) => begun !== undefined);
  if (shown.length === 0) return '<p>No step has begun.</p>';
  const at = (text: string): number => moment(text, 0);
  // In practice the clock may have been set; and of a ceremony that has not ended, what came last is its end so far.
  const times = [
    opened,
    ...(ended === undefined ? [] : [ended]),
    ...shown.flatMap((step) => [step.begun!, ...(step.ended === undefined ? [] : [step.ended])]),
    ...exceptions.map(({ time }) => time),
  ].map(at);
  const from = Math.min(...times);
  const to = Math.max(from + 1, ...times);
  const x = (time: number): number => LABEL + ((time - from) / (to - from)) * (WIDTH - LABEL - 10);
  const pictures = Array.from({ length: Math.ceil(shown.length / ROWS_A_PICTURE) }, (_, i) =>
    picture(report, shown.slice(i * ROWS_A_PICTURE, (i + 1) * ROWS_A_PICTURE), (text) => x(text === undefined ? to : at(text))),
  );
  return pictures.join('\n');
}

/** @param x place of a time from left; undefined: of the end */
function picture(
  { exceptions, opened, ended }: CeremonyReport,
  shown: CeremonyReport['steps'],
  x: (time: string | undefined) => number,
): string {
  const height = TOP + shown.length * ROW + 20;
  const bars = shown.map(({ number, id, begun, ended: end, outcome }, i) => {
    const y = TOP + i * ROW;
    const left = x(begun);
    const width = Math.max(MIN_BAR, x(end) - left);
    const label = shortened(`${number}. ${id}`);
    return `<text x="${LABEL - 6}" y="${y + 9}" text-anchor="end">${escaped(label)}</text><rect x="${left.toFixed(1)}" y="${y + 1}" width="${width.toFixed(1)}" height="${ROW - 4}" fill="${outcome === 'done' ? '#444' : '#fff'}" stroke="#000"/>`;
  });
  const marks = exceptions.map(({ number, time }) => {
    const left = x(time);
    return `<line x1="${left.toFixed(1)}" y1="${TOP}" x2="${left.toFixed(1)}" y2="${height - 20}" stroke="#000" stroke-dasharray="3 2"/><text x="${left.toFixed(1)}" y="${height - 8}" text-anchor="${left > WIDTH - 60 ? 'end' : 'middle'}">exception ${number}</text>`;
  });
  return `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Steps over time" font-family="sans-serif" font-size="9"><text x="${LABEL}" y="12">${escaped(opened)}</text><text x="${WIDTH - 10}" y="12" text-anchor="end">${escaped(ended ?? 'not ended')}</text>${bars.join('')}${marks.join('')}</svg>`;
}

/** The end of a long id tells more than its middle: what it is done to. */
function shortened(text: string): string {
  if (text.length <= LONGEST_LABEL) return text;
  const head = Math.floor(LONGEST_LABEL / 2);
  return `${text.slice(0, head)}…${text.slice(head + 1 - LONGEST_LABEL)}`;
}
