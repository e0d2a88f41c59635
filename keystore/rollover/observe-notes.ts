import type { Arrival, KeyName, ZoneRoll } from './model.ts';

/** The zone after an observation, and what there is to say about it. */
export interface Observation {
  readonly zone: ZoneRoll;
  readonly notes: readonly Note[];
}

/** What an observation meant; plain data for the log. */
export type Note =
  /** All servers of the zone have this version. */
  | { readonly kind: 'published'; readonly serial: number; readonly from: number }
  /** It was known, from a time that is not later. */
  | { readonly kind: 'known'; readonly serial: number; readonly from: Arrival }
  /** No version of the zone that is still of interest. */
  | { readonly kind: 'unknown-serial'; readonly serial: number; readonly newest: number | undefined }
  /** Contradiction: seen before it was made. Ignored. */
  | { readonly kind: 'before-made'; readonly serial: number; readonly from: number; readonly made: number }
  /** A server is behind, as servers are for a while. */
  | { readonly kind: 'still-older'; readonly serial: number; readonly at: number }
  /** Contradiction: a server went back. That the newer version is everywhere is not taken for granted any more. */
  | { readonly kind: 'went-back'; readonly serial: number; readonly from: Arrival; readonly older: number; readonly at: number }
  /** Contradiction: a server has this serial with other keys than the release. `difference`: what it has and lacks, in words. */
  | { readonly kind: 'other-keys'; readonly serial: number; readonly at: number; readonly server: string; readonly difference: string }
  /** All servers of the parent have this set now. */
  | { readonly kind: 'ds-changed'; readonly keys: readonly KeyName[]; readonly from: number }
  /** They have it still. */
  | { readonly kind: 'ds-same'; readonly keys: readonly KeyName[]; readonly from: number; readonly at: number }
  /** The servers of the parent did not agree; what was known of uncertain records is void (its time has to run without a break). */
  | { readonly kind: 'ds-mixed'; readonly at: number }
  /** Older than the last observation, and nothing of it contradicts that. Not used, but for its TTL. */
  | { readonly kind: 'ds-reordered'; readonly at: number; readonly last: number }
  /** The TTL that caches may hold it with is larger than was known. */
  | { readonly kind: 'ds-ttl'; readonly ttl: number; readonly at: number }
  /** Contradiction: two observations of one moment differ, which counts as servers that do not agree; or what was thought to be so without a break was not. */
  | { readonly kind: 'ds-disputed'; readonly at: number }
  /** Contradiction: a DS that all caches had is not at the parent. */
  | { readonly kind: 'ds-vanished'; readonly key: KeyName; readonly at: number }
  /** Contradiction: a DS is at the parent that nobody asked for, of a key that was thought to have none. */
  | { readonly kind: 'ds-unasked'; readonly key: KeyName; readonly at: number }
  /** A DS that no key of the zone has made. */
  | { readonly kind: 'ds-unknown'; readonly key: KeyName; readonly at: number };

/** Does the note tell of evidence that contradicts what was known? */
export function isContradiction({ kind }: Note): boolean {
  switch (kind) {
    case 'before-made':
    case 'went-back':
    case 'other-keys':
    case 'ds-disputed':
    case 'ds-vanished':
    case 'ds-unasked':
    case 'ds-unknown':
      return true;
    case 'published':
    case 'known':
    case 'unknown-serial':
    case 'still-older':
    case 'ds-changed':
    case 'ds-same':
    case 'ds-mixed':
    case 'ds-reordered':
    case 'ds-ttl':
      return false;
    default:
      return kind satisfies never;
  }
}
