import type { KeyRef, TokenRef } from '../audit/entry.ts';
import { factsName, type KeyFacts } from '../state/state.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';

/** What the log says of a key beyond what it is; what was logged for many keys at once is in it too. */
export interface KeyHistory {
  /** Program that made it; undefined: coldsign. */
  readonly imported: string | undefined;
  readonly proved: KeyFacts['proved'];
  readonly backup: { readonly time: string; readonly method: string } | undefined;
  readonly drilled: { readonly time: string; readonly method: string } | undefined;
  /** Oldest first; token and reason of a restoration of many keys stand in the log. */
  readonly restored: readonly { readonly time: string; readonly token?: TokenRef; readonly reason: string }[];
}

const IN_THE_LOG = 'see the log';

/**
 * Reads the lists of keys that stand beside the log once, for as many keys as are asked for.
 * @throws Fault audit/artifact-missing, audit/artifact-changed
 */
export function readHistories({ state, artifacts }: Pick<ReadWorkspace, 'state' | 'artifacts'>): (key: KeyRef) => KeyHistory {
  const lists = state.bulk.map(({ type, time, keys }) => {
    const named = JSON.parse(artifacts.get(keys).toString('utf8')) as readonly KeyRef[];
    return { type, time, names: new Set(named.map(nameOf)) };
  });
  return (key) => {
    const facts: KeyFacts = state.zones[key.zone]?.facts[factsName(key)] ?? {};
    const bulk = lists.filter(({ names }) => names.has(nameOf(key)));
    const newest = (type: 'key.backup' | 'key.drill', single: KeyFacts['backup']): KeyHistory['backup'] => {
      const time = bulk.findLast((entry) => entry.type === type)?.time;
      return time !== undefined && (single === undefined || single.time < time) ? { time, method: IN_THE_LOG } : single;
    };
    const restoredInBulk = bulk.filter(({ type }) => type === 'key.restored').map(({ time }) => ({ time, reason: IN_THE_LOG }));
    return {
      imported: facts.imported,
      proved: facts.proved,
      backup: newest('key.backup', facts.backup),
      drilled: newest('key.drill', facts.drilled),
      restored: [...(facts.restored ?? []), ...restoredInBulk].sort((a, b) => (a.time < b.time ? -1 : 1)),
    };
  };
}

const nameOf = ({ zone, keyTag, id }: KeyRef): string => `${zone} ${keyTag} ${id}`;
