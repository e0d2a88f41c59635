import { latin1, type WireWriter } from '../dns/bytes.ts';
import { FormatError } from '../dns/format-error.ts';

/** A place for the number, with its `{offset,width,base}`. */
interface Slot {
  readonly offset: number;
  readonly width: number;
  /** d o x X as in printf; n N: hexadecimal digits as labels, the lowest first. */
  readonly base: string;
}

/** Text with places for the number of $GENERATE: octets as they are, and slots. */
export type Template = readonly (Uint8Array | Slot)[];

const DOLLAR = 0x24;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
/** Longest modifier, longest number. */
const MAX_MODIFIER = 40;
const MAX_NUMBER = 127;

/**
 * `$` is the number, `$$` and `\$` a dollar sign, `${offset,width,base}` the number plus offset, padded with zeros.
 * @throws FormatError bad modifier, or a number beyond 32 bits somewhere from start to stop
 */
export function parseTemplate(text: Uint8Array, start: number, stop: number): Template {
  const pieces: (Uint8Array | Slot)[] = [];
  let from = 0;
  for (let i = 0; i < text.length; ) {
    if (text[i] === BACKSLASH) {
      i += 2;
      continue;
    }
    if (text[i] !== DOLLAR) {
      i++;
      continue;
    }
    pieces.push(text.slice(from, i));
    from = i + 1;
    // Of `$$` the second one stays; it stands for itself, as a name may begin with it.
    if (text[i + 1] === DOLLAR) i += 2;
    else {
      const { slot, length } = parseModifier(text, i + 1, start, stop);
      pieces.push(slot);
      from += length;
      i = from;
    }
  }
  pieces.push(text.slice(from));
  return pieces;
}

function parseModifier(text: Uint8Array, at: number, start: number, stop: number): { slot: Slot; length: number } {
  if (text[at] !== BRACE) return { slot: { offset: 0, width: 0, base: 'd' }, length: 0 };
  const modifier = latin1(text, at, Math.min(text.length, at + MAX_MODIFIER));
  const match = /^\{([+-]?[0-9]{1,10})(?:,([0-9]{1,10})(?:,([doxXnN]))?)?\}/.exec(modifier);
  if (match === null) throw new FormatError(`\${offset,width,base} with base d, o, x, X, n or N`, `$${modifier.split('\t', 1)[0]}`);
  const slot = { offset: Number(match[1]), width: Number(match[2] ?? 0), base: match[3] ?? 'd' };
  if (slot.width > MAX_NUMBER) throw new FormatError(`a width of at most ${MAX_NUMBER}`, `${slot.width}`);
  if (stop + slot.offset > 0x7fff_ffff || start + slot.offset < -0x8000_0000)
    throw new FormatError('numbers of 32 bits', `${start + slot.offset} to ${stop + slot.offset}`);
  return { slot, length: match[0].length };
}

/** Appends the text for one number. */
export function expand(template: Template, number: number, out: WireWriter): void {
  for (const piece of template) {
    if (piece instanceof Uint8Array) out.append(piece);
    else for (const character of printNumber(number + piece.offset, piece)) out.u8(character.charCodeAt(0));
  }
}

const RADIX: Readonly<Record<string, number>> = { o: 8, x: 16, X: 16, n: 16, N: 16 };

function printNumber(value: number, { width, base }: Slot): string {
  if (base === 'd') {
    const digits = String(Math.abs(value)).padStart(width - (value < 0 ? 1 : 0), '0');
    return value < 0 ? `-${digits}` : digits;
  }
  const digits = (value >>> 0).toString(RADIX[base]);
  const text = base === 'X' || base === 'N' ? digits.toUpperCase() : digits;
  return base === 'n' || base === 'N' ? asLabels(text, width) : text.padStart(width, '0');
}

/** Digits from the last to the first, each a label; `width` counts the dots between them, so an even one ends in a dot. */
function asLabels(digits: string, width: number): string {
  let text = '';
  for (let i = digits.length - 1; i >= 0 || text.length < width; i--) {
    text += digits[i] ?? '0';
    if (i > 0 || text.length < width) text += '.';
  }
  return text;
}
