import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { CHECKS, MEANS, SIGHTS } from '../../../src/ceremony/script/script.ts';
import { shippedPart, shippedScript, shippedScripts } from '../../../src/ceremony/script/shipped.ts';
import { parse, silentProgram } from './sample.ts';

const program = silentProgram();

// What people install is the built program, which the tests' own set-up builds.
test('the built program has every script and part that the sources have', () => {
  const folder = (root: string) => readdirSync(fileURLToPath(new URL(`../../../${root}src/ceremony/scripts`, import.meta.url))).sort();
  expect(folder('dist/')).toEqual(folder(''));
});

test('a script comes with the program for each kind of ceremony', () => {
  expect(shippedScripts()).toEqual([
    'custodian-change',
    'disaster-recovery',
    'emergency-rollover',
    'first-keys',
    'ksk-rollover',
    'routine-signing',
    'token-backup-and-drill',
    'zsk-rollover',
  ]);
  expect(shippedPart('opening')).toContain('coldsign-ceremony-part/1');
  expect(shippedPart('../first-keys')).toBeUndefined();
});

test.each(shippedScripts())('%s is right, with all its commands, and asks for all that it needs', (name) => {
  const script = shippedScript(name, program);
  expect(script.name).toBe(name);
  expect(Object.values(script.values).map(({ kind }) => kind)).not.toContain('text');
  const steps = expandScript(script);
  expect(JSON.stringify(steps)).not.toContain('{{');
  // Somebody who comes four times a year hears what happens before it does.
  for (const step of steps) {
    expect(step.say, step.id).toMatch(/^[A-Z].*[.]$/s);
    expect(step.minutes, step.id).toBeGreaterThan(0);
  }
});

test.each(shippedScripts())('%s opens and closes as all do, and nobody works alone', (name) => {
  const script = shippedScript(name, program);
  const kinds = expandScript(script).map(({ do: what }) => (what.kind === 'check' ? `check ${what.what}` : what.kind));
  expect(kinds.slice(0, 6)).toEqual(['attendance', 'manual', 'manual', 'check clock', 'check environment', 'check continuity']);
  expect(kinds.filter((kind) => kind === 'approve')).toHaveLength(1);
  expect(kinds).toContain('check inventory');
  expect(kinds.slice(-4)).toEqual(['checkpoint', 'manual', 'manual', 'manual']);
  const roles = Object.keys(script.roles);
  for (const [i, one] of roles.entries()) for (const other of roles.slice(i + 1)) expect(script.separate).toContainEqual([one, other]);
});

test('the script that docs/ceremony-scripts.md shows is right, and the page names what a script can have', () => {
  const doc = readFileSync(new URL('../../../docs/ceremony-scripts.md', import.meta.url), 'utf8');
  const shown = /```yaml\n([\s\S]*?)```/.exec(doc)?.[1];
  expect(parse(shown!, shippedPart).steps.length).toBeGreaterThan(10);
  for (const name of shippedScripts()) expect(doc).toContain(`| \`${name}\` |`);
  for (const word of [...SIGHTS, ...MEANS]) expect(doc).toContain(`\`${word}\``);
  for (const check of CHECKS) expect(doc).toContain(`{ check: ${check} }`);
});

/** `key drill`: noun and verb of a step's command; else its kind. */
const nameOfAct = ({ do: act }: ReturnType<typeof expandScript>[number]): string =>
  act.kind === 'command' ? act.argv.slice(0, 2).join(' ') : act.kind === 'check' ? `check ${act.what}` : act.kind;

const COMPARED = /^(?:attendance|approve|check .*|key (?:drill|prove|ds)|zone sign|evidence import)$/;

test.each(shippedScripts())(
  '%s: wherever something is compared or proved, what is said tells what happens if it is not as it must be',
  (name) => {
    for (const step of expandScript(shippedScript(name, program)))
      if (COMPARED.test(nameOfAct(step)))
        expect(step.say, step.id).toMatch(/\b(?:[Ii]f|What is not|[Aa] word that differs|[Tt]hen we stop|[Ww]here a server is missing)\b/);
  },
);

test.each(shippedScripts())(
  '%s: a new key is saved and proved before anything is published, and a key that is destroyed is so in backups too',
  (name) => {
    const acts = expandScript(shippedScript(name, program)).map(nameOfAct);
    const made = acts.findIndex((act) => act === 'key generate' || act === 'roll start');
    const published = acts.findIndex((act) => act === 'roll advance' || act === 'zone sign');
    if (made >= 0) {
      const between = acts.slice(made, published);
      expect(between).toContain('key backup');
      expect(between.indexOf('key drill')).toBeGreaterThan(between.indexOf('key backup'));
    }
    const destroyed = acts.indexOf('key destroy');
    if (destroyed < 0) return;
    expect(destroyed).toBeGreaterThan(acts.indexOf('evidence import'));
    expect(acts.slice(destroyed + 1, destroyed + 4)).toEqual(['key backup', 'key drill', 'manual']);
  },
);

test.each(shippedScripts())(
  '%s: words on the screen are those that are read: of the script where it is approved, of nothing else',
  (name) => {
    const shown = expandScript(shippedScript(name, program)).filter(({ show }) => show.includes('words'));
    expect(shown.map(nameOfAct)).toEqual(['approve']);
  },
);
