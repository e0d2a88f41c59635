import type { Io } from '../io.ts';
import { columns } from '../print/table.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { toJson } from './token-access.ts';

/** `person list`: who takes part by the configuration in force, and who can agree by a key. */
export function personList({ dir, json }: { readonly dir?: string; readonly json: boolean }, io: Io): number {
  const { config } = readWorkspace(dir);
  const people = Object.entries(config.people).map(([person, { name, roles, key }]) => ({
    person,
    name,
    roles,
    ...(key === undefined ? {} : { key }),
  }));
  if (json) io.out.write(toJson(people));
  else if (people.length === 0) io.out.write('no people: name them in coldsign.yaml under people:, then coldsign policy apply\n');
  else
    io.out.write(
      columns([
        ['person', 'name', 'roles', 'key'],
        ...people.map(({ person, name, roles, key }) => [person, name, roles.join(', ') || '-', key ?? '-']),
      ]),
    );
  return 0;
}
