import { canonicalJson } from '../audit/canonical-json.ts';
import type { EntryData, PolicyChange } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import type { ArtifactStore } from './artifacts.ts';

/** Octets of the changes that an entry holds itself. */
const DIFF_OCTETS = 6000;

/** The entry for a configuration that takes effect: its text as an artifact, and what changed. */
export function policyLoaded(
  artifacts: ArtifactStore,
  text: string,
  changes: readonly PolicyChange[],
  people: Config['people'],
): EntryData['policy.loaded'] {
  const named = Object.entries(people).flatMap(([name, { key }]) => (key === undefined ? [] : [[name, key] as const]));
  const keys = named.length === 0 ? {} : { keys: Object.fromEntries(named) };
  const config = artifacts.put(new TextEncoder().encode(text), 'coldsign.yaml');
  const shown: PolicyChange[] = [];
  let octets = 0;
  for (const change of changes) {
    octets += canonicalJson(change).length;
    if (octets > DIFF_OCTETS) break;
    shown.push(change);
  }
  if (shown.length === changes.length) return { config, diff: shown, ...keys };
  const whole = artifacts.put(new TextEncoder().encode(`${JSON.stringify(changes, undefined, 1)}\n`), 'policy-diff.json');
  return { config, diff: shown, whole, ...keys };
}
