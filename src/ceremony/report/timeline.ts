import type { CeremonyReport } from './collect.ts';
import { escaped } from './html-text.ts';

const WIDTH = 720;
const LABEL = 210;
const ROW = 14;
const TOP = 22;
const MIN_BAR = 2;

/** Steps over time as a picture, one row each; exceptions are marks with their number. @param moment text of a time → unix seconds */
export function timelineSvg({ steps, exceptions, opened, ended }: CeremonyReport, moment: (text: string, now: number) => number): string {
  const shown = steps.filter(({ begun }) => begun !== undefined);
  if (shown.length === 0) return '<p>No step has begun.</p>';
  const at = (text: string): number => moment(text, 0);
  const from = at(opened);
  const to = Math.max(from + 1, at(ended ?? shown.at(-1)!.ended ?? shown.at(-1)!.begun!));
  const x = (time: number): number => LABEL + ((time - from) / (to - from)) * (WIDTH - LABEL - 10);
  const height = TOP + shown.length * ROW + 20;
  const bars = shown.map(({ number, id, begun, ended: end, outcome }, i) => {
    const y = TOP + i * ROW;
    const left = x(at(begun!));
    const width = Math.max(MIN_BAR, x(end === undefined ? to : at(end)) - left);
    const isDone = outcome === 'done';
    return `<text x="${LABEL - 6}" y="${y + 9}" text-anchor="end">${escaped(`${number}. ${id}`.slice(0, 34))}</text><rect x="${left.toFixed(1)}" y="${y + 1}" width="${width.toFixed(1)}" height="${ROW - 4}" fill="${isDone ? '#444' : '#fff'}" stroke="#000"/>`;
  });
  const marks = exceptions.map(({ number, time }) => {
    const left = x(at(time));
    return `<line x1="${left.toFixed(1)}" y1="${TOP}" x2="${left.toFixed(1)}" y2="${height - 20}" stroke="#000" stroke-dasharray="3 2"/><text x="${left.toFixed(1)}" y="${height - 8}" text-anchor="middle">exception ${number}</text>`;
  });
  return `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Steps over time" font-family="sans-serif" font-size="9"><text x="${LABEL}" y="12">${escaped(opened)}</text><text x="${WIDTH - 10}" y="12" text-anchor="end">${escaped(ended ?? 'not ended')}</text>${bars.join('')}${marks.join('')}</svg>`;
}
