import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import { printVkey, type VerifierKey, vkeyOf } from '../audit/vkey.ts';
import type { Config } from '../config/config.ts';
import type { Io } from '../io.ts';
import { readPersonPassphrase } from '../people/passphrase.ts';
import { openPersonKey, vkeyOfFile } from '../people/person-key.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { toJson } from './token-access.ts';

export interface PersonCheckOptions {
  readonly file: string;
  readonly passphraseFd?: number;
  readonly dir?: string;
  readonly json: boolean;
}

/** `person check`: does the passphrase open the file, and is it the key that the configuration in force names? @returns 1 if it is not */
export async function personCheck({ file, passphraseFd, dir, json }: PersonCheckOptions, io: Io): Promise<number> {
  const text = readFileSync(file, 'utf8');
  const said = vkeyOfFile(text, file);
  const passphrase = await readPersonPassphrase(said.slice(0, said.indexOf('+')), passphraseFd);
  const signer = await openPersonKey(text, file, passphrase).finally(() => passphrase.fill(0));
  const key = vkeyOf(signer);
  const people = peopleInForce(dir);
  const isKnown = people === undefined ? undefined : people[key.name]?.key === printVkey(key);
  io.out.write(
    json ? toJson({ name: key.name, vkey: printVkey(key), ...(isKnown === undefined ? {} : { isKnown }) }) : words(key, people, isKnown),
  );
  return isKnown === false ? 1 : 0;
}

function words(key: VerifierKey, people: Config['people'] | undefined, isKnown: boolean | undefined): string {
  const lines = [`person     ${key.name}`, `key        ${printVkey(key)}`, 'passphrase opens it'];
  if (isKnown === true) lines.push(`known      as ${people![key.name]!.name}, by the configuration in force`);
  if (isKnown === false) {
    const instead = people?.[key.name]?.key ?? (people?.[key.name] === undefined ? `no person ${key.name}` : 'no key of that person');
    lines.push(
      `UNKNOWN    the configuration in force has ${instead}`,
      `  next: write the key into coldsign.yaml, people: ${key.name}: key:, then coldsign policy apply`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Where there is a workspace. */
function peopleInForce(dir: string | undefined): Config['people'] | undefined {
  try {
    return readWorkspace(dir).config.people;
  } catch (error) {
    if (dir === undefined && error instanceof Refusal && error.code === 'workspace/not-found') return undefined;
    throw error;
  }
}
