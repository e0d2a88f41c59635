import { plain } from '../../audit/describe.ts';
import type { CeremonyReport, Hash } from './collect.ts';
import { PRACTICE } from './style.ts';

const WIDTH = 96;
const RULE = '-'.repeat(WIDTH);
/** On a sheet there are about sixty lines: none is without the banner. */
const LINES_BETWEEN_BANNERS = 40;
const INITIALS = ' ________';

/** Lines that stand together. */
type Block = readonly string[];

/** The report as text, for printers and archives that know nothing else: no line is longer than 96 characters. Ends with a line feed. */
export function reportText(report: CeremonyReport): string {
  const blocks: readonly Block[] = [
    [...(report.mode === 'practice' ? [PRACTICE] : []), ...wrapped(report.title), RULE],
    report.purpose.split('\n').flatMap((line) => wrapped(line)),
    ['', ...facts(report)],
    ['', 'PEOPLE', ...report.roles.flatMap(({ title, people }) => wrapped(`${title}: ${people.map(named(report)).join(', ')}`, 2))],
    ...report.attendance.map(({ time, person, role, act }) => wrapped(`${time}  ${person} (${role}) ${act}`, 2)),
    ['', `${'STEPS'.padEnd(WIDTH - INITIALS.length)} initials`],
    ...report.steps.map(stepRows),
    ...listed('EXCEPTIONS', report.exceptions.map(exceptionRows)),
    ...listed(
      'WHAT DID NOT GO STRAIGHT ON',
      report.events.map(({ time, text }) => wrapped(`${time}  ${text}`, 2)),
    ),
    ...listed('KEYS THAT WERE MADE, RESTORED OR DESTROYED', report.keys.map(keyRows)),
    ...listed(
      'RELEASES',
      report.releases.map((one) => wrapped(one, 2)),
    ),
    ['', 'CHECKPOINT', `  size ${report.checkpoint.size}`, ...hashRows('root', report.checkpoint.root)],
    // As it is compared and verified: nothing of it is wrapped.
    ['', ...report.checkpoint.note.trimEnd().split('\n').map(plain)],
    ['', 'I was present throughout. The script was followed, but for the exceptions above.', 'This record is true.', ''],
    ...[...new Set(report.roles.flatMap(({ people }) => people))].map((person) => signatureRows(named(report)(person))),
  ];
  return `${(report.mode === 'practice' ? withBanners(blocks) : blocks.flat()).join('\n')}\n`;
}

function facts({ id, origin, mode, opened, ended, outcome, reason, script, plan, environment }: CeremonyReport): Block {
  return [
    `ceremony    ${id}`,
    ...wrapped(`log         ${origin}`),
    `mode        ${mode}`,
    `from, to    ${opened}, ${ended ?? 'not ended'}`,
    ...wrapped(`came to     ${outcome}${reason === undefined ? '' : `: ${reason}`}`),
    ...hashRows('script', script),
    ...hashRows('plan', plan),
    ...hashRows('environment', environment),
  ];
}

const named =
  ({ names }: CeremonyReport) =>
  (person: string): string =>
    Object.hasOwn(names, person) && names[person] !== person ? `${person} (${names[person]})` : person;

function listed(title: string, blocks: readonly Block[]): readonly Block[] {
  const [first = ['  none'], ...more] = blocks;
  return [['', title, ...first], ...more];
}

function hashRows(name: string, { hex, words }: Hash): Block {
  const groups = rows(hex.match(/.{4}/g) ?? [], 16);
  return [...groups, ...rows(words, 8)].flatMap((row, i) => wrapped(`${(i === 0 ? name : '').padEnd(11)} ${row}`));
}

function stepRows(step: CeremonyReport['steps'][number]): Block {
  const { number, id, title, begun, ended, outcome, text, attempts, evidence, approvals, entries } = step;
  const times = begun === undefined ? '' : `  ${begun} to ${ended ?? 'not ended'}${attempts > 1 ? `, attempt ${attempts}` : ''}`;
  const heading = wrapped(`${number}. ${title} (${id})`, 2, WIDTH - INITIALS.length);
  return [
    `${heading[0]!.padEnd(WIDTH - INITIALS.length)}${INITIALS}`,
    ...heading.slice(1),
    ...wrapped(`${outcome === 'done' ? 'done' : outcome.toUpperCase()}${times}${text === '' ? '' : `  ${text}`}`, 5),
    ...approvals.flatMap(({ person, role, by, time }) => wrapped(`agreed: ${person} (${role}), by ${by}, ${time}`, 5)),
    ...(evidence === undefined ? [] : wrapped(`kept with it: ${evidence.name}, sha256 ${evidence.sha256}`, 5)),
    ...entries.flatMap((entry) => wrapped(`log ${entry.seq}: ${entry.text}`, 5)),
  ];
}

function exceptionRows({ number, step, time, what, why, agreed, followUp, closed }: CeremonyReport['exceptions'][number]): Block {
  return [
    ...wrapped(`${number}. at step ${step}, ${time}: ${what}`, 2),
    ...wrapped(`because ${why}`, 5),
    ...wrapped(`agreed by ${agreed.join(', ')}`, 5),
    ...wrapped(`follow-up: ${followUp}`, 5),
    ...wrapped(closed === undefined ? 'OPEN' : `closed ${closed.time}: ${closed.text}`, 5),
  ];
}

function keyRows({ became, zone, role, keyTag, algorithm, fingerprint, ds }: CeremonyReport['keys'][number]): Block {
  return [
    ...wrapped(`${role.toUpperCase()} ${keyTag} of ${zone}, algorithm ${algorithm}: ${became === 'destroyed' ? 'DESTROYED' : became}`, 2),
    // One line, however long the name of the zone is: it is copied.
    ...(ds === undefined ? [] : [`     ${plain(ds)}`]),
    ...hashRows('', fingerprint),
  ];
}

const signatureRows = (name: string): Block =>
  name.length <= 32 ? [`${plain(name).padEnd(32)} ${'_'.repeat(40)}  ${'_'.repeat(20)}`] : [...wrapped(name), ...signatureRows('')];

const rows = (parts: readonly string[], each: number): readonly string[] =>
  Array.from({ length: Math.ceil(parts.length / each) }, (_, i) => parts.slice(i * each, (i + 1) * each).join(' '));

/**
 * Lines of at most `width` characters, all but the first behind a bar: what people have typed cannot look like a line of its own, and moves no
 * terminal.
 */
function wrapped(text: string, indent = 0, width = WIDTH): Block {
  const lines: string[] = [];
  let rest = plain(text);
  do {
    const start = `${' '.repeat(indent)}${lines.length === 0 ? '' : ' | '}`;
    const room = width - start.length;
    const blank = rest.lastIndexOf(' ', room);
    const end = rest.length <= room ? rest.length : blank > 0 && rest.slice(0, blank).trim() !== '' ? blank : room;
    lines.push(`${start}${rest.slice(0, end)}`.trimEnd());
    rest = rest.slice(end).trimStart();
  } while (rest !== '');
  return lines;
}

function withBanners(blocks: readonly Block[]): Block {
  const lines: string[] = [];
  let since = 0;
  for (const block of blocks.flatMap(inParts)) {
    if (since + block.length > LINES_BETWEEN_BANNERS && since > 0) {
      lines.push(PRACTICE);
      since = 0;
    }
    lines.push(...block);
    since += block.length;
  }
  return [...lines, PRACTICE];
}

/** Of what is longer than a sheet. */
const inParts = (block: Block): readonly Block[] =>
  Array.from({ length: Math.ceil(block.length / LINES_BETWEEN_BANNERS) }, (_, i) =>
    block.slice(i * LINES_BETWEEN_BANNERS, (i + 1) * LINES_BETWEEN_BANNERS),
  );
