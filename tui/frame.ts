import type { Act } from './data.ts';
import { bindingsOn } from './keymap.ts';
import { fitLine, type Line, line, span, tail, visible, widthOf, wrap } from './lines.ts';
import type { Model } from './model.ts';
import { SCREENS } from './models/registry.ts';
import { bodyRows, hasTabs, isNarrow, isTooSmall } from './models/screen.ts';
import { progressLine } from './progress.ts';
import { SCREEN_NAMES, type ScreenName } from './screen-names.ts';
import { keyText } from './screens/help.ts';
import { VIEWS } from './screens/registry.ts';
import type { Theme } from './theme.ts';
import { minuteText, timeText } from './time.ts';
import { actOf, sameOf } from './update.ts';

/** The whole screen: exactly as many lines as it has rows, each exactly as wide; for a screen reader, only what says something. */
export function frame(model: Model, theme: Theme): readonly Line[] {
  const { size } = model;
  const { columns, rows } = size;
  if (isTooSmall(size))
    return wrap(`terminal too small (${columns}x${rows})`, columns)
      .slice(0, rows)
      .map((text) => line(text));
  const shown = body(model, theme);
  const told = statusLines(model);
  const head = headLine(model, theme);
  const bottom = [...told, commandLine(model), keyLine(model)];
  if (theme.isReading)
    return [head, ...shown, ...bottom]
      .filter((one) => one.some(({ text }) => text.trim() !== ''))
      .map((one) => one.map((part) => ({ ...part, text: visible(part.text) })));
  // What does not fit on one line takes the last lines of the picture.
  const filled = Array.from({ length: bodyRows(size) - (told.length - 1) }, (_, i) => shown[i] ?? []);
  return [head, ...(hasTabs(size) ? [tabLine(model)] : []), ...filled, ...bottom].map((one) => fitLine(one, columns, theme));
}

/** A command that does not fit on its line is shown whole before it is run. */
function body(model: Model, theme: Theme): readonly Line[] {
  const { input, size } = model;
  if (input?.kind !== 'confirm' || fitsBelow(input, size)) return bodyOf(model, model.screen, theme);
  return [
    line('to be run:', 'key'),
    ...wrap(commandText(input.act), size.columns).map((text) => line(text)),
    ...wrap(`(${input.act.text})`, size.columns).map((text) => line(text, 'dim')),
    ...wrap(`to run it type ${input.act.confirm} and Enter; Esc: not`, size.columns).map((text) => line(text, 'key')),
  ];
}

const commandText = ({ argv }: Act): string => `coldsign ${argv.join(' ')}`;

const promptOf = ({ confirm }: Act): string => `to run it type ${confirm} and Enter (Esc: not): `;

/** Command, and prompt with all that is asked for. */
const fitsBelow = ({ act }: Confirmation, { columns }: Model['size']): boolean =>
  widthOf(commandText(act)) + 3 <= columns && widthOf(promptOf(act)) + widthOf(act.confirm) + 1 <= columns;

type Confirmation = Extract<Model['input'], { kind: 'confirm' }>;

function bodyOf<N extends ScreenName>(model: Model, name: N, theme: Theme): readonly Line[] {
  return VIEWS[name](model.screens[name], model, theme);
}

/** Practice or production, which log, the time: on every screen. */
function headLine({ summary, size, now, screen, isWatching }: Model, { isReading }: Theme): Line {
  const { mode, origin } = summary;
  const banner = mode === 'practice' ? ' PRACTICE ' : ' PRODUCTION ';
  const watching = isWatching ? ' WATCHING ' : '';
  const name = isNarrow(size) || hasTabs(size) ? '' : ` ${screen}`;
  // A second that has passed is nothing to be read aloud.
  const clock = isReading ? minuteText(now) : isNarrow(size) ? timeText(now).slice(11) : timeText(now);
  const left = `${banner}${watching}${isNarrow(size) ? ` ${screen}` : ` coldsign ${origin}${name}`}`;
  const gap = Math.max(1, size.columns - widthOf(left) - clock.length);
  return [
    span(banner, mode === 'practice' ? 'practice' : 'bad'),
    span(watching, 'cursor'),
    span(left.slice(banner.length + watching.length)),
    span(' '.repeat(gap)),
    span(clock),
  ];
}

function tabLine({ screen, size }: Model): Line {
  const isShort = size.columns < 80;
  return SCREEN_NAMES.flatMap((name, i) => {
    const key = name === 'help' ? '?' : `${i + 1}`;
    const isOn = name === screen;
    const text = isShort && !isOn ? key : `${key} ${name}`;
    return [span(isOn ? `[${text}]` : ` ${text}`, isOn ? 'title' : 'dim')];
  });
}

/** One line; several for a notice that is longer, such as a refusal with its next step. */
function statusLines(model: Model): readonly Line[] {
  const { input, jobs, notice, size } = model;
  if (input !== undefined || jobs.size > 0 || notice === undefined) return [statusLine(model)];
  const mark = notice.isBad ? '[!] ' : '';
  return wrap(`${mark}${notice.text}`, size.columns)
    .slice(0, Math.max(1, Math.floor(bodyRows(size) / 2)))
    .map((text) => line(text, notice.isBad ? 'bad' : undefined));
}

/** What is typed, what is being worked out, or what somebody should know of the log. */
function statusLine({ input, jobs, summary, size }: Model): Line {
  if (input !== undefined) {
    const prompt = input.kind === 'search' ? 'search: ' : fitsBelow(input, size) ? promptOf(input.act) : 'type: ';
    // The end of a long line is where it is typed.
    const room = Math.max(1, size.columns - widthOf(prompt) - 1);
    return [span(prompt, 'key'), span(`${tail(input.text, room)}_`)];
  }
  const [job] = jobs.values();
  if (job !== undefined)
    return [span(progressLine(job, size.columns - (isNarrow(size) ? 0 : 10))), span(isNarrow(size) ? '' : '  x: stop', 'dim')];
  const { anomalies, isConfigPending, open, entries, exceptions } = summary;
  if (open[0] !== undefined) return [span('[!] ', 'warning'), span(open[0])];
  if (isConfigPending) return [span('[!] ', 'warning'), span('coldsign.yaml differs from the configuration in force')];
  return line(`log: ${entries} entries, ${exceptions} exceptions, ${anomalies} anomalies`, anomalies > 0 ? 'warning' : 'dim');
}

/** The act as the command that it is; where there is none, the command that shows the same. */
function commandLine(model: Model): Line {
  const act = model.input?.kind === 'confirm' ? model.input.act : actOf(model);
  if (act === undefined) return [span('shows ', 'dim'), span(`coldsign ${sameOf(model).join(' ')}`)];
  return [span('!  coldsign ', 'key'), span(act.argv.join(' '), 'key'), span(`  ${act.text}`, 'dim')];
}

function keyLine({ input, screen, isWatching, size }: Model): Line {
  if (input !== undefined) {
    const help = input.kind === 'search' ? SCREENS[screen].searchHelp : undefined;
    return [span('Enter', 'key'), span(' go on  '), span('Esc', 'key'), span(' not  '), span(help ?? '', 'dim')];
  }
  const all = bindingsOn(screen, isWatching).filter(({ short }) => short !== undefined);
  const shown = isNarrow(size) ? all.slice(0, 4) : all;
  return shown.flatMap(({ keys, short }) => [span(keyText(keys[0]!), 'key'), span(` ${short}  `)]);
}
