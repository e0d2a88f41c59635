import { readFileSync } from 'node:fs';
import { type PeerAct, type PeerEvent, type PeerPolicy, span } from './schedule.ts';

/** One event of which we and another program tell a different second. */
export interface Difference {
  /** Key and act: `zsk2 publish`. */
  readonly event: string;
  /** As `span` writes it, from T0; null: there is no such event. */
  readonly ours: string | null;
  readonly theirs: string | null;
}

interface Listed extends Difference {
  readonly program: 'named' | 'knot';
  readonly case: string;
  readonly because: readonly string[];
}

const FILE = JSON.parse(readFileSync(new URL('./differences.json', import.meta.url), 'utf8')) as {
  readonly reasons: Readonly<Record<string, string>>;
  readonly differences: readonly Listed[];
};

/** Why programs differ from us, by the names that the list uses. */
export const REASONS = FILE.reasons;
export const LISTED = FILE.differences;

/** Those that are known and have a reason, in the order of `differences`. */
export function listed(program: Listed['program'], { id }: PeerPolicy): readonly Difference[] {
  return LISTED.filter((each) => each.program === program && each.case === id)
    .map(({ event, ours, theirs }) => ({ event, ours, theirs }))
    .toSorted(byEvent);
}

/**
 * Events that one has and the other has not, or at another second.
 * @param acts what the other program tells of at all
 */
export function differences(
  policy: PeerPolicy,
  ours: readonly PeerEvent[],
  theirs: readonly PeerEvent[],
  acts: ReadonlySet<PeerAct>,
): readonly Difference[] {
  const first = firstSecond(policy);
  const timesOf = (events: readonly PeerEvent[]): ReadonlyMap<string, string> =>
    new Map(events.filter(({ act, at }) => acts.has(act) && at >= first).map(({ key, act, at }) => [`${key} ${act}`, span(at)]));
  const [a, b] = [timesOf(ours), timesOf(theirs)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((event) => a.get(event) !== b.get(event))
    .map((event) => ({ event, ours: a.get(event) ?? null, theirs: b.get(event) ?? null }))
    .toSorted(byEvent);
}

const byEvent = (a: Difference, b: Difference): number => (a.event < b.event ? -1 : 1);

/** The first second of the case itself: where lifetimes end, the first signing comes before it and is a case of its own. */
function firstSecond({ change, keys }: PeerPolicy): number {
  return change === undefined && keys.some(({ lifetime }) => lifetime !== undefined) ? 5 * 86400 : 0;
}
