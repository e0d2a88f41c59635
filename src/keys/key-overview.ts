import { keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey, TokenRef } from '../audit/entry.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type KeyHistory, readHistories } from './key-history.ts';

/**
 * Where a key stands, as far as log and releases tell.
 * standby: in no release that is known · published: the newest release has it in the DNSKEY RRset · withdrawn: an earlier one has it and the
 * newest has not: caches may hold it · destroyed
 */
export type KeyStanding = 'standby' | 'published' | 'withdrawn' | 'destroyed';

/** A key with all that is known of it. */
export interface KeyOverview extends LoggedKey {
  readonly state: KeyStanding;
  readonly revokedKeyTag: number;
  /** `generated`, or `imported from PROGRAM`. */
  readonly origin: string;
  /** The token it was made or found on, then those that were proved to have it or to which it was restored. */
  readonly tokens: readonly KeyPlace[];
  readonly proved?: KeyHistory['proved'];
  readonly backup?: KeyHistory['backup'];
  readonly drilled?: KeyHistory['drilled'];
  readonly restored: KeyHistory['restored'];
}

export interface KeyPlace {
  readonly serial: string;
  readonly label?: string;
  readonly known: 'made' | 'proved' | 'restored';
}

/** @param all with those that were destroyed */
export function overviews(workspace: Pick<ReadWorkspace, 'state' | 'artifacts'>, zones: readonly string[], all: boolean): KeyOverview[] {
  const { state } = workspace;
  const history = readHistories(workspace);
  return zones.flatMap((zone) => {
    const { keys = [], past = [] } = state.zones[zone] ?? {};
    const living = keys.map((key) => overview(key, standingOf(workspace, key), history(key)));
    return all ? [...living, ...past.map((key) => overview(key, 'destroyed', history(key)))] : living;
  });
}

function overview(key: LoggedKey, state: KeyStanding, { imported, restored, ...dated }: KeyHistory): KeyOverview {
  const rdata = Buffer.from(key.dnskey, 'base64');
  const { proved, backup, drilled } = dated;
  return {
    ...key,
    keyTag: keyTag(rdata),
    revokedKeyTag: revokedKeyTag(rdata),
    state,
    origin: imported === undefined ? 'generated' : `imported from ${imported}`,
    tokens: placesOf(key, proved?.tokens ?? [], restored),
    ...(proved === undefined ? {} : { proved }),
    ...(backup === undefined ? {} : { backup }),
    ...(drilled === undefined ? {} : { drilled }),
    restored,
  };
}

function standingOf({ state }: Pick<ReadWorkspace, 'state'>, { zone, keyTag: tag }: LoggedKey): KeyStanding {
  const releases = state.zones[zone]?.releases ?? [];
  if (releases.at(-1)?.keyTags.includes(tag) === true) return 'published';
  return releases.some(({ keyTags }) => keyTags.includes(tag)) ? 'withdrawn' : 'standby';
}

function placesOf({ serial }: LoggedKey, proved: readonly TokenRef[], restored: KeyHistory['restored']): KeyPlace[] {
  const all: KeyPlace[] = [
    ...proved.map((token) => ({ ...token, known: 'proved' as const })),
    ...restored.flatMap(({ token }) => (token === undefined ? [] : [{ ...token, known: 'restored' as const }])),
  ];
  const own = all.find((place) => place.serial === serial);
  const made: KeyPlace = { serial, ...(own?.label === undefined ? {} : { label: own.label }), known: 'made' };
  const others = all.filter((place, i) => place.serial !== serial && all.findIndex((other) => other.serial === place.serial) === i);
  return [made, ...others];
}
