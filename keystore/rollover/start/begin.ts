import type { Link, Methods, Roll, RollKey, RollKind, RollRules, ZoneRoll } from '../model.ts';
import { withKeys } from './keys.ts';
import type { StartCall } from './what.ts';

/** What a start has decided; `keys` are all that change, new foreign keys among them. */
export interface Beginning {
  readonly kind: RollKind;
  readonly keys: readonly RollKey[];
  readonly old: readonly RollKey[];
  readonly new: readonly RollKey[];
  readonly links?: readonly Link[];
  /** What this rollover must go by, whatever the policy says. */
  readonly methods?: Partial<Methods>;
  readonly breaksChain?: boolean;
  readonly wantsDs?: boolean;
}

/** The zone with its rollover under way. */
export function begin(zone: ZoneRoll, rules: RollRules, call: StartCall, what: Beginning): ZoneRoll {
  const roll: Roll = {
    id: call.id,
    kind: what.kind,
    methods: { ...rules.methods, ...call.methods, ...what.methods },
    old: what.old.map(({ name }) => name),
    new: what.new.map(({ name }) => name),
    started: call.now,
    reason: call.reason,
    breaksChain: what.breaksChain ?? false,
  };
  return {
    ...withKeys(zone, what.keys),
    links: [...zone.links, ...(what.links ?? [])],
    roll,
    wantsDs: what.wantsDs ?? zone.wantsDs,
  };
}

export function linksFrom(old: readonly RollKey[], to: RollKey): readonly Link[] {
  return old.map(({ name }) => ({ old: name, new: to.name }));
}
