import type * as z from 'zod';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import { lineAndColumn, type Path, type Problem, type YamlText } from './document.ts';

/** A file that is wrong in every line is told by its first ones. */
const MAX_TOLD = 500;

/** One problem as people read it: `coldsign.yaml:12:5: zones.example.org.policy: found "x", expected …`. */
export function refuseProblems(file: string, yaml: YamlText, problems: readonly Problem[]): Refusal {
  const lines = problems
    .slice(0, MAX_TOLD)
    .map((problem) => ({ ...lineAndColumn(yaml, problem), problem }))
    .sort((a, b) => a.line - b.line || a.col - b.col)
    .map(({ line, col, problem: { path, text } }) => `${file}:${line}:${col}: ${path.length === 0 ? '' : `${pathText(path)}: `}${text}`);
  const unique = [...new Set(lines)].map(withoutPin);
  const count = problems.length > MAX_TOLD ? `${problems.length} problems, the first ${unique.length}` : `${unique.length} problems`;
  return new Refusal(
    'policy/bad-config',
    unique.length === 1 ? unique[0]! : `${file} has ${count}:\n  ${unique.join('\n  ')}`,
    'mend the file at these places; `coldsign policy schema` prints a schema with which editors show mistakes while you type',
  );
}

/** A URI with a PIN in it may stand anywhere, also where none belongs. */
const withoutPin = (line: string): string => line.replace(/pin-value=[^\s&;,"']*/gi, 'pin-value=…');

/** Names of zones lose their final dot in a path. */
export const pathText = (path: Path): string => path.map((step) => String(step).replace(/(?<=.)\.$/, '')).join('.');

type Issue = z.core.$ZodIssue;

/** What zod says, in words that name what was found and what was expected. @param keysAt the keys that are known at a path */
export function problemsOf(error: z.ZodError, value: unknown, keysAt: (path: Path) => readonly string[]): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, value, keysAt));
}

function fromIssue(issue: Issue, value: unknown, keysAt: (path: Path) => readonly string[]): Problem[] {
  const path = issue.path as Path;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, keysAt(path)), ofKey: true }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, text: `expected ${message}`, ofKey: true }));
    case 'invalid_union': {
      const arm = armMeant(issue.errors);
      if (arm !== undefined) return arm.flatMap((inner) => fromIssue({ ...inner, path: [...path, ...inner.path] } as Issue, value, keysAt));
      break;
    }
    default:
  }
  const found = valueAt(value, path);
  if (found === undefined) return [{ path, text: `it is missing; expected ${issue.message}` }];
  return [{ path, text: path[0] === 'tokens' ? `expected ${issue.message}` : `found ${shown(found)}, expected ${issue.message}` }];
}

/** The one arm of a union that the value has the shape of: what is wrong is inside of it. Of several, the one that knows most of its keys. */
function armMeant(arms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const inner = arms
    .filter((issues) => issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'))
    .map((issues) => ({ issues, unknown: unknownKeys(issues) }));
  const least = Math.min(...inner.map(({ unknown }) => unknown));
  const meant = inner.filter(({ unknown }) => unknown === least);
  return meant.length === 1 ? meant[0]!.issues : undefined;
}

const unknownKeys = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0), 0);

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const next = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
  return `unknown key ${key}; ${next}`;
}

export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

const SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
