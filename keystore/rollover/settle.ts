import { applyOne, conclude } from './apply.ts';
import { breaks } from './approval.ts';
import { type Ready, readyOf } from './guards.ts';
import {
  type Move,
  RECORDS,
  type RecordName,
  type RecordState,
  type RollKey,
  type RollRules,
  type StateKind,
  type Wait,
  type ZoneRoll,
} from './model.ts';
import { ENGINE, type EngineParts } from './parts.ts';
import { isOwn, isSafe } from './rules.ts';
import { actWait, guardWait, ruleWait } from './waits.ts';

export interface Settled {
  readonly zone: ZoneRoll;
  /** In the order in which they happened; `apply` makes the same zone of them. */
  readonly moves: readonly Move[];
  /** Everything that is wanted and may not be yet. */
  readonly waits: readonly Wait[];
}

/**
 * The transition procedure (Schaeffer, Overeinder, Mekking, algorithm 1): every record goes one step towards its goal where its method, the rules and
 * the time allow it, until nothing changes. Knowledge (omnipresent, hidden) comes of itself; acts (rumoured, unretentive, revoked) only with `all`.
 */
export function settle(zone: ZoneRoll, rules: RollRules, now: number, acts: 'all' | 'none', parts: EngineParts = ENGINE): Settled {
  let result = conclude(zone, now);
  const moves: Move[] = [];
  for (;;) {
    const waits: Wait[] = [];
    const before = moves.length;
    for (let i = 0; i < zone.keys.length; i++) {
      for (const record of RECORDS[zone.keys[i]!.role]) {
        const step = stepOf(result, result.keys[i]!, record, rules, now, acts, parts);
        if (step === undefined) continue;
        if ('wait' in step) waits.push(step.wait);
        else {
          result = step.zone;
          moves.push(step.move);
        }
      }
      const step = revokeStep(result, result.keys[i]!, rules, now, acts, parts);
      if (step === undefined) continue;
      if ('wait' in step) waits.push(step.wait);
      else {
        result = step.zone;
        moves.push(step.move);
      }
    }
    if (moves.length === before) return { zone: conclude(result, now), moves, waits };
  }
}

type Step = { readonly zone: ZoneRoll; readonly move: Move } | { readonly wait: Wait } | undefined;

function stepOf(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  rules: RollRules,
  now: number,
  acts: 'all' | 'none',
  parts: EngineParts,
): Step {
  const goal = key.goals[record];
  const state = key.records[record];
  const kind = state?.kind ?? 'hidden';
  if (goal === undefined ? kind === 'hidden' || kind === 'omnipresent' : kind === goal) return undefined;
  const to = nextKind(kind, goal ?? (kind === 'rumoured' ? 'omnipresent' : 'hidden'));
  const move = { kind: 'record', key: key.name, record, to } as const;
  if ((to === 'omnipresent' || to === 'hidden') && (state?.kind === 'rumoured' || state?.kind === 'unretentive')) {
    return knowledge(zone, key, record, state, move, rules, now, parts);
  }
  const objection =
    to === 'rumoured' ? parts.introduction(zone, key, record, rules, parts) : parts.withdrawal(zone, key, record, rules, parts);
  if (objection !== undefined) return meanwhile(zone, key, record, move, rules, now, parts) ?? { wait: ruleWait(move, objection) };
  const held: Ready = to === 'unretentive' && (record === 'dnskey' || record === 'krrsig') ? parts.revokedUntil(zone, key, rules) : 0;
  if (held === 'evidence' || held > now) return { wait: actWait(zone, move, held, key, rules) };
  const after = applyOne(zone, move, now);
  if (!isAllowed(zone, after, rules, parts))
    return meanwhile(zone, key, record, move, rules, now, parts) ?? { wait: ruleWait(move, ruleText(zone, after, parts)) };
  return acts === 'all' ? { zone: after, move } : { wait: actWait(zone, move, now, key, rules) };
}

/**
 * A record that is on its way in is to leave, or the other way round, and may not yet: a server went back to an old version in the midst of a
 * rollover. What becomes true of it by time alone does so, or the rules that wait for it would wait for ever.
 */
function meanwhile(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  { key: name }: Extract<Move, { kind: 'record' }>,
  rules: RollRules,
  now: number,
  parts: EngineParts,
): Step {
  const state = key.records[record];
  if (state?.kind !== 'rumoured' && state?.kind !== 'unretentive') return undefined;
  const move: Move = { kind: 'record', key: name, record, to: state.kind === 'rumoured' ? 'omnipresent' : 'hidden' };
  const step = knowledge(zone, key, record, state, move, rules, now, parts);
  return step !== undefined && 'wait' in step && step.wait.until === 'rules' ? undefined : step;
}

/** The edges of the machine: hidden, rumoured, omnipresent, and back over unretentive. */
function nextKind(kind: StateKind, goal: 'hidden' | 'omnipresent'): StateKind {
  if (goal === 'omnipresent') return kind === 'rumoured' ? 'omnipresent' : 'rumoured';
  return kind === 'unretentive' ? 'hidden' : 'unretentive';
}

/** What has become true is known, unless the rules need another fact to be known before it; where they do not hold already it hides nothing. */
function knowledge(
  zone: ZoneRoll,
  key: RollKey,
  record: RecordName,
  state: Extract<RecordState, { kind: 'rumoured' | 'unretentive' }>,
  move: Move,
  rules: RollRules,
  now: number,
  parts: EngineParts,
): Step {
  const ready = readyOf(zone, key, record, state, rules, parts);
  if (ready === 'evidence' || ready > now) return { wait: guardWait(zone, key, record, state, move, ready, rules, parts) };
  const after = applyOne(zone, move, now);
  if (breaks(zone) || isSafe(after, rules, parts) || !isSafe(zone, rules, parts)) return { zone: after, move };
  return { wait: ruleWait(move, 'another record must be known to be omnipresent or hidden before it') };
}

function revokeStep(zone: ZoneRoll, key: RollKey, rules: RollRules, now: number, acts: 'all' | 'none', parts: EngineParts): Step {
  if (key.revocation.kind !== 'wanted' || !isOwn(key) || key.goals.dnskey !== 'hidden') return undefined;
  const dnskey = key.records.dnskey?.kind ?? 'hidden';
  if (dnskey === 'hidden' || dnskey === 'unretentive') return undefined;
  const move: Move = { kind: 'revoke', key: key.name };
  const objection = parts.revocation(zone, key);
  if (objection !== undefined) return { wait: ruleWait(move, objection) };
  const after = applyOne(zone, move, now);
  if (!isAllowed(zone, after, rules, parts)) return { wait: ruleWait(move, RULE_TEXT) };
  return acts === 'all' ? { zone: after, move } : { wait: actWait(zone, move, now, key, rules) };
}

function isAllowed(before: ZoneRoll, after: ZoneRoll, rules: RollRules, parts: EngineParts): boolean {
  return breaks(before) || (parts.ruleDs(before, after) && isSafe(after, rules, parts));
}

const RULE_TEXT = 'some cache would have keys, signatures or DS that do not fit together (rules 2 and 3)';

function ruleText(before: ZoneRoll, after: ZoneRoll, parts: EngineParts): string {
  return parts.ruleDs(before, after) ? RULE_TEXT : 'the zone would have no DS (rule 1)';
}
