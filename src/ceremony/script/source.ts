import { Document, LineCounter } from 'yaml';
import type * as z from 'zod';
import { Refusal } from '../../../signer/errors.ts';
import { type Problem, readYaml } from '../../config/document.ts';
import { knownKeysOf } from '../../config/known-keys.ts';
import { problemsOf } from '../../config/problems.ts';
import { lexicalProblems } from './lexical.ts';
import { type Mistake, refuseMistakes, type Source } from './mistakes.ts';

/** A script that people read as a whole is a tenth of it. */
const MAX_OCTETS = 262_144;

/** @throws Refusal ceremony/script-too-large, ceremony/bad-script where the text is no YAML */
export function readSource(text: string, file: string): Source {
  const octets = new TextEncoder().encode(text).length;
  if (octets > MAX_OCTETS)
    throw new Refusal(
      'ceremony/script-too-large',
      `${file} has ${octets} octets; a script has at most ${MAX_OCTETS}`,
      'leave out what nobody reads; long lists of zones belong to coldsign.yaml',
    );
  const lexical = lexicalProblems(text);
  if (lexical.length > 0) refuseText(file, text, lexical);
  const source = { file, yaml: readYaml(text) };
  refuseMistakes(
    file,
    source.yaml.problems.map((problem): Mistake => ({ source, problem: inOwnWords(problem) })),
  );
  return source;
}

/** Before it is read as YAML: only the places are told. */
function refuseText(file: string, text: string, problems: readonly Problem[]): void {
  const lines = new LineCounter();
  for (let at = 0; at !== -1; at = text.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  const yaml = { text, document: new Document(), value: undefined, problems, lines };
  refuseMistakes(
    file,
    problems.map((problem): Mistake => ({ source: { file, yaml }, problem })),
  );
}

/** What the library says to programmers. */
function inOwnWords(problem: Problem): Problem {
  return problem.text.startsWith('Source contains multiple documents')
    ? { ...problem, text: 'a second document begins here, and a script is one: what is behind it would not be read' }
    : problem;
}

/** The value of the file in the form of the schema. @param known mistakes that are known already. @throws Refusal ceremony/bad-script */
export function shapeOf<T extends z.ZodType>({ file, yaml }: Source, schema: T, known: readonly Mistake[]): z.infer<T> {
  const source = { file, yaml };
  const value = yaml.value ?? {};
  const parsed = schema.safeParse(value);
  const problems = parsed.success ? [] : problemsOf(parsed.error, value, (path) => knownKeysOf(schema, path));
  refuseMistakes(file, [...known, ...problems.map((problem): Mistake => ({ source, problem }))]);
  return parsed.data as z.infer<T>;
}
