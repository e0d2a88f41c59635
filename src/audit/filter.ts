import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import type { AnyEntry, State } from '../state/state.ts';
import { CATEGORY } from './entry.ts';
import { type SubjectSources, subjectsOf } from './subjects.ts';

/** What is asked for; what is absent does not matter. An entry fits when it fits all that is there. */
export interface EntryFilter {
  /** Absolute lower-case name with the last dot. */
  readonly zone?: string;
  readonly key?: KeyWish;
  /** Who acted, or agreed. */
  readonly person?: string;
  /** Id of a session, or its beginning. */
  readonly session?: string;
  /** Types, or what stands before one of their dots; one of them is enough. */
  readonly types?: readonly string[];
  /** `2026-11-24T09:00:00Z`; that second is among them. */
  readonly since?: string;
  readonly until?: string;
}

export type KeyWish =
  | { readonly kind: 'tag'; readonly tag: number }
  | {
      readonly kind: 'id';
      /** CKA_ID or its beginning, lower-case hexadecimal. */
      readonly id: string;
      /** The keys that it may be: signing is recorded by zone and key tag. */
      readonly known: readonly { readonly zone: string; readonly keyTag: number }[];
    };

export function fits(entry: AnyEntry, filter: EntryFilter, sources: SubjectSources): boolean {
  const { zone, key, person, session, types, since, until } = filter;
  return (
    (since === undefined || entry.time >= since) &&
    (until === undefined || entry.time <= until) &&
    (session === undefined || entry.session.startsWith(session)) &&
    (types === undefined || types.some((type) => entry.type === type || entry.type.startsWith(`${type}.`))) &&
    (person === undefined || isOf(person, entry)) &&
    ((zone === undefined && key === undefined) || speaksOf(entry, { ...(zone && { zone }), ...(key && { key }) }, sources))
  );
}

/** Who acted, agreed, or took part. */
function isOf(person: string, { actor, type, data }: AnyEntry): boolean {
  if (actor.name === person || ('person' in data && data.person === person)) return true;
  if (type === 'policy.loaded') return data.approvals?.includes(person) === true;
  if (type === 'ceremony.opened') return Object.values(data.people).some((names) => names.includes(person));
  if (type === 'ceremony.handover') return data.from === person || data.to === person;
  return (type === 'ceremony.exception' || type === 'ceremony.exception.closed') && data.agreed.includes(person);
}

function speaksOf(entry: AnyEntry, { zone, key }: Pick<EntryFilter, 'zone' | 'key'>, sources: SubjectSources): boolean {
  const { zones, keyTags, keyIds, isUnknown } = subjectsOf(entry, sources);
  if (zone !== undefined && !zones.includes(zone) && isUnknown !== true) return false;
  if (key === undefined) return true;
  if (key.kind === 'tag') return keyTags.includes(key.tag);
  return (
    keyIds.some((id) => id.startsWith(key.id)) || key.known.some(({ zone, keyTag }) => zones.includes(zone) && keyTags.includes(keyTag))
  );
}

/**
 * `--key`: up to five decimal digits are a key tag, anything else a CKA_ID or its beginning, at least eight hexadecimal digits.
 * @throws Refusal usage/audit-filter
 */
export function parseKeyWish(text: string, { zones }: Pick<State, 'zones'>): KeyWish {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 0xffff) return { kind: 'tag', tag: Number(text) };
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{8,}$/.test(id)) {
    throw badFilter(
      `--key ${text} is neither a key tag nor a CKA_ID`,
      'give a key tag (0 to 65535), or 8 or more hexadecimal digits of a CKA_ID',
    );
  }
  const keys = Object.values(zones).flatMap((zone) => zone.keys);
  return { kind: 'id', id, known: keys.filter((key) => key.id.startsWith(id)).map(({ zone, keyTag }) => ({ zone, keyTag })) };
}

/** `--type`: a type, or its beginning up to a dot. @throws Refusal usage/audit-filter */
export function parseTypeWish(text: string): string {
  const type = text.replace(/\.$/, '');
  const known = Object.keys(CATEGORY);
  if (known.some((name) => name === type || name.startsWith(`${type}.`))) return type;
  const beginnings = known.map((name) => name.split('.')[0]!);
  const near = nearest(type, [...known, ...beginnings]);
  const hint = near === undefined ? '' : `is it ${near}? `;
  throw badFilter(
    `--type ${text} is no type of entries, nor the beginning of one`,
    `${hint}types begin with ${[...new Set(beginnings)].join(', ')}`,
  );
}

export interface SeqRange {
  readonly from: number;
  /** Among them; undefined: to the end. */
  readonly to: number | undefined;
}

/** `--seq`: `A..B`, `A..`, `..B` or `A`; both ends are among them. @throws Refusal usage/audit-filter */
export function parseSeqRange(text: string): SeqRange {
  const match = /^([0-9]{0,15})(?:(\.\.)([0-9]{0,15}))?$/.exec(text);
  const [, from = '', dots, to = ''] = match ?? [];
  const range = { from: Number(from), to: dots === undefined ? Number(from) : to === '' ? undefined : Number(to) };
  if (match !== null && `${from}${to}` !== '' && (range.to === undefined || range.from <= range.to)) return range;
  throw badFilter(`--seq ${text} is no range of entries`, 'write it like 10..20, 10.., ..20 or 10');
}

function badFilter(message: string, hint: string): Refusal {
  return new Refusal('usage/audit-filter', message, hint);
}
