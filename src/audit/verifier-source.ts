import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The parts of the verifier in the order in which they are read; none imports anything but the others and modules of Node. */
const PARTS = [
  'report',
  'verify',
  'findings',
  'container',
  'export-manifest',
  'notes',
  'checkpoints',
  'tree',
  'entries',
  'story',
  'ceremonies',
  'ceremony-types',
  'step-taken',
  'statements',
  'kept-script',
  'script',
  'yaml',
  'release-manifest',
  'artifacts',
  'older-evidence',
  'questions',
  'verdict',
  'octets',
  'program',
] as const;

const HEAD = `/**
 * Verifier of exported audit logs: one file, no dependencies, nothing shared with the program that wrote the log. It travels in the export.
 *
 *   node verify.mjs EXPORT [--since OLD | --since-words "SIZE WORD…"] [--vkey VKEY] [--witness VKEY]… [--json]
 *
 * Runs on Node 18 and later. What each finding means is in docs/audit-verification.md of the program; a second verifier, in another language, is held
 * against this one on every case of its tests.
 */
`;
const IMPORT = /^import\b[^;]*? from '([^']+)';\n/gm;
const RULE = `// ${'-'.repeat(129)}\n`;

/**
 * The verifier as one program that runs on its own: its parts one after the other, their imports of each other left out. Names are those of the
 * parts; two parts with one name would not load.
 */
export function verifierSource(): string {
  const imports = new Map<string, Set<string>>();
  const parts = PARTS.map((name) => `${RULE}// ${name}\n\n${bodyOf(readPart(name), imports)}\n`);
  const lines = [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, names]) => `import { ${[...names].sort().join(', ')} } from '${module}';\n`);
  return `${HEAD}${lines.join('')}\n${parts.join('')}`;
}

/** Compiled, or, when this program runs from its sources, with the types taken out. */
function readPart(name: (typeof PARTS)[number]): string {
  const isSource = import.meta.url.endsWith('.ts');
  const text = readFileSync(fileURLToPath(new URL(`./verifier/${name}.${isSource ? 'ts' : 'js'}`, import.meta.url)), 'utf8');
  return isSource ? stripTypeScriptTypes(text) : text.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
}

/** @param imports takes what is needed from modules of Node, by module; a default import as `default as NAME` */
function bodyOf(text: string, imports: Map<string, Set<string>>): string {
  return text
    .replace(IMPORT, (statement, module: string) => {
      if (module.startsWith('./')) return '';
      const names = imports.get(module) ?? new Set();
      imports.set(module, names);
      for (const name of namesOf(statement)) names.add(name);
      return '';
    })
    .trim();
}

function namesOf(statement: string): string[] {
  const standard = /^import\s+(\w+)/.exec(statement)?.[1];
  const listed = /\{([^}]*)\}/.exec(statement)?.[1]?.split(',') ?? [];
  const names = listed.map((name) => name.trim().replaceAll(/\s+/g, ' ')).filter((name) => name !== '');
  return standard === undefined ? names : [`default as ${standard}`, ...names];
}
