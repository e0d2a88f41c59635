import type { CeremonyReport, Hash } from './collect.ts';

const WIDTH = 96;
const RULE = '-'.repeat(WIDTH);

/** The report as text, for printers and archives that know nothing else. Ends with a line feed. */
export function reportText(report: CeremonyReport): string {
  const { id, title, purpose, origin, mode, opened, ended, outcome, script, plan } = report;
  const lines = [
    `${mode === 'practice' ? 'PRACTICE: NOT A PRODUCTION CEREMONY   ' : ''}${title}`,
    RULE,
    purpose,
    '',
    `ceremony    ${id}`,
    `log         ${origin}`,
    `mode        ${mode}`,
    `from, to    ${opened}, ${ended ?? 'not ended'}`,
    `came to     ${outcome}`,
    ...hashRows('script', script),
    ...hashRows('plan', plan),
    '',
    'PEOPLE',
    ...report.roles.map(({ title: role, people }) => `  ${role.padEnd(20)}  ${people.join(', ')}`),
    ...report.attendance.map(({ time, person, role, act }) => `  ${time}  ${person} (${role}) ${act}`),
    '',
    'STEPS                                                                                  initials',
    ...report.steps.flatMap(stepRows),
    '',
    'EXCEPTIONS',
    ...(report.exceptions.length === 0 ? ['  none'] : report.exceptions.flatMap(exceptionRows)),
    '',
    'KEYS THAT WERE MADE',
    ...(report.keys.length === 0 ? ['  none'] : report.keys.flatMap(keyRows)),
    '',
    'RELEASES',
    ...(report.releases.length === 0 ? ['  none'] : report.releases.map((one) => `  ${one}`)),
    '',
    'CHECKPOINT',
    `  size ${report.checkpoint.size}`,
    ...hashRows('root', report.checkpoint.root),
    '',
    ...report.checkpoint.note.trimEnd().split('\n'),
    '',
    'I was present throughout. The script was followed, but for the exceptions above. This record is true.',
    '',
    ...[...new Set(report.roles.flatMap(({ people }) => people))].map(
      (person) => `${person.padEnd(24)} ${'_'.repeat(40)}  ${'_'.repeat(20)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function hashRows(name: string, { hex, words }: Hash): readonly string[] {
  const groups = rows(hex.match(/.{4}/g) ?? [], 16);
  return [...groups, ...rows(words, 8)].map((row, i) => `${i === 0 ? name.padEnd(10) : ' '.repeat(10)}  ${row}`);
}

function stepRows({
  number,
  id,
  title,
  begun,
  ended,
  outcome,
  text,
  approvals,
  entries,
}: CeremonyReport['steps'][number]): readonly string[] {
  const times = begun === undefined ? '' : `${begun} to ${ended ?? 'not ended'}`;
  return [
    `  ${`${number}. ${title} (${id})`.slice(0, 84).padEnd(84)} ________`,
    `     ${outcome === 'done' ? 'done' : outcome.toUpperCase()}  ${times}${text === '' ? '' : `  ${text}`}`,
    ...approvals.map(({ person, role, by, time }) => `     agreed: ${person} (${role}), by ${by}, ${time}`),
    ...entries.map((entry) => `     log ${entry.seq}: ${entry.text}`),
  ];
}

function exceptionRows({
  number,
  step,
  time,
  what,
  why,
  agreed,
  followUp,
  closed,
}: CeremonyReport['exceptions'][number]): readonly string[] {
  return [
    `  ${number}. at step ${step}, ${time}: ${what}`,
    `     because ${why}; agreed by ${agreed.join(', ')}; follow-up: ${followUp}`,
    `     ${closed === undefined ? 'OPEN' : `closed ${closed.time}: ${closed.text}`}`,
  ];
}

function keyRows({ zone, role, keyTag, algorithm, fingerprint, ds }: CeremonyReport['keys'][number]): readonly string[] {
  return [
    `  ${role.toUpperCase()} ${keyTag} of ${zone}, algorithm ${algorithm}`,
    ...(ds === undefined ? [] : [`     ${ds}`]),
    ...hashRows('', fingerprint).map((row) => `  ${row}`),
  ];
}

const rows = (parts: readonly string[], each: number): readonly string[] =>
  Array.from({ length: Math.ceil(parts.length / each) }, (_, i) => parts.slice(i * each, (i + 1) * each).join(' '));
