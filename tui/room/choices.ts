import type { ListName, RoomPicture } from './room-picture.ts';

/** A row of a list: what is said after the word, and what stands beside it. */
export interface Choice {
  readonly name: string;
  readonly text: string;
}

/** Whom a word may be about. */
export function choicesOf(list: ListName, { people, mayAgree, exceptions }: RoomPicture): readonly Choice[] {
  const all = people.map(({ name, roles, isHere }): Choice & { readonly isHere: boolean } => ({
    name,
    text: `${roles.join(', ')}${isHere ? '' : ', not in the room'}`,
    isHere,
  }));
  switch (list) {
    case 'agree':
      return mayAgree.flatMap((name) => all.filter((one) => one.name === name));
    case 'refuse':
    case 'left':
      return all.filter(({ isHere }) => isHere);
    case 'came':
      return all.filter(({ isHere }) => !isHere).map(({ name, text }) => ({ name, text: text.replace(/, not in the room$/, '') }));
    case 'close':
      return exceptions.map(({ number, what }) => ({ name: `${number}`, text: what }));
    default:
      return list satisfies never;
  }
}

/** Several may come and leave at once. */
export const isOfSeveral = (list: ListName): boolean => list === 'came' || list === 'left';

export const TITLES: Readonly<Record<ListName, string>> = {
  agree: 'Who agrees?',
  refuse: 'Who does not agree?',
  came: 'Who has come into the room?',
  left: 'Who has left the room?',
  close: 'Which exception is closed?',
};
