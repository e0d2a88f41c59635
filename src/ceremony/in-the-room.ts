import { Refusal } from '../../signer/errors.ts';
import type { Ceremony } from '../state/ceremonies.ts';

/**
 * Whoever is named as having said, read or agreed to something takes part in the ceremony, and is in the room.
 * @param role that is asked for; absent: any
 * @throws Refusal ceremony/not-in-role, ceremony/not-present
 */
export function refuseOutsider({ people, present }: Pick<Ceremony, 'people' | 'present'>, person: string, role?: string): void {
  const asked = role === undefined ? Object.values(people).flat() : (people[role] ?? []);
  if (!asked.includes(person)) {
    const known = [...new Set(asked)].join(', ') || 'nobody';
    const told =
      role === undefined ? `takes no part in this ceremony; its people are ${known}` : `is not ${role} in this ceremony; ${known} is`;
    throw new Refusal(
      'ceremony/not-in-role',
      `${JSON.stringify(person)} ${told}`,
      'give the short name of one of them, as the screen has it; another person takes a role over by a hand-over',
    );
  }
  if (present[person] === true) return;
  throw new Refusal('ceremony/not-present', `${person} is not in the room, by the attendance`, 'name people who are, or enter who came');
}
