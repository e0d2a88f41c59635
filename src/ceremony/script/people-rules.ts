import { nearest } from '../../../signer/nearest.ts';
import type { Path } from '../../config/document.ts';
import type { Located, Mistake, Source } from './mistakes.ts';
import type { Script } from './script.ts';

/** Roles are there and are enough; the people of a filled script fit them. */
export function peopleProblems(script: Script, source: Source, steps: readonly Located[]): Mistake[] {
  const at = (path: Path, text: string, ofKey = false): Mistake => ({ source, problem: { path, text, ...(ofKey ? { ofKey } : {}) } });
  return [...fillProblems(source, at), ...roleProblems(script, at), ...stepRoleProblems(script, steps), ...namedProblems(script, at)];
}

type At = (path: Path, text: string, ofKey?: boolean) => Mistake;

const FILLED = ['origin', 'prepared', 'people'] as const;

/** All of what fills a script, or nothing. */
function fillProblems({ yaml }: Source, at: At): Mistake[] {
  const value = yaml.value as Readonly<Record<string, unknown>>;
  const given = FILLED.filter((member) => value[member] !== undefined);
  if (given.length === 0 || given.length === FILLED.length) return [];
  const missing = FILLED.filter((member) => value[member] === undefined);
  return [at([given[0]!], `a filled script has ${FILLED.join(', ')}; missing: ${missing.join(', ')}`, true)];
}

function roleProblems({ roles, separate }: Script, at: At): Mistake[] {
  return [
    ...Object.entries(roles).flatMap(([role, { count, need }]) =>
      need > count ? [at(['roles', role, 'need'], `found ${need}, expected at most the ${count} people of the role`)] : [],
    ),
    ...separate.flatMap((pair, i) => {
      if (pair[0] === pair[1]) return [at(['separate', i], `found ${pair[0]} twice, expected two roles`)];
      return pair.flatMap((role, k) => unknownRole(role, roles, (text) => at(['separate', i, k], text)));
    }),
  ];
}

function stepRoleProblems({ roles }: Script, steps: readonly Located[]): Mistake[] {
  return steps.flatMap(({ step, source, path }) => {
    const tell =
      (inner: Path, ofKey = false) =>
      (text: string): Mistake => ({ source, problem: { path: [...path, ...inner], text, ...(ofKey ? { ofKey } : {}) } });
    return [
      ...unknownRole(step.role, roles, tell(['role'])),
      ...Object.entries(step.confirm?.roles ?? {}).flatMap(([role, k]) => {
        const count = roles[role]?.count;
        if (count === undefined) return unknownRole(role, roles, tell(['confirm', 'roles', role], true));
        return k !== 'need' && k > count
          ? [tell(['confirm', 'roles', role])(`found ${k}, expected at most the ${count} people of the role`)]
          : [];
      }),
    ];
  });
}

function unknownRole(role: string, roles: Script['roles'], tell: (text: string) => Mistake): Mistake[] {
  if (Object.hasOwn(roles, role)) return [];
  const known = Object.keys(roles);
  const near = nearest(role, known);
  return [tell(`there is no role ${role}; ${near === undefined ? `roles are ${known.join(', ')}` : `did you mean ${near}?`}`)];
}

function namedProblems({ fill, roles, separate }: Script, at: At): Mistake[] {
  if (fill.kind === 'template') return [];
  const { people } = fill;
  const inRole = (role: string): readonly string[] => people[role] ?? [];
  return [
    ...Object.keys(people).flatMap((role) => unknownRole(role, roles, (text) => at(['people', role], text, true))),
    ...Object.entries(roles).flatMap(([role, { count }]) =>
      inRole(role).length === count ? [] : [at(['people', role], `found ${inRole(role).length} people for ${role}, expected ${count}`)],
    ),
    ...Object.entries(people).flatMap(([role, names]) =>
      names.flatMap((name, i) => (names.indexOf(name) === i ? [] : [at(['people', role, i], `${name} is in the role ${role} twice`)])),
    ),
    ...separate.flatMap(([a, b]) =>
      inRole(b).flatMap((name, i) =>
        inRole(a).includes(name) ? [at(['people', b, i], `${name} is ${a} and ${b}, which are separate: no person is both`)] : [],
      ),
    ),
  ];
}
