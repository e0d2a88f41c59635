import { CST, Lexer } from 'yaml';
import type { Problem } from '../../config/document.ts';
import { UNSEEN } from './visible.ts';

/** Lists in lists in mappings: a script has four. More is no script, and would break what reads it. */
const DEEPEST = 32;
/** Nobody sees what stands behind so many blanks on a line. */
const BLANKS = 60;

/**
 * What is wrong with the text of a script before anything of it is understood: brackets within brackets without end, directives that change what
 * the rest means, and what the eye does not find when the file is looked at with a terminal: comments that move it, and words far to the right.
 */
export function lexicalProblems(text: string): Problem[] {
  const problems: Problem[] = [];
  const tell = (at: number, words: string): void => void problems.push({ path: [], text: words, at });
  let at = 0;
  let [brackets, dashes] = [0, 0];
  let isContent = false;
  for (const token of new Lexer().lex(text)) {
    // What a scalar holds can look like any token.
    const kind: string | null = isContent ? 'content' : CST.tokenType(token);
    isContent = kind === 'scalar';
    if (kind === 'flow-map-start' || kind === 'flow-seq-start') brackets++;
    else if (kind === 'flow-map-end' || kind === 'flow-seq-end') brackets--;
    else if (kind === 'seq-item-ind' || kind === 'explicit-key-ind') dashes++;
    else if (kind === 'newline') dashes = 0;
    else if (kind === 'directive-line') tell(at, `found ${token.trim()}: directives are not for a script`);
    else if (kind === 'comment') {
      const unseen = UNSEEN.exec(token);
      if (unseen !== null) tell(at + unseen.index, 'a comment with characters that cannot be seen');
    } else if (kind === 'space' && dashes === 0 && token.length > BLANKS && text[at - 1] !== '\n')
      tell(at, `${token.length} blanks in a row: nobody sees what stands behind them`);
    if (brackets + dashes > DEEPEST) {
      tell(at, `more than ${DEEPEST} lists and mappings within each other`);
      return problems;
    }
    // The lexer marks documents and scalars by characters of its own.
    if (kind !== 'doc-mode' && kind !== 'scalar' && kind !== 'flow-error-end') at += token.length;
  }
  return problems;
}
