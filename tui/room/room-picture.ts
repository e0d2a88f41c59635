import type { CeremonyPicture } from '../ceremony-picture.ts';

/** A ceremony as whoever leads it sees it: the picture, and what can be done now. No secret can be in it. */
export interface RoomPicture {
  readonly ceremony: CeremonyPicture;
  readonly usual: Usual;
  /** All who have a role, in the order of the script. */
  readonly people: readonly RoomPerson[];
  /** Who may still agree to the step; those in the room first. */
  readonly mayAgree: readonly string[];
  readonly exceptions: readonly { readonly number: number; readonly what: string }[];
}

/** What Enter does: a word is said, or it is asked first whom the word is about. */
export type Usual =
  | { readonly kind: 'say'; readonly word: string; readonly text: string }
  | { readonly kind: 'pick'; readonly list: ListName; readonly text: string };

/** A word that is about somebody, or about an exception. */
export type ListName = 'agree' | 'refuse' | 'came' | 'left' | 'close';

export interface RoomPerson {
  readonly name: string;
  readonly roles: readonly string[];
  readonly isHere: boolean;
}
