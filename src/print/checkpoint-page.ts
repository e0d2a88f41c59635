/** A checkpoint as it is printed: what people sign, take with them, and read from years later. */
export interface CheckpointPage {
  readonly origin: string;
  readonly size: number;
  /** Of the last entry in it. */
  readonly time?: string;
  readonly session?: string;
  readonly root: { readonly base64: string; readonly hex: string; readonly words: readonly string[] };
  /** The checkpoint before, with its first words as this log has them. */
  readonly previous?: { readonly size: number; readonly words: readonly string[] };
  /** The signed note. */
  readonly note: string;
  /** With a page that was printed before: its size, how many words were typed, entries since. */
  readonly compared?: { readonly size: number; readonly words: number; readonly since: number };
}

/** @param withWords the root in 32 words, too */
export function checkpointPage(page: CheckpointPage, withWords: boolean): string {
  const { origin, size, time, session, root, previous, note, compared } = page;
  const lines = [
    ...(compared === undefined
      ? []
      : [
          `continuation verified: at ${compared.size} entries the log has the ${compared.words} words of the page; ${compared.since} entries came since`,
          '',
        ]),
    `log       ${origin}`,
    `size      ${size}`,
    ...(time === undefined ? [] : [`date      ${time}, the last entry in it`]),
    ...(session === undefined ? [] : [`session   ${session}`]),
    `root      ${root.base64}`,
    ...rows(root.hex.match(/.{4}/g) ?? [], HEX_GROUPS).map((groups, i) => `${i === 0 ? 'in hex  ' : '        '}  ${groups.join(' ')}`),
    ...(withWords ? ['in words', ...rows(root.words, ROW_WORDS).map(wordRow)] : []),
    previous === undefined ? 'previous  none' : `previous  ${previous.size} entries: ${previous.words.join(' ')}`,
    '',
    note,
  ];
  return lines.join('\n');
}

const HEX_GROUPS = 8;
const ROW_WORDS = 4;
/** The longest word has eleven letters. */
const WORD_WIDTH = 11;

/** The number is that of the first word in the row. */
function wordRow(words: readonly string[], i: number): string {
  const number = String(i * ROW_WORDS + 1).padStart(6);
  return `${number}  ${words
    .map((word) => word.padEnd(WORD_WIDTH))
    .join('  ')
    .trimEnd()}`;
}

function rows(parts: readonly string[], width: number): string[][] {
  return Array.from({ length: Math.ceil(parts.length / width) }, (_, i) => parts.slice(i * width, (i + 1) * width));
}
