import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { LogContent } from '../audit/log.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import { loadedOutside } from './ceremony-log.ts';
import type { ConcreteStep } from './script/expand.ts';
import { scriptHash } from './script/script-hash.ts';

/** Who came or left, in which role. */
export interface Attendance {
  readonly person: string;
  readonly role: string;
  readonly act: 'came' | 'left';
}

/** @throws Refusal ceremony/paused */
export function refusePaused({ paused }: Pick<Ceremony, 'paused'>): void {
  if (paused === undefined) return;
  throw new Refusal(
    'ceremony/paused',
    `the ceremony is paused since ${paused.time}: ${paused.reason}`,
    'go on with it first: coldsign ceremony run',
  );
}

/**
 * A configuration took effect meanwhile, beside the ceremony: who agrees by which key, which rules and which tokens hold is not what it was.
 * @throws Refusal ceremony/rules-changed
 */
export function refuseOtherRules(log: LogContent, id: string): void {
  const found = loadedOutside(log, id);
  if (found === undefined) return;
  throw new Refusal(
    'ceremony/rules-changed',
    `another configuration took effect at ${found.time} (entry ${found.seq}, ${found.by}), while the ceremony ${id} was open, and by none of its steps`,
    'look at it together (coldsign audit show --type policy.loaded); go on with an exception that says who did it and why, or abort',
  );
}

/** @param approved sha256, hexadecimal @throws Refusal ceremony/changed */
export function refuseOtherFile(file: string, approved: string): void {
  const found = scriptHash(readFileSync(file));
  if (found === approved) return;
  throw new Refusal(
    'ceremony/changed',
    `${file} has the sha256 ${found}, approved was ${approved}`,
    'put the file back as it was; a changed script is another ceremony: abort this one, and have the new one approved',
  );
}

/** @throws Refusal ceremony/not-skipped */
export function refuseSkipped({ id, do: act }: ConcreteStep): void {
  if (act.kind !== 'approve') return;
  throw new Refusal(
    'ceremony/not-skipped',
    `the step ${id} approves the script: what follows may be done because people have signed for it, and skipped it would be done without`,
    'let those agree who are asked, or give the role of one who cannot to another person (handover); if too few agree, abort',
  );
}

/** Who comes has a part in the ceremony; who leaves may have handed it over. @throws Refusal ceremony/not-in-role */
export function refuseNoGuest({ people, present }: Pick<Ceremony, 'people' | 'present'>, { person, role, act }: Attendance): void {
  if (people[role]?.includes(person) === true || (act === 'left' && present[person] === true)) return;
  throw new Refusal(
    'ceremony/not-in-role',
    `${JSON.stringify(person)} is not ${role} in this ceremony; ${people[role]?.join(', ') || 'nobody'} is`,
    'take the short names that the screen has; another person takes a role over by a hand-over',
  );
}
