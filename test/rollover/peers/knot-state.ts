import type { PeerAct } from './schedule.ts';

/** What keymgr says of one key: the moments that have come, by their names; a key that is not listed any more has left the zone. */
export interface KnotKey {
  readonly id: string;
  readonly tag: number;
  readonly role: 'ksk' | 'zsk' | 'csk';
  /** Unix seconds by the name of the moment: `publish`, `retire-active`. */
  readonly times: ReadonlyMap<string, number>;
}

/** `keymgr ZONE list`: one line a key, `ID TAG ROLE ALGORITHM publish=1798761600 …`. */
export function readKnotKeys(text: string): readonly KnotKey[] {
  return text.split('\n').flatMap((line) => {
    const [, id, tag, role, rest] = /^([0-9a-f]{40}) +(\d+) +(KSK|ZSK|CSK) (.*)$/.exec(line) ?? [];
    if (id === undefined) return [];
    const times = [...rest!.matchAll(/([a-z-]+)=(\d+)/g)].map((found) => [found[1]!, Number(found[2])] as const);
    return [{ id, tag: Number(tag), role: role!.toLowerCase() as KnotKey['role'], times: new Map(times) }];
  });
}

/** A KSK that is published long enough to be submitted, and that nobody has said to be at the parent. */
export function waitsForParent({ role, times }: KnotKey): boolean {
  return role !== 'zsk' && times.has('ready') && !times.has('active');
}

/** All that keymgr tells of. */
export const KNOT_ACTS: ReadonlySet<PeerAct> = new Set(['publish', 'sign', 'ds-submit', 'retire', 'remove'] as const);

/**
 * What has happened to a key since it was looked at before; `undefined`: it was not there, is not there.
 * Algorithm rollovers have moments of their own: at `pre-active` there are signatures without a DNSKEY, at `post-active` again.
 */
export function knotActs(before: KnotKey | undefined, after: KnotKey | undefined): readonly PeerAct[] {
  const key = (after ?? before)!;
  const isNow = (name: string): boolean => after?.times.has(name) === true && before?.times.has(name) !== true;
  const signsZone = key.role !== 'ksk';
  const signedBefore = (name: string): boolean => before?.times.has(name) === true;
  const acts: PeerAct[] = [];
  if (isNow('pre-active') && signsZone) acts.push('sign');
  if (isNow('publish')) acts.push('publish');
  // A CSK signs the zone from ready on; a ZSK has no such moment.
  if (isNow(key.role === 'zsk' ? 'active' : 'ready')) {
    if (signsZone && !signedBefore('pre-active')) acts.push('sign');
    if (key.role !== 'zsk') acts.push('ds-submit');
  }
  if (isNow('retire') && signsZone) acts.push('retire');
  if (isNow('post-active')) acts.push('remove');
  if (after === undefined && signsZone && !signedBefore('retire')) acts.push('retire');
  if (after === undefined && !signedBefore('post-active')) acts.push('remove');
  return acts;
}
