import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { Answer, Job } from '../../tui/data.ts';
import { type KeyOverview, overviews } from '../keys/key-overview.ts';
import { inTurns } from './turns.ts';
import type { View } from './view.ts';

/** Zones that are looked at in one go; lists of keys that lie beside the log are read anew for each. */
const AT_ONCE = 500;
const AT_ONCE_WITH_LISTS = 5000;

/**
 * Keys of all zones, by zone, and the tokens of the configuration.
 * @throws Fault audit/artifact-missing, audit/artifact-changed; AbortError where the job was stopped
 */
export async function keyRows(view: View, job: Job): Promise<Answer> {
  const zones = Object.keys(view.state.zones).sort();
  const pieces = piecesOf(zones, view.state.bulk.length === 0 ? AT_ONCE : AT_ONCE_WITH_LISTS);
  const keys: KeyOverview[] = [];
  await inTurns(pieces, job, 'zones with keys', (piece) => keys.push(...overviews(view, piece, false)));
  const perRole = new Map<string, number>();
  for (const { token } of keys) perRole.set(token, (perRole.get(token) ?? 0) + 1);
  return {
    of: 'keys',
    keys: keys.map(rowOf),
    tokens: Object.entries(view.config.tokens).flatMap(([role, uris]) => uris.map((uri) => ({ role, uri, keys: perRole.get(role) ?? 0 }))),
  };
}

const piecesOf = <T>(all: readonly T[], most: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));

function rowOf({ zone, role, keyTag, algorithm, state, origin, token, tokens, id, proved, backup, drilled }: KeyOverview) {
  return {
    zone,
    label: `${role.toUpperCase()} ${keyTag}`,
    algorithm: algorithmLabel(algorithm),
    state,
    origin,
    token: `${token} ${tokens.map(({ serial }) => serial).join(' ')}`,
    id,
    proved: day(proved?.time),
    backup: day(backup?.time),
    drilled: day(drilled?.time),
  };
}

const day = (time: string | undefined): string => time?.slice(0, 10) ?? '-';
