import type { DiffView, ReleaseView } from '../data.ts';
import { type Line, line, span, wrap } from '../lines.ts';
import type { ReleaseState } from '../models/release.ts';
import { bodyRows, type Shared } from '../models/screen.ts';
import { PLAIN_THEME, type StyleName, type Theme } from '../theme.ts';
import { waitingFor } from './waiting.ts';

/** One release: what the gate said of it, its manifest; or how it differs from the one before. */
export function releaseScreen(state: ReleaseState, shared: Shared, theme: Theme): readonly Line[] {
  return releaseLines(state, shared, theme).slice(state.top, state.top + bodyRows(shared.size));
}

/** All lines of the page. */
export function releaseLines(
  { zone, release, diff, isDiffShown }: ReleaseState,
  shared: Shared,
  _theme: Theme = PLAIN_THEME,
): readonly Line[] {
  if (zone === undefined) return [line('no zone is chosen: 1 shows all of them')];
  if (release === undefined) return [waitingFor('release', `looking at the releases of ${zone}`, shared)];
  if (release.serials.length === 0) return [line(`${zone} was never released: coldsign zone sign ${zone}`)];
  return isDiffShown
    ? diffLines(zone, release, diff)
    : [...headLines(zone, release), ...gateLines(release, shared.size.columns), line(''), ...release.lines.map((text) => line(text))];
}

function headLines(zone: string, { serial, serials }: ReleaseView): readonly Line[] {
  const place = serials.length === 1 ? 'the only one' : `number ${serials.indexOf(serial) + 1} of the last ${serials.length}`;
  return [[span(`${zone} serial ${serial}`, 'title'), span(`, ${place}`, 'dim')]];
}

const TAGS: Readonly<Record<ReleaseView['verdicts'][number]['verdict'], { readonly tag: string; readonly style: StyleName }>> = {
  pass: { tag: '[ok]', style: 'good' },
  fail: { tag: '[FAIL]', style: 'bad' },
  overridden: { tag: '[SET ASIDE]', style: 'warning' },
};

function gateLines({ verdicts }: ReleaseView, columns: number): readonly Line[] {
  if (verdicts.length === 0) return [line('no report of the gate')];
  return verdicts.flatMap(({ rule, verdict, text }) => {
    const { tag, style } = TAGS[verdict];
    const indent = Math.min(tag.length + 1, columns - 12);
    return wrap(`${rule}: ${text}`, columns - indent).map((one, i): Line => [span((i === 0 ? tag : '').padEnd(indent), style), span(one)]);
  });
}

function diffLines(zone: string, { serial }: ReleaseView, diff: DiffView | undefined): readonly Line[] {
  if (diff === undefined) return [line(`comparing ${zone} serial ${serial} with the release before`)];
  if (diff.before === undefined) return [line(`serial ${serial} is the first release that is known: nothing to compare with`)];
  const rest = diff.added + diff.removed - diff.lines.length;
  return [
    [span(`${zone} ${diff.before} to ${serial}: `, 'title'), span(`${diff.removed} records removed, ${diff.added} added`)],
    ...diff.lines.map((text) => line(text, text.startsWith('+') ? 'good' : 'warning')),
    ...(rest > 0 ? [line(`and ${rest} more: the command prints all of them`, 'dim')] : []),
  ];
}
