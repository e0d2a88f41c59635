import { type Bindings, bindingsOf, filled, filledWords, givenOf, itemBindings, itemText } from './placeholders.ts';
import type { Act, Confirm, Script, Step } from './script.ts';

/** A step with nothing left to fill in: what is shown, done, and agreed to. */
export interface ConcreteStep extends Omit<Step, 'each' | 'confirm'> {
  /** From 1. */
  readonly number: number;
  /** Index of the step of the script that it comes from. */
  readonly of: number;
  readonly confirm?: ConcreteConfirm;
}

export interface ConcreteConfirm extends Omit<Confirm, 'roles'> {
  /** Role → how many of its people. */
  readonly roles: Readonly<Record<string, number>>;
}

/** All steps in their order, those with `each` once for each item. Of a template: with its examples. */
export function expandScript(script: Script): readonly ConcreteStep[] {
  const values = bindingsOf(script.values);
  return script.steps
    .flatMap((step, of) =>
      eachOf(script, step).map(({ suffix, bindings }) => concrete(script, of, suffix, new Map([...values, ...bindings]))),
    )
    .map((step, i) => ({ ...step, number: i + 1 }));
}

/** Title, purpose and roles with nothing left to fill in. */
export function expandHead({ title, purpose, roles, values }: Script): Pick<Script, 'title' | 'purpose' | 'roles'> {
  const bindings = bindingsOf(values);
  return {
    title: filled(title, bindings),
    purpose: filled(purpose, bindings),
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [
        name,
        { ...role, title: filled(role.title, bindings), duty: filled(role.duty, bindings) },
      ]),
    ),
  };
}

function eachOf({ values }: Script, { each }: Step): { readonly suffix: string; readonly bindings: Bindings }[] {
  if (each === undefined) return [{ suffix: '', bindings: new Map() }];
  const value = values[each];
  const given = value === undefined ? undefined : givenOf(value);
  if (given?.kind !== 'list') return [];
  return given.items.map((item) => ({ suffix: `:${itemText(item)}`, bindings: itemBindings(item) }));
}

function concrete({ steps, roles }: Script, of: number, suffix: string, bindings: Bindings): Omit<ConcreteStep, 'number'> {
  const { each: _, say, confirm, ...step } = steps[of]!;
  return {
    ...step,
    of,
    id: `${step.id}${suffix}`,
    act: filled(step.act, bindings),
    title: filled(step.title, bindings),
    do: filledAct(step.do, bindings),
    ...(say === undefined ? {} : { say: filled(say, bindings) }),
    ...(confirm === undefined ? {} : { confirm: concreteConfirm(confirm, roles, bindings) }),
  };
}

function concreteConfirm({ type, ...confirm }: Confirm, roles: Script['roles'], bindings: Bindings): ConcreteConfirm {
  const counts = Object.entries(confirm.roles).map(([role, k]): [string, number] => [role, k === 'need' ? roles[role]!.need : k]);
  return { ...confirm, roles: Object.fromEntries(counts), ...(type === undefined ? {} : { type: filled(type, bindings) }) };
}

function filledAct(act: Act, bindings: Bindings): Act {
  switch (act.kind) {
    case 'command':
      return { kind: 'command', argv: filledWords(act.argv, bindings) };
    case 'manual':
      return { kind: 'manual', text: filled(act.text, bindings), evidence: filled(act.evidence, bindings) };
    case 'check':
    case 'attendance':
    case 'approve':
    case 'checkpoint':
      return act;
    default:
      return act satisfies never;
  }
}
