import type { CaseResult, Row } from './run-case.ts';

const HEADER = [
  'signer',
  'RRSIGs',
  'made',
  'wall s',
  '±',
  'CPU s',
  'peak MB',
  'others',
  'wall',
  'CPU',
  'MB',
  'µs/RRSIG',
  '× C_Sign',
  'found good by',
];

/** The figures of one case as a table: medians, and ratios to the first row. */
export function printCase(result: CaseResult, markdown: boolean): string {
  const rows = result.floor === undefined ? result.rows : [...result.rows, result.floor];
  const table = [HEADER, ...rows.map((row) => cells(row, result.rows[0], result.floor))];
  const title = `${result.name}: ${result.title}, ${result.records.toLocaleString('en')} records`;
  return markdown ? `### ${title}\n\n${markdownTable(table)}` : `${title}\n${textTable(table)}`;
}

function cells(row: Row, base: Row | undefined, floor: Row | undefined): string[] {
  if (row.failure !== undefined || row.runs.length === 0) return [row.name, `failed: ${firstLine(row.failure)}`];
  const [wall, cpu, peak] = [median(row, 'wall'), median(row, 'cpu'), median(row, 'peak')];
  const ratio = (key: Key) => (base === undefined || base.runs.length === 0 ? '' : (median(row, key) / median(base, key)).toFixed(2));
  return [
    row.name,
    Math.round(row.signatures).toLocaleString('en'),
    Math.round(row.made).toLocaleString('en'),
    wall.toFixed(2),
    `${Math.round((50 * spread(row)) / wall)} %`,
    cpu.toFixed(2),
    peak.toFixed(0),
    median(row, 'others').toFixed(1),
    ratio('wall'),
    ratio('cpu'),
    ratio('peak'),
    row.signatures === 0 ? '' : ((cpu / row.signatures) * 1e6).toFixed(0),
    floor === undefined || floor.runs.length === 0 ? '' : (wall / median(floor, 'wall')).toFixed(1),
    row.judges.join(', '),
  ];
}

type Key = keyof Row['runs'][number];

function median(row: Row, key: Key): number {
  const values = row.runs.map((run) => run[key]).sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

/** Difference between the slowest and the fastest run, seconds. */
function spread(row: Row): number {
  const walls = row.runs.map((run) => run.wall);
  return Math.max(...walls) - Math.min(...walls);
}

function firstLine(text = 'no run'): string {
  return text.split('\n', 1)[0]!;
}

function textTable(table: readonly string[][]): string {
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => (row.length === HEADER.length ? row[column]!.length : 0))));
  widths[0] = Math.max(...table.map((row) => row[0]!.length));
  const isText = (column: number) => column === 0 || column === HEADER.length - 1;
  const pad = (cell: string, column: number) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!));
  return `${table
    .map((row) => (row.length === HEADER.length ? row.map(pad).join('  ') : `${pad(row[0]!, 0)}  ${row[1]}`).trimEnd())
    .join('\n')}\n`;
}

function markdownTable(table: readonly string[][]): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${HEADER.map((_, column) => (column === 0 || column === HEADER.length - 1 ? '---' : '---:')).join('|')}|`;
  const [header = [], ...rows] = table;
  return `${[line(header), rule, ...rows.map(line)].join('\n')}\n`;
}
