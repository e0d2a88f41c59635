import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { Answer } from '../../tui/data.ts';
import { type KeyOverview, overviews } from '../keys/key-overview.ts';
import type { View } from './view.ts';

/** Keys of all zones, by zone, and the tokens of the configuration. @throws Fault audit/artifact-missing, audit/artifact-changed */
export function keyRows(view: View): Answer {
  const keys = overviews(view, Object.keys(view.state.zones).sort(), false);
  const perRole = new Map<string, number>();
  for (const { token } of keys) perRole.set(token, (perRole.get(token) ?? 0) + 1);
  return {
    of: 'keys',
    keys: keys.map(rowOf),
    tokens: Object.entries(view.config.tokens).flatMap(([role, uris]) => uris.map((uri) => ({ role, uri, keys: perRole.get(role) ?? 0 }))),
  };
}

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
