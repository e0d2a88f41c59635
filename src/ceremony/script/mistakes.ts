import { Refusal } from '../../../signer/errors.ts';
import { plain } from '../../audit/describe.ts';
import { lineAndColumn, type Path, type Problem, type YamlText } from '../../config/document.ts';
import { pathText } from '../../config/problems.ts';
import type { Step } from './script.ts';

/** A file of a script: itself, or a part that it includes. */
export interface Source {
  readonly file: string;
  readonly yaml: YamlText;
}

/** A step, and where it stands. */
export interface Located {
  readonly step: Step;
  readonly source: Source;
  readonly path: Path;
}

export interface Mistake {
  readonly source: Source;
  readonly problem: Problem;
}

/** Whoever mends these looks again. */
const MOST_TOLD = 50;

/** What is quoted from the file moves no terminal. @throws Refusal ceremony/bad-script if there are any: `FILE:LINE:COLUMN: PATH: what is wrong`, in the order of the files */
export function refuseMistakes(file: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length === 0) return;
  const lines = [...new Set(mistakes.map(({ source }) => source))].flatMap((source) =>
    mistakes
      .filter((mistake) => mistake.source === source)
      .map(({ problem }) => ({ ...lineAndColumn(source.yaml, problem), problem }))
      .sort((a, b) => a.line - b.line || a.col - b.col)
      .map(({ line, col, problem: { path, text } }) =>
        plain(`${source.file}:${line}:${col}: ${path.length === 0 ? '' : `${pathText(path)}: `}${text}`),
      ),
  );
  const unique = [...new Set(lines)];
  const more = unique.length > MOST_TOLD ? `\n  and ${unique.length - MOST_TOLD} more` : '';
  throw new Refusal(
    'ceremony/bad-script',
    unique.length === 1 ? unique[0]! : `${file} has ${unique.length} mistakes:\n  ${unique.slice(0, MOST_TOLD).join('\n  ')}${more}`,
    'mend the script at these places, and have it reviewed again; docs/ceremony-scripts.md explains its form',
  );
}
