import type { CeremonyPicture } from '../ceremony-picture.ts';
import { type Line, line, span, wrap } from '../lines.ts';
import { CEREMONY_HEAD, type CeremonyState } from '../models/ceremony.ts';
import { bodyRows, type Shared } from '../models/screen.ts';
import type { Theme } from '../theme.ts';
import { ceremonyLines } from './ceremony-lines.ts';

/** The step that everybody in the room looks at; practice or production, and how far it is, stay in sight. */
export function ceremonyScreen({ isKnown, ceremony, top }: CeremonyState, { size }: Shared, theme: Theme): readonly Line[] {
  const { columns } = size;
  if (ceremony === undefined) {
    const text = isKnown
      ? 'no ceremony is open. One is filled by coldsign ceremony new, and led by coldsign ceremony run FILE; it shows here as soon as it is open.'
      : 'looking for a ceremony';
    return wrap(text, columns).map((one) => line(one));
  }
  const lines = ceremonyLines(ceremony, columns);
  if (theme.isReading) return [bannerLine(ceremony, columns), placeLine(ceremony, columns, theme), ...lines];
  const room = Math.max(0, bodyRows(size) - CEREMONY_HEAD);
  const below = lines.length - top - room;
  const rule = below > 0 ? `${theme.glyphs.rule.repeat(2)} ${below} more lines: down ` : '';
  return [
    bannerLine(ceremony, columns),
    placeLine(ceremony, columns, theme),
    line(rule.padEnd(columns, theme.glyphs.rule), below > 0 ? 'warning' : 'dim'),
    ...lines.slice(top, top + room),
  ].slice(0, bodyRows(size));
}

/** In words over the whole width: a colour alone is overlooked, or not there. */
function bannerLine({ mode, title }: CeremonyPicture, columns: number): Line {
  const text = ` ${modeWord(mode)}  ${title}`;
  return [span(text.padEnd(columns), mode === 'practice' ? 'practice' : 'bad')];
}

export const modeWord = (mode: CeremonyPicture['mode']): string => (mode === 'practice' ? '*** PRACTICE ***' : '### PRODUCTION ###');

/** Which step of how many, as words and as a bar. */
export function placeLine({ done, total, step, is }: CeremonyPicture, columns: number, { glyphs, isReading }: Theme): Line {
  const place = step === undefined ? `${done} of ${total} steps` : `STEP ${step.number} of ${total}`;
  const text = `${place}${is === 'under way' ? '' : `, ${is.toUpperCase()}`}  ${step?.act ?? ''}`;
  const width = Math.min(30, columns - text.length - 4);
  if (isReading || width < 8 || total === 0) return [span(text, 'key')];
  const full = Math.round((done / total) * width);
  const bar = `[${glyphs.bar.repeat(full)}${' '.repeat(width - full)}]`;
  return [span(text.padEnd(columns - bar.length), 'key'), span(bar)];
}
