import { Refusal } from '../../../signer/errors.ts';
import { nearest } from '../../../signer/nearest.ts';
import type { Filled, Given, Role, Script } from './script.ts';

export interface Filling extends Omit<Filled, 'kind'> {
  readonly values: Readonly<Record<string, Given>>;
  /** Role → how many of its people it takes, where it is not as the template says. */
  readonly need?: Readonly<Record<string, number>>;
}

/**
 * A template with everything that it asks for. Print the result, and parse what was printed: that is where the rules are.
 * @param filling people by role, as many as come; the counts of the roles become theirs
 * @throws Refusal ceremony/value-missing, ceremony/value-unknown
 */
export function fillScript(template: Script, { values, need = {}, ...filling }: Filling): Script {
  const known = Object.keys(template.values);
  const unknown = Object.keys(values).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownValue(template, unknown, known);
  const filled = Object.entries(template.values).map(([name, value]): [string, Given] => {
    const given = values[name] ?? (value.kind === 'asked' ? undefined : value);
    if (given === undefined) throw missing(template, name, value.kind === 'asked' ? value.what : name);
    return [name, given];
  });
  const roles = Object.entries(template.roles).map(([name, role]): [string, Role] => {
    const count = filling.people[name]?.length ?? 0;
    return [name, { ...role, count, need: need[name] ?? (role.need === role.count ? count : role.need) }];
  });
  return { ...template, fill: { kind: 'filled', ...filling }, roles: Object.fromEntries(roles), values: Object.fromEntries(filled) };
}

function missing({ name }: Script, value: string, what: string): Refusal {
  return new Refusal(
    'ceremony/value-missing',
    `the script ${name} asks for ${value}, and nothing was given: ${what}`,
    `give --set ${value}=TEXT; for a list, give it once for each item, and --set ${value}= for none`,
  );
}

function unknownValue({ name }: Script, value: string, known: readonly string[]): Refusal {
  const near = nearest(value, known);
  return new Refusal(
    'ceremony/value-unknown',
    `the script ${name} has no value ${value}; it has ${known.join(', ') || 'none'}`,
    near === undefined ? 'leave it out' : `is it ${near}?`,
  );
}
