import type { Command } from 'commander';
import { parseMoment } from '../../config/time-text.ts';
import { type Located, type Mistake, refuseMistakes, type Source } from './mistakes.ts';
import { plainProblems } from './plain-yaml.ts';
import { scriptProblems } from './rules.ts';
import { PART_SCHEMA, type RawGiven, type RawScript, type RawStep, type RawValue, SCRIPT_SCHEMA } from './schema.ts';
import type { Act, Confirm, Fill, Given, Item, Role, Script, Step, Value } from './script.ts';
import { readSource, shapeOf } from './source.ts';

export interface ScriptContext {
  /** The program, for what its commands take; nothing of it runs, and nothing is printed. */
  readonly program: Command;
  /** Text of a part that a template includes; absent: nothing can be included. @returns undefined: there is no such part */
  readonly part?: (name: string) => string | undefined;
}

/**
 * Text of a script → Script, if everything about it is right: form, placeholders, roles, people, order, commands.
 * @param file name of the file, for messages
 * @throws Refusal ceremony/bad-script with every mistake, each with file, line and column
 */
export function parseScript(text: string, file: string, context: ScriptContext): Script {
  const source = readSource(text, file);
  const raw = shapeOf(source, SCRIPT_SCHEMA, plainProblems(source));
  const { steps, mistakes } = locatedSteps(raw, source, context);
  refuseMistakes(file, mistakes);
  const script = scriptOf(raw, steps);
  refuseMistakes(file, scriptProblems(script, source, steps, context.program));
  return script;
}

/** The steps of the file, with those of its parts in their place. */
function locatedSteps(
  raw: RawScript,
  source: Source,
  { part }: ScriptContext,
): { steps: readonly Located[]; mistakes: readonly Mistake[] } {
  const steps: Located[] = [];
  const mistakes: Mistake[] = [];
  for (const [i, step] of raw.steps.entries()) {
    if (!('include' in step)) {
      steps.push({ step: stepOf(step), source, path: ['steps', i] });
      continue;
    }
    const text = isFilled(raw) ? undefined : part?.(step.include);
    if (text === undefined) {
      const why = isFilled(raw) ? 'a filled script is one whole file: what is approved is all in it' : `there is no part ${step.include}`;
      mistakes.push({ source, problem: { path: ['steps', i, 'include'], text: why } });
      continue;
    }
    const inner = readSource(text, `${step.include}.part.yaml`);
    const included = shapeOf(inner, PART_SCHEMA, plainProblems(inner));
    steps.push(...included.steps.map((one, k): Located => ({ step: stepOf(one), source: inner, path: ['steps', k] })));
  }
  return { steps, mistakes };
}

const isFilled = ({ origin, prepared, people }: RawScript): boolean => [origin, prepared, people].some((member) => member !== undefined);

function scriptOf(raw: RawScript, steps: readonly Located[]): Script {
  return {
    name: raw.name,
    title: raw.title,
    purpose: raw.purpose.trimEnd(),
    mode: raw.mode,
    fill: fillOf(raw),
    roles: mapValues(raw.roles, ({ title, duty, count, need }): Role => ({ title, duty: duty.trimEnd(), count, need: need ?? count })),
    separate: raw.separate ?? [],
    values: mapValues(raw.values ?? {}, valueFrom),
    steps: steps.map(({ step }) => step),
  };
}

/** What is missing of origin, prepared and people the rules tell. */
function fillOf({ origin, prepared, people }: RawScript): Fill {
  if (origin === undefined || prepared === undefined || people === undefined) return { kind: 'template' };
  return { kind: 'filled', origin, prepared: { ...prepared, at: parseMoment(prepared.at, 0) }, people };
}

function valueFrom(raw: RawValue): Value {
  if (typeof raw === 'string' || Array.isArray(raw)) return givenOf(raw);
  return { kind: 'asked', what: raw.ask, example: givenOf(raw.example) };
}

function givenOf(raw: RawGiven): Given {
  return typeof raw === 'string' ? { kind: 'text', text: raw } : { kind: 'list', items: raw.map(itemOf) };
}

const itemOf = (raw: string | Record<string, string>): Item =>
  typeof raw === 'string' ? { kind: 'text', text: raw } : { kind: 'members', members: raw };

function stepOf({ say, each, confirm, minutes, show = [], record = [], do: raw, ...step }: RawStep): Step {
  return {
    ...step,
    do: actOf(raw),
    show,
    record,
    ...(say === undefined ? {} : { say: say.trimEnd() }),
    ...(each === undefined ? {} : { each }),
    ...(confirm === undefined ? {} : { confirm: confirmOf(confirm) }),
    ...(minutes === undefined ? {} : { minutes }),
  };
}

function confirmOf({ roles, by, type }: NonNullable<RawStep['confirm']>): Confirm {
  return { roles, by, ...(type === undefined ? {} : { type }) };
}

function actOf(raw: RawStep['do']): Act {
  if ('command' in raw) return { kind: 'command', argv: raw.command };
  if ('manual' in raw) return { kind: 'manual', text: raw.manual.trimEnd(), evidence: raw.evidence.trimEnd() };
  if ('check' in raw) return { kind: 'check', what: raw.check };
  if ('attendance' in raw) return { kind: 'attendance' };
  return 'approve' in raw ? { kind: 'approve' } : { kind: 'checkpoint' };
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
