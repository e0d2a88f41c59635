import type { Roll } from '../../keystore/rollover/model.ts';
import { isoText } from '../config/time-text.ts';

/**
 * `since 2026-11-24T09:00:00Z; to sign it again: …`, to follow what says that the zone is unsigned.
 * @param since unix seconds
 * @param roll that is under way: until it has ended no other can begin
 */
export function unsignedText(zone: string, since: number, roll: Roll | undefined): string {
  const again = `to sign it again: coldsign roll start --zone ${zone} --first-signing --reason TEXT`;
  return roll === undefined ? `since ${isoText(since)}; ${again}` : `since ${isoText(since)}`;
}
