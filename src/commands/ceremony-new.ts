import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import { hashWords } from '../audit/words.ts';
import { ceremonyPlan, ceremonyPlanHash } from '../ceremony/ceremony-plan.ts';
import { refuseSharesAcross } from '../ceremony/opening.ts';
import { fillScript } from '../ceremony/script/fill-script.ts';
import { parseScript } from '../ceremony/script/parse-script.ts';
import { printScript } from '../ceremony/script/print-script.ts';
import type { Given, Script } from '../ceremony/script/script.ts';
import { scriptHash } from '../ceremony/script/script-hash.ts';
import { shippedPart, shippedScript, shippedScripts } from '../ceremony/script/shipped.ts';
import type { Config } from '../config/config.ts';
import type { Io } from '../io.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { toJson } from './token-access.ts';

export interface CeremonyNewOptions {
  /** Name of a script that comes with the program, or a file. */
  readonly script: string;
  readonly out: string;
  /** `ROLE=person`, one for each. */
  readonly people: readonly string[];
  /** `NAME=text`; a list has one for each item, and `NAME=` is an empty one. */
  readonly values: readonly string[];
  /** `ROLE=number`: how many of its people it takes. */
  readonly need: readonly string[];
  readonly dir?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly json: boolean;
  readonly program: Command;
}

/** Words of the log's root in a script: enough to compare with a page. */
const LOG_WORDS = 8;

/** `ceremony new`: template, people and values → a script for this log and its plan, in one file that is reviewed and approved. */
export function ceremonyNew(options: CeremonyNewOptions, io: Io): number {
  if (existsSync(options.out)) {
    throw new Refusal(
      'ceremony/file-exists',
      `${options.out} is there already`,
      'name another file: a reviewed script is never written over',
    );
  }
  const template = readTemplate(options);
  const workspace = readSealedWorkspace(options.dir);
  const { state, content, config } = workspace;
  const values = valuesOf(template, options.values);
  const people = peopleOf(template, options.people, config);
  refuseSharesAcross(template, people, Object.values(state.shareSets));
  const need = Object.fromEntries(options.need.map((text) => pair('--need', text)).map(([role, count]) => [role, Number(count)]));
  const { size } = content.tree;
  const words = hashWords(content.tree.root(size)).slice(0, LOG_WORDS).join(' ');
  const filled = (plan: string): Script =>
    fillScript(template, { origin: state.origin, people, need, values, prepared: { at: options.now, plan, log: { size, words } } });
  const plan = ceremonyPlan(workspace, filled('0'.repeat(64)));
  const text = printScript(filled(ceremonyPlanHash(plan)));
  // The rules are those of a filled script.
  parseScript(text, options.out, { program: options.program });
  using file = new AtomicFile(options.out);
  file.write(Buffer.from(text));
  file.commit();
  const sha256 = scriptHash(Buffer.from(text));
  const told = {
    script: options.out,
    sha256,
    words: hashWords(Buffer.from(sha256, 'hex')).join(' '),
    plan: ceremonyPlanHash(plan),
    zones: plan.zones,
  };
  io.out.write(options.json ? toJson(told) : summary(told));
  return 0;
}

function summary({
  script,
  sha256,
  words,
  plan,
  zones,
}: {
  script: string;
  sha256: string;
  words: string;
  plan: string;
  zones: readonly { zone: string }[];
}): string {
  return [
    `${script} written, for ${zones.map(({ zone }) => zone).join(', ')}`,
    `sha256  ${sha256}`,
    `words   ${words}`,
    `plan    ${plan}`,
    `  next: read it, print it for everybody, rehearse it (coldsign ceremony rehearse ${script}), then coldsign ceremony run ${script}`,
    '',
  ].join('\n');
}

function readTemplate({ script, program }: CeremonyNewOptions): Script {
  if (shippedScripts().includes(script) || !existsSync(script)) return shippedScript(script, program);
  return parseScript(readFileSync(script, 'utf8'), script, { program, part: shippedPart });
}

/** Lists and texts as the template asks for them. @throws Refusal usage/ceremony */
function valuesOf({ values }: Script, given: readonly string[]): Readonly<Record<string, Given>> {
  const all = new Map<string, string[]>();
  for (const [name, text] of given.map((one) => pair('--set', one))) {
    const items = all.get(name) ?? [];
    if (text !== '') items.push(text);
    all.set(name, items);
  }
  return Object.fromEntries(
    [...all].map(([name, items]): [string, Given] => {
      const asked = values[name];
      const shape = asked?.kind === 'asked' ? asked.example : asked;
      if (shape?.kind === 'list') return [name, { kind: 'list', items: items.map((text) => ({ kind: 'text', text })) }];
      if (items.length > 1)
        throw new Refusal('usage/ceremony', `--set ${name} is given ${items.length} times, and is one text`, 'give it once');
      return [name, { kind: 'text', text: items[0] ?? '' }];
    }),
  );
}

/** @throws Refusal usage/ceremony, policy/unknown-person */
function peopleOf({ roles }: Script, given: readonly string[], config: Config): Readonly<Record<string, readonly string[]>> {
  const people = new Map<string, string[]>();
  for (const [role, person] of given.map((one) => pair('--person', one))) {
    if (!Object.hasOwn(config.people, person)) {
      throw new Refusal(
        'policy/unknown-person',
        `--person ${role}=${person}: the configuration in force names ${Object.keys(config.people).join(', ') || 'no people'}`,
        'name one of them, or add the person under people: and run coldsign policy apply',
      );
    }
    people.set(role, [...(people.get(role) ?? []), person]);
  }
  const empty = Object.keys(roles).filter((role) => !people.has(role));
  if (empty.length === 0) return Object.fromEntries(people);
  throw new Refusal(
    'usage/ceremony',
    `nobody is named for ${empty.join(', ')}`,
    `give --person ${empty[0]}=NAME, once for each of its people`,
  );
}

function pair(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1).trim()];
  throw new Refusal('usage/ceremony', `${option} ${text} is not of the form NAME=VALUE`, `write ${option} NAME=VALUE`);
}
