import { Refusal } from '../../signer/errors.ts';
import type { EntryData } from '../audit/entry.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import { refuseOutsider } from './in-the-room.ts';

/** Something is not as the script says, and the people go on all the same. */
export interface ExceptionWish {
  readonly what: string;
  readonly why: string;
  /** People who agree to go on. */
  readonly agreed: readonly string[];
  /** What is to be done about it, and by whom. */
  readonly followUp: string;
}

/** Nobody decides alone. */
const MIN_AGREED = 2;
const MAX_TEXT = 1000;

/**
 * The entry for an exception.
 * @throws Refusal ceremony/exception-incomplete, ceremony/not-in-role, ceremony/not-present
 */
export function exceptionEntry(ceremony: Ceremony, step: string, wish: ExceptionWish): EntryData['ceremony.exception'] {
  for (const [name, text] of [
    ['what', wish.what],
    ['why', wish.why],
    ['follow-up', wish.followUp],
  ] as const)
    refuseEmpty(name, text);
  const agreed = [...new Set(wish.agreed)];
  for (const person of agreed) refuseOutsider(ceremony, person);
  if (agreed.length < MIN_AGREED) {
    throw new Refusal(
      'ceremony/exception-incomplete',
      `${agreed.length} people agree to the exception, and it takes ${MIN_AGREED} who are in the room`,
      'name a second person who agrees',
    );
  }
  const { what, why, followUp } = wish;
  return { ceremony: ceremony.id, number: ceremony.exceptions.length + 1, step, what, why, agreed, followUp };
}

/** @throws Refusal ceremony/no-such-exception, ceremony/exception-incomplete, ceremony/not-in-role, ceremony/not-present */
export function closingEntry(
  ceremony: Ceremony,
  number: number,
  text: string,
  agreed: readonly string[],
): EntryData['ceremony.exception.closed'] {
  const open = ceremony.exceptions.filter(({ closed }) => closed === undefined).map((exception) => exception.number);
  if (!open.includes(number)) {
    throw new Refusal(
      'ceremony/no-such-exception',
      `exception ${number} is not open; open: ${open.join(', ') || 'none'}`,
      'name one that is open',
    );
  }
  refuseEmpty('what was done', text);
  for (const person of agreed) refuseOutsider(ceremony, person);
  if (agreed.length === 0) throw new Refusal('ceremony/exception-incomplete', 'nobody agrees that it is closed', 'name who does');
  return { ceremony: ceremony.id, number, text, agreed: [...new Set(agreed)] };
}

function refuseEmpty(name: string, text: string): void {
  if (text.trim() !== '' && text.length <= MAX_TEXT) return;
  throw new Refusal(
    'ceremony/exception-incomplete',
    `${name} has ${text.trim().length} characters; 1 to ${MAX_TEXT} are asked for`,
    'an exception says what is not as it should be, why, and what will be done about it',
  );
}
