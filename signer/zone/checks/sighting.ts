import type { RecordStore } from '../record-store.ts';
import type { CheckContext } from './context.ts';
import type { ZoneFindingId } from './rules.ts';

/** Where a rule saw something. Indices, not text: only the sightings that are printed become findings. */
export type Place =
  | { readonly kind: 'zone' }
  | { readonly kind: 'name'; readonly name: number }
  | { readonly kind: 'record'; readonly record: number }
  /** Index into the record store: the record is not in the zone. */
  | { readonly kind: 'leftover'; readonly records: RecordStore; readonly record: number };

export interface Wording {
  readonly text: string;
  readonly found?: string;
  readonly expected?: string;
  /** Where the place does not say it. */
  readonly type?: string;
}

/**
 * What a rule yields: an unwritten finding.
 * Design note: a zone can hold millions of the same flaw; words are made for the first of each kind only.
 */
export interface Sighting {
  readonly id: ZoneFindingId;
  readonly place: Place;
  readonly word: () => Wording;
}

/** A rule, or a few that share their work. Yields in canonical order of the zone, whatever the order of the file. */
export type Check = (context: CheckContext) => Generator<Sighting, void>;

export function inZone(id: ZoneFindingId, word: () => Wording): Sighting {
  return { id, place: { kind: 'zone' }, word };
}

export function atName(id: ZoneFindingId, name: number, word: () => Wording): Sighting {
  return { id, place: { kind: 'name', name }, word };
}

export function atRecord(id: ZoneFindingId, record: number, word: () => Wording): Sighting {
  return { id, place: { kind: 'record', record }, word };
}

export function atLeftover(id: ZoneFindingId, records: RecordStore, record: number, word: () => Wording): Sighting {
  return { id, place: { kind: 'leftover', records, record }, word };
}
