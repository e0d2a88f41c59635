import { Refusal } from '../../signer/errors.ts';
import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import { hashWords } from '../audit/words.ts';
import type { Config } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type HeldSet, heldWith } from './ceremony-log.ts';
import { type CeremonyPlan, ceremonyPlan, ceremonyPlanHash } from './ceremony-plan.ts';
import type { RunnableScript } from './script/binding.ts';
import { expandHead } from './script/expand.ts';
import type { Script } from './script/script.ts';

/** `20261124T090000Z-3f2a91`: when, and the beginning of the script's sha256. */
export const ceremonyId = (now: number, sha256: string): string => `${isoText(now).replace(/[-:]/g, '')}-${sha256.slice(0, 6)}`;

export function openingEntry(id: string, script: RunnableScript, artifact: ArtifactRef, environment: string): EntryData['ceremony.opened'] {
  const { people, prepared } = script.fill;
  return { ceremony: id, script: artifact, plan: prepared.plan, title: expandHead(script).title, people, environment };
}

/**
 * All that must hold before a ceremony is opened.
 * @returns the plan that is carried out
 * @throws Refusal ceremony/held-already, ceremony/other-log, policy/unknown-person, ceremony/separate, ceremony/plan-changed
 */
export function refuseOpening(
  script: RunnableScript,
  sha256: string,
  workspace: ReadWorkspace,
  { isRehearsal = false }: { readonly isRehearsal?: boolean },
): CeremonyPlan {
  const { people } = script.fill;
  refuseHeld(workspace, sha256);
  if (!isRehearsal) refuseOtherLog(script, workspace.content);
  refuseUnknown(people, workspace.config);
  refuseSharesAcross(script, people, Object.values(workspace.state.shareSets));
  const plan = ceremonyPlan(workspace, script);
  refuseOtherPlan(script, ceremonyPlanHash(plan));
  return plan;
}

/** Another ceremony is open. @throws Refusal ceremony/changed */
export function refuseOther({ id, script, title }: Ceremony, sha256: string, file: string): void {
  if (script.sha256 === sha256) return;
  throw new Refusal(
    'ceremony/changed',
    `the ceremony ${id} ("${title}") is open with the script ${script.sha256}; ${file} has the sha256 ${sha256}`,
    'go on with the very file that was approved, or abort that ceremony first',
  );
}

/** A script is carried out once, however long ago. @throws Refusal ceremony/held-already */
function refuseHeld({ content }: Pick<ReadWorkspace, 'content'>, sha256: string): void {
  const held = heldWith(content, sha256).find(({ ended }) => ended !== undefined);
  if (held === undefined) return;
  throw new Refusal(
    'ceremony/held-already',
    `this very script was carried out as ${held.id}, which ended at ${held.ended}`,
    'fill a new one: coldsign ceremony new',
  );
}

/** The log is the one that the script was filled for, or goes on from it. @throws Refusal ceremony/other-log */
function refuseOtherLog({ fill }: RunnableScript, { tree }: ReadWorkspace['content']): void {
  const { size, words } = fill.prepared.log;
  const now = size > tree.size ? undefined : hashWords(tree.root(size)).slice(0, words.split(' ').length).join(' ');
  if (now === words) return;
  throw new Refusal(
    'ceremony/other-log',
    `the script was filled when the log had ${size} entries, ${words}; here ${now === undefined ? `it has ${tree.size}` : `its first ${size} are ${now}`}`,
    'this log is not a continuation of that one: find out which is right before anything is done; if it is this one, fill a new script',
  );
}

/** Whoever is named can be told from others. @throws Refusal policy/unknown-person */
function refuseUnknown(people: Ceremony['people'], { people: known }: Pick<Config, 'people'>): void {
  const unknown = Object.values(people)
    .flat()
    .find((person) => !Object.hasOwn(known, person));
  if (unknown === undefined) return;
  throw new Refusal(
    'policy/unknown-person',
    `${JSON.stringify(unknown)} is to take part, and the configuration in force names ${Object.keys(known).join(', ') || 'no people'}`,
    'name one of them, or add the person under people: and run coldsign policy apply before the ceremony',
  );
}

/** What was approved starts from what is there. @param now sha256 of the plan as it would be made now @throws Refusal ceremony/plan-changed */
function refuseOtherPlan({ fill }: RunnableScript, now: string): void {
  if (fill.prepared.plan === now) return;
  throw new Refusal(
    'ceremony/plan-changed',
    `the script was filled for the plan ${fill.prepared.plan}, and today the plan is ${now}`,
    'the data of a zone, its rules, its keys or where they stand are others than when it was filled, or coldsign.yaml is: fill it anew (coldsign ceremony new), review it, and have it approved',
  );
}

/** @throws Refusal policy/unknown-person, ceremony/not-in-role, ceremony/separate */
export function refuseHandOver(
  { separate }: RunnableScript,
  { people }: Pick<Ceremony, 'people'>,
  config: Pick<Config, 'people'>,
  { role, from, to }: HandOver,
): void {
  refuseUnknown({ [role]: [to] }, config);
  const holders = people[role] ?? [];
  if (!holders.includes(from) || holders.includes(to)) {
    throw new Refusal(
      'ceremony/not-in-role',
      `${role} is held by ${holders.join(', ') || 'nobody'}; ${from} cannot hand it over to ${to}`,
      'name somebody who has the role, and somebody who has not',
    );
  }
  const other = separate.find((pair) => pair.includes(role) && (people[pair.find((one) => one !== role)!] ?? []).includes(to));
  if (other === undefined) return;
  throw new Refusal(
    'ceremony/separate',
    `${to} holds ${other.find((one) => one !== role)}, which is separate from ${role}`,
    'name somebody who is in neither role',
  );
}

export interface HandOver {
  readonly role: string;
  readonly from: string;
  readonly to: string;
}

/**
 * People of roles that are separate hold shares of one PIN: who watches has no part in a secret.
 * @throws Refusal ceremony/separate
 */
export function refuseSharesAcross({ separate }: Pick<Script, 'separate'>, people: Ceremony['people'], sets: readonly HeldSet[]): void {
  for (const { set, holders } of sets.filter(({ voided }) => voided === undefined)) {
    const names = new Set(holders.map((holder) => holder.toLowerCase()));
    const holding = (role: string): string | undefined => (people[role] ?? []).find((person) => names.has(person.toLowerCase()));
    const pair = separate.find((roles) => roles.every((role) => holding(role) !== undefined));
    if (pair === undefined) continue;
    const [a, b] = pair;
    throw new Refusal(
      'ceremony/separate',
      `${holding(a)} (${a}) and ${holding(b)} (${b}) both hold shares of the set ${set.slice(0, 8)}, and these roles are separate`,
      'let somebody who holds no share have one of the roles (a hand-over), or hand the shares out anew: coldsign pin reshare',
    );
  }
}
