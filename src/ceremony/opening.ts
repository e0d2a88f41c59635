import { Refusal } from '../../signer/errors.ts';
import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import type { RunnableScript } from './script/binding.ts';
import { expandHead } from './script/expand.ts';
import type { Script } from './script/script.ts';

/** `20261124T090000Z-3f2a91`: when, and the beginning of the script's sha256. */
export const ceremonyId = (now: number, sha256: string): string => `${isoText(now).replace(/[-:]/g, '')}-${sha256.slice(0, 6)}`;

export function openingEntry(id: string, script: RunnableScript, artifact: ArtifactRef, environment: string): EntryData['ceremony.opened'] {
  const { people, prepared } = script.fill;
  return { ceremony: id, script: artifact, plan: prepared.plan, title: expandHead(script).title, people, environment };
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

/** A script is carried out once. @throws Refusal ceremony/held-already */
export function refuseHeld({ state }: ReadWorkspace, sha256: string): void {
  const held = Object.values(state.ceremonies).find(({ script, ended }) => script.sha256 === sha256 && ended?.outcome === 'done');
  if (held === undefined) return;
  throw new Refusal(
    'ceremony/held-already',
    `this very script was carried out as ${held.id}, which ended at ${held.ended?.time}`,
    'fill a new one: coldsign ceremony new',
  );
}

/** What was approved starts from what is there. @throws Refusal ceremony/plan-changed */
export function refuseOtherPlan({ fill }: RunnableScript, now: string): void {
  if (fill.prepared.plan === now) return;
  throw new Refusal(
    'ceremony/plan-changed',
    `the script was filled for the plan ${fill.prepared.plan}, and today the plan is ${now}`,
    'something has changed since it was prepared: fill it anew (coldsign ceremony new), review it, and have it approved',
  );
}

/** @throws Refusal ceremony/not-in-role, ceremony/separate */
export function refuseHandOver({ separate }: RunnableScript, people: Ceremony['people'], role: string, from: string, to: string): void {
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

/** Holders of shares of one PIN, by the log. */
export interface HeldSet {
  readonly set: string;
  readonly holders: readonly string[];
  readonly voided?: string;
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
