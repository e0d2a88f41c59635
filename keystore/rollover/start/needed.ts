import type { RollRules, ZoneRoll } from '../model.ts';
import { keyNamed, keysInUse, ownWanted, standbyKeys, unusedKey } from './keys.ts';
import { hasNewKey, oldKeys } from './role.ts';
import { firstKeys, shapeOf } from './shape.ts';
import type { NeededKey, RoleWhat, StartWhat } from './what.ts';

/**
 * Keys that must be generated before this can start: what the rollover takes, less standby keys and keys that were generated and are in no use.
 * @throws Refusal roll/wrong-shape, roll/which-algorithm, roll/key-unknown, as start() would
 */
export function newKeysNeeded(zone: ZoneRoll, rules: RollRules, what: StartWhat): readonly NeededKey[] {
  switch (what.kind) {
    case 'first-signing':
      return firstKeys(zone, rules);
    case 'zsk':
    case 'ksk':
    case 'csk':
      return what.new === undefined ? successorOf(zone, rules, what) : [];
    case 'algorithm': {
      const algorithm = what.algorithm ?? rules.algorithm;
      return ownWanted(zone).some((key) => key.algorithm === algorithm) ? [] : missing(zone, shapeOf(rules, algorithm));
    }
    case 'to-csk':
    case 'to-split': {
      const old = ownWanted(zone).filter(({ role }) => (role === 'csk') === (what.kind === 'to-split'));
      const algorithms = [...new Set(old.map(({ algorithm }) => algorithm))];
      return missing(
        zone,
        algorithms.flatMap((algorithm) => shapeOf({ keys: what.kind === 'to-csk' ? 'csk' : 'ksk-zsk' }, algorithm)),
      );
    }
    case 'standby': {
      const inUse = keysInUse(zone, what.role);
      if (what.how === 'none' || inUse.length === 0) return [];
      const algorithm = inUse.some((key) => key.algorithm === rules.algorithm) ? rules.algorithm : inUse[0]!.algorithm;
      return missing(zone, [{ role: what.role, algorithm }]);
    }
    case 'emergency':
    case 'lost': {
      const { role, algorithm, name } = keyNamed(zone, what.key);
      const isNamed = what.kind === 'emergency' && (what.new !== undefined || what.how === 'insecure');
      const isSpare = standbyKeys(zone, role).some((key) => key.name === name) || zone.roll?.old.includes(name) === true;
      if (isNamed || isSpare || (what.kind === 'lost' && role === 'csk')) return [];
      return successorOf(zone, rules, { kind: role, algorithm });
    }
    case 'insecure':
    case 'revoke':
    case 'join':
    case 'leave':
      return [];
    default:
      return what satisfies never;
  }
}

function successorOf(zone: ZoneRoll, rules: RollRules, what: RoleWhat): readonly NeededKey[] {
  const needed: NeededKey = { role: what.kind, algorithm: oldKeys(zone, rules, what)[0]!.algorithm };
  return hasNewKey(zone, needed) ? [] : [needed];
}

function missing(zone: ZoneRoll, needed: readonly NeededKey[]): readonly NeededKey[] {
  return needed.filter((one) => unusedKey(zone, one) === undefined);
}
