import type { Verdict, Wrong } from './checks.ts';
import type { Machine } from './machine.ts';

/** ENV-PROGRAM: what runs is the program that was checked. @param found sha256 over its files; @param pinned what coldsign.yaml says */
export function program(found: string, pinned: string | undefined): Verdict {
  if (pinned === undefined)
    return {
      wrong: [
        {
          text: `coldsign.yaml pins no program; this one is ${found}`,
          next: 'write it to ceremony: program: after somebody else has found the same',
          onlyWarns: true,
        },
      ],
      pass: '',
    };
  if (found === pinned) return { wrong: [], pass: `the program is ${found}` };
  return {
    wrong: [
      {
        text: `the program is ${found}; expected ${pinned}`,
        next: 'stop: take the medium with the program that was checked, and find out who changed this one',
      },
    ],
    pass: '',
  };
}

/**
 * ENV-MODULE: the PKCS#11 modules are those that were checked.
 * @param paths of the modules that coldsign.yaml uses
 * @param pinned path → sha256
 */
export function modules({ sha256 }: Machine, paths: readonly string[], pinned: Readonly<Record<string, string>>): Verdict {
  const wrong = paths.flatMap((path): Wrong[] => {
    const found = sha256(path);
    const wanted = pinned[path];
    if (found === undefined)
      return [
        { text: `the PKCS#11 module ${path} cannot be read`, next: 'install it, or mend the module-path of the token in coldsign.yaml' },
      ];
    if (wanted === undefined)
      return [
        {
          text: `coldsign.yaml pins nothing for the PKCS#11 module ${path}; it is ${found}`,
          next: 'write it to ceremony: modules: after somebody else has found the same',
          onlyWarns: true,
        },
      ];
    if (found === wanted) return [];
    return [
      {
        text: `the PKCS#11 module ${path} is ${found}; expected ${wanted}`,
        next: 'stop: whoever changed the module sees the PIN. Find out who did',
      },
    ];
  });
  return { wrong, pass: `the PKCS#11 modules are those that were checked: ${paths.join(', ')}` };
}
