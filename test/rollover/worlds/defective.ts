import { apply } from '../../../keystore/rollover/apply.ts';
import { type Cancelled, reverse } from '../../../keystore/rollover/cancel.ts';
import type { Move, RecordName, RollKey, RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { OBSERVE, type Observe } from './evidence.ts';

/** What an operator would have who does not look whether the way back is safe: goals and links exchanged, whatever is on its way turned round. */
export function cancelAnyway(zone: ZoneRoll, _rules: RollRules, now: number): Cancelled {
  const { roll } = zone;
  if (roll === undefined) return { refused: 'no rollover is under way' };
  const moves = zone.keys.filter(({ name }) => [...roll.old, ...roll.new].includes(name)).flatMap(turnedRound);
  return { zone: apply(reverse(zone), moves, now), moves };
}

function turnedRound({ name, records }: RollKey): readonly Move[] {
  return (Object.keys(records) as RecordName[]).flatMap((record): readonly Move[] => {
    const kind = records[record]?.kind;
    if (kind !== 'rumoured' && kind !== 'unretentive') return [];
    return [{ kind: 'record', key: name, record, to: kind === 'rumoured' ? 'unretentive' : 'rumoured' }];
  });
}

/** A DS counts from when it was seen first, though it went and came again since. */
export const seenOnce: Observe = (zone, evidence) => {
  const after = OBSERVE(zone, evidence);
  const keys = after.keys.map((key, i): RollKey => {
    const before = zone.keys[i]!.records.ds;
    const ds = key.records.ds;
    const isSame = (ds?.kind === 'rumoured' || ds?.kind === 'unretentive') && before?.kind === ds.kind && before.since === ds.since;
    return isSame && before.from !== 'awaited' ? { ...key, records: { ...key.records, ds: { ...ds, from: before.from } } } : key;
  });
  return { ...after, keys };
};
