import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../../signer/errors.ts';
import { nearest } from '../../../signer/nearest.ts';
import { parseScript, type ScriptContext } from './parse-script.ts';
import type { Script } from './script.ts';

const FOLDER = fileURLToPath(new URL('../scripts/', import.meta.url));
const SCRIPT = '.yaml';
const PART = '.part.yaml';

/** Names of the scripts that come with the program. */
export function shippedScripts(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SCRIPT) && !file.endsWith(PART))
    .map((file) => file.slice(0, -SCRIPT.length))
    .sort();
}

/** @throws Refusal ceremony/no-such-script */
export function shippedScript(name: string, program: ScriptContext['program']): Script {
  const known = shippedScripts();
  if (!known.includes(name)) {
    const near = nearest(name, known);
    throw new Refusal(
      'ceremony/no-such-script',
      `no script ${name} comes with the program; there are ${known.join(', ')}`,
      near === undefined ? 'name one of them, or the file of a script' : `is it ${near}?`,
    );
  }
  return parseScript(read(`${name}${SCRIPT}`), `${name}${SCRIPT}`, { program, part: shippedPart });
}

/** Text of a part, which scripts of others may include too. */
export function shippedPart(name: string): string | undefined {
  return readdirSync(FOLDER).includes(`${name}${PART}`) ? read(`${name}${PART}`) : undefined;
}

const read = (file: string): string => readFileSync(`${FOLDER}${file}`, 'utf8');
