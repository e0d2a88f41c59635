import type { NoteKey } from '../../keystore/note-key.ts';

/** A note key with the name that stands in its signature lines: the origin of the log. */
export interface NoteSigner extends NoteKey {
  readonly name: string;
}
