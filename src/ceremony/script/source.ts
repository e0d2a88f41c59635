import type * as z from 'zod';
import { Refusal } from '../../../signer/errors.ts';
import { readYaml } from '../../config/document.ts';
import { knownKeysOf } from '../../config/known-keys.ts';
import { problemsOf } from '../../config/problems.ts';
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
  const source = { file, yaml: readYaml(text) };
  refuseMistakes(
    file,
    source.yaml.problems.map((problem): Mistake => ({ source, problem })),
  );
  return source;
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
