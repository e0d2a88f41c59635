import type { ZoneContents, ZoneView } from '../data.ts';
import { fact, type Line, line, span } from '../lines.ts';
import { bodyRows, type Shared } from '../models/screen.ts';
import type { ZoneState } from '../models/zone.ts';
import { table } from '../table.ts';
import { PLAIN_THEME, type Theme } from '../theme.ts';
import { dayText, leftText, minuteText } from '../time.ts';
import { STYLES, TAGS } from './overview.ts';
import { waitingFor } from './waiting.ts';

/** Everything of one zone: keys with their states, the table of record states, records by class, when signatures end, releases. */
export function zoneScreen(state: ZoneState, shared: Shared, theme: Theme): readonly Line[] {
  return zoneLines(state, shared, theme).slice(state.top, state.top + bodyRows(shared.size));
}

/** All lines of the page. */
export function zoneLines({ zone, view, contents }: ZoneState, shared: Shared, theme: Theme = PLAIN_THEME): readonly Line[] {
  if (zone === undefined) return [line('no zone is chosen: 1 shows all of them')];
  if (view === undefined) return [waitingFor('zone', `looking at ${zone}`, shared)];
  return [
    ...headLines(view, shared),
    line(''),
    ...keyLines(view, shared, theme),
    ...view.ready.flatMap((text) => fact('ready', text, shared.size.columns, 9)),
    ...view.waits.flatMap((text) => fact('waits', text, shared.size.columns, 9)),
    line(''),
    ...releaseLines(view, shared, theme),
    line(''),
    ...contentsLines(contents, view, shared, theme),
  ];
}

function headLines({ row, source, mode }: ZoneView, { size: { columns }, now }: Shared): readonly Line[] {
  const { zone, urgency, what, who, lastSafe, riskClass, owner, policy } = row;
  const safe = lastSafe === undefined ? 'later does no harm' : `${minuteText(lastSafe)} (${leftText(lastSafe, now)})`;
  return [
    [span(`${zone} `, 'title'), span(TAGS[urgency], STYLES[urgency]), span(` ${what}`)],
    line(`class ${riskClass}, owner ${owner || '-'}, policy ${policy}, mode ${mode}`),
    ...fact('acts', who, columns, 10),
    ...fact('last safe', safe, columns, 10),
    ...fact('source', source, columns, 10),
  ];
}

function keyLines({ keys }: ZoneView, { size }: Shared, theme: Theme): readonly Line[] {
  if (keys.length === 0) return [line('no keys')];
  const rows = keys.map(({ label, algorithm, state, dnskey, krrsig, zrrsig, ds }) => ({
    cells: [label, `${algorithm}`, state, dnskey, krrsig, zrrsig, ds].map((text) => ({ text })),
  }));
  return table(
    [
      { head: 'key', most: 24 },
      { head: 'alg', most: 3, drop: 3 },
      { head: 'state', most: 12 },
      { head: 'DNSKEY', most: 11, drop: 1 },
      { head: 'signs keys', most: 11, drop: 2 },
      { head: 'signs data', most: 11, drop: 2 },
      { head: 'DS', most: 11, drop: 1 },
    ],
    rows,
    size.columns,
    theme,
  );
}

function releaseLines({ releases }: ZoneView, { size }: Shared, theme: Theme): readonly Line[] {
  if (releases.length === 0) return [line('no release')];
  const rows = releases.map(({ serial, from, until, records, isCurrent }) => ({
    cells: [
      `${serial}`,
      `${records}`,
      minuteText(from),
      until === undefined ? 'unsigned' : minuteText(until),
      isCurrent ? 'current' : '',
    ].map((text) => ({ text })),
  }));
  return table(
    [
      { head: 'release', most: 10 },
      { head: 'records', most: 9, drop: 2 },
      { head: 'valid from', most: 17, drop: 1 },
      { head: 'valid until', most: 17 },
      { head: '', most: 7 },
    ],
    rows,
    size.columns,
    theme,
  );
}

function contentsLines(contents: ZoneContents | undefined, { releases }: ZoneView, shared: Shared, theme: Theme): readonly Line[] {
  if (contents === undefined)
    return releases.length === 0 ? [] : [waitingFor('contents', 'counting records and signatures of the release', shared)];
  const { size } = shared;
  const { classes, types, expiries } = contents;
  const most = Math.max(1, ...expiries.map(({ signatures }) => signatures));
  const room = Math.max(0, size.columns - 24);
  const bars = expiries.map(({ day, signatures }): Line => {
    const bar = theme.isReading ? '' : theme.glyphs.bar.repeat(Math.max(1, Math.round((signatures / most) * room)));
    return [span(`  ${dayText(day)} ${`${signatures}`.padStart(9)} `), span(bar, 'dim')];
  });
  return [
    line('records by class', 'title'),
    ...classes.map(({ name, records }) => line(`  ${name.padEnd(24)} ${`${records}`.padStart(9)}`)),
    ...fact('by type', types.map(({ type, records }) => `${type} ${records}`).join(', '), size.columns, 10),
    line(''),
    line(expiries.length === 0 ? 'no signatures' : 'signatures by the day on which they end', 'title'),
    ...bars,
  ];
}
