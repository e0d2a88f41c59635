import type { Move, Roll, RollRules } from '../model.ts';
import type { Pace } from './walk.ts';

/**
 * Latest safe time of each step, undefined where later does no harm: the last step that must be in time is (the lifetime of the old key ends, or
 * what a lost key has signed), and every step before it is as much earlier as the waits between them take.
 * @param validUntil end of the first signature of the current release
 */
export function latestTimes(paces: readonly Pace[], rules: RollRules, validUntil: number | undefined): readonly (number | undefined)[] {
  const latest: (number | undefined)[] = new Array(paces.length);
  for (let i = paces.length - 1; i >= 0; i--) {
    const pace = paces[i]!;
    const own = deadlineOf(pace, rules, validUntil);
    const next = paces[i + 1];
    const after = latest[i + 1];
    const isSame = next !== undefined && next.roll.id === pace.roll.id;
    const led = isSame && after !== undefined ? after - Math.max(0, next.earliest - pace.at) : undefined;
    latest[i] = own === undefined ? led : led === undefined ? own : Math.min(own, led);
  }
  return latest;
}

/** By when the step itself must be done. */
function deadlineOf({ roll, oldKeys: old, moves }: Pace, rules: RollRules, validUntil: number | undefined): number | undefined {
  const isLost = old.some(({ trouble }) => trouble === 'lost');
  if (isLost && validUntil !== undefined && brings(moves, roll, roll.kind === 'zsk' ? 'zrrsig' : 'krrsig'))
    return validUntil - rules.propagation - Math.max(rules.keyTtl, roll.kind === 'zsk' ? rules.signatureTtl : 0);
  if (roll.kind !== 'zsk' && roll.kind !== 'ksk' && roll.kind !== 'csk') return undefined;
  const lifetime = roll.kind === 'zsk' ? rules.zskLifetime : rules.kskLifetime;
  const [key] = old;
  if (lifetime === 'unlimited' || key?.activeSince === undefined) return undefined;
  const lead = endOfLife(roll, moves, rules);
  return lead === undefined ? undefined : key.activeSince + lifetime - lead;
}

/** Is it the step at which the lifetime of the old key ends, and how long before that? Where the RFC counts a lifetime to differs by method. */
function endOfLife(roll: Roll, moves: readonly Move[], rules: RollRules): number | undefined {
  const { zsk, ksk, csk } = roll.methods;
  const asksDs = brings(moves, roll, 'ds') ? rules.registration : undefined;
  const removes = moves.some((move) => move.kind === 'record' && move.record === 'dnskey' && move.to === 'unretentive') ? 0 : undefined;
  const signs = brings(moves, roll, 'zrrsig') ? 0 : undefined;
  // RFC 7583 3.2.1: Tret(N) = Tact(N) + Lzsk; 3.2.2: Tdea(N).
  if (roll.kind === 'zsk') return zsk === 'pre-publication' ? signs : removes;
  // 3.3.1: Tret(N) = Tsbm(N+1) + Dreg; 3.3.2: Tret(N), when the key goes; 3.3.3: Tdea(N).
  if (roll.kind === 'ksk') return ksk === 'double-ksk' ? asksDs : removes;
  return csk === 'double-ds' ? signs : asksDs;
}

/** A key that stays gets it. */
function brings(moves: readonly Move[], { old }: Roll, record: 'ds' | 'krrsig' | 'zrrsig'): boolean {
  return moves.some((move) => move.kind === 'record' && move.record === record && move.to === 'rumoured' && !old.includes(move.key));
}
