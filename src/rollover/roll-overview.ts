import { type KeyState, keyStateOf } from '../../keystore/rollover/key-states.ts';
import type { Roll, RollKey, Wait } from '../../keystore/rollover/model.ts';
import { nextScheduled, type Scheduled } from '../../keystore/rollover/schedule.ts';
import { settle } from '../../keystore/rollover/settle.ts';
import type { ZoneConfig } from '../config/config.ts';
import { unsignedBogus } from '../state/unsigned-text.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type PolicyWish, policyWish } from './policy-wish.ts';
import { ttlsOf } from './release-step.ts';
import { rollRulesOf } from './roll-rules.ts';
import { moveText, waitText } from './roll-text.ts';
import { zoneRollOf } from './zone-roll.ts';

/** The rollovers of a zone. `format` 1 of `roll status --json` has a list of them. */
export interface RollOverview {
  readonly zone: string;
  readonly roll?: Roll;
  /** Since when it has no signatures, unix seconds; absent: it is signed, or was never released. */
  readonly unsignedSince?: number;
  /** Why it is bogus for resolvers that validate, where it is unsigned and has a DS somewhere. */
  readonly bogus?: string;
  readonly keys: readonly RollKeyOverview[];
  /** What the parent is, or is to be, asked for. */
  readonly dsRequest?: readonly string[];
  /** Can be done now. */
  readonly ready: readonly string[];
  readonly waits: readonly { readonly text: string; readonly until: Wait['until']; readonly evidence: Wait['evidence'] }[];
  /** Earliest time at which time alone lets something go on, unix seconds; 0: now. */
  readonly nextVisit?: number;
  readonly scheduled?: Scheduled;
  /** The policy wants other keys, and no rollover to them has begun. */
  readonly wish?: PolicyWish;
}

export interface RollKeyOverview {
  readonly name: string;
  readonly role: RollKey['role'];
  readonly keyTag: number;
  readonly algorithm: number;
  /** `self`, or the other operator whose key it is. */
  readonly operator: string;
  readonly state: KeyState;
  readonly records: RollKey['records'];
}

export function rollOverview({ state, config }: Pick<ReadWorkspace, 'state' | 'config'>, { name }: ZoneConfig, now: number): RollOverview {
  const zone = zoneRollOf(state, name);
  const rules = rollRulesOf(config, config.zones[name]!, ttlsOf(zone));
  const { unsignedSince } = state.zones[name] ?? {};
  const known = settle(zone, rules, now, 'none');
  const acted = settle(known.zone, rules, now, 'all');
  const scheduled = nextScheduled(known.zone, rules, now);
  const bogus = unsignedBogus(name, known.zone);
  const wish = policyWish(name, known.zone, rules);
  const times = [
    ...acted.waits.flatMap(({ until }) => (typeof until === 'number' ? [until] : [])),
    ...(scheduled ? [scheduled.start] : []),
  ];
  const isReady = known.moves.length + acted.moves.length > 0;
  return {
    zone: name,
    ...(zone.roll === undefined ? {} : { roll: zone.roll }),
    ...(unsignedSince === undefined ? {} : { unsignedSince }),
    ...(unsignedSince === undefined || bogus === undefined ? {} : { bogus }),
    keys: zone.keys.map((key) => ({
      name: key.name,
      role: key.role,
      keyTag: key.keyTag,
      algorithm: key.algorithm,
      operator: key.operator,
      state: keyStateOf(zone, key),
      records: key.records,
    })),
    ...(zone.parent.request === undefined ? {} : { dsRequest: zone.parent.request.keys }),
    ready: [...known.moves, ...acted.moves].map((move) => moveText(zone, move)),
    waits: acted.waits.map((wait) => ({ text: waitText(zone, wait), until: wait.until, evidence: wait.evidence })),
    ...(isReady ? { nextVisit: 0 } : times.length === 0 ? {} : { nextVisit: Math.min(...times) }),
    ...(scheduled === undefined ? {} : { scheduled }),
    ...(wish === undefined ? {} : { wish }),
  };
}
